import { defineConfig } from 'vitest/config'

// Where .ci/run wants the count of what passed and failed.
const report = process.env['GEOREP_TEST_REPORT']

export default defineConfig({
  test: {
    chaiConfig: { truncateThreshold: 1_000 }, // of what was not as expected, all is to be read
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/{architecture,argv,golden,fault}/**/*.test.ts'],
          isolate: false, // what one file has loaded the next one need not
          maxWorkers: 2, // as many as a small machine has cores: by itself it keeps one free
          testTimeout: 30_000,
          hookTimeout: 120_000, // some compile the whole of it
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real brokers, after the unit tests. Two cores: one file at a time, so that a timing is not another file's load.
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['test/cluster/global-setup.ts'],
          fileParallelism: false,
          isolate: false,
          sequence: { groupOrder: 1 },
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
})
