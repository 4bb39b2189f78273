import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist', 'node_modules'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/strict-boolean-expressions': 'error',
      '@typescript-eslint/require-array-sort-compare': 'error',
      '@typescript-eslint/return-await': ['error', 'always'],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'return an ExitCode' },
        { object: 'Date', property: 'now', message: 'take a clock' },
        { object: 'Math', property: 'random', message: 'take a source of randomness' },
        { object: 'AbortSignal', property: 'any', message: 'use anySignal, which keeps time-outs alive' },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'use Wait with a signal' },
        { name: 'setInterval', message: 'use Wait with a signal' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/bin.ts', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'only bin.ts touches the process; take what you need as a parameter' },
        { name: 'setTimeout', message: 'use Wait with a signal' },
        { name: 'setInterval', message: 'use Wait with a signal' },
      ],
    },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-globals': 'off',
      'no-console': 'off',
    },
  },
)
