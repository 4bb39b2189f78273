import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { wordsOfLine } from '../../src/cli/completion/words.ts'
import { allCommands } from './commands.ts'
import { run } from './context.ts'

const root = join(import.meta.dirname, '../..')

export interface Example {
  /** Where it stands: the command whose help it is, or a file with its line. */
  readonly where: string
  readonly line: string
  /** What comes after `georep`. */
  readonly argv: readonly string[]
}

/** Every example of every `--help`. */
export async function examplesOfHelp(): Promise<readonly Example[]> {
  const found: Example[] = []
  for (const { path } of await allCommands()) {
    const { out } = await run([...path, '--help'])
    const [, examples = ''] = out.split('\nExamples:\n')
    for (const line of examples.split('\n').filter((each) => each.startsWith('  $ '))) {
      found.push(exampleFrom(['georep', ...path, '--help'].join(' '), line.slice(4)))
    }
  }
  return found
}

/** Every line of the README and of docs that is typed: one in a block that begins with `georep` or `$ georep`. */
export function examplesOfDocs(): readonly Example[] {
  const files = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))]
  return files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => {
          const [, typed] = /^(?: {4}|\s*)(?:\$ )?((?:\.\/bin\/)?georep [a-z-].*)$/.exec(line) ?? []
          const isTyped = typed !== undefined && /^(?: {4,}|\$ |georep )/.test(line)
          return isTyped ? [exampleFrom(`${file}:${index + 1}`, typed)] : []
        }),
    )
}

/** The command may stand in a longer line: `source <(georep completion bash)`. What comes after `|`, `>`, `&` or a comment is the shell's. */
function exampleFrom(where: string, line: string): Example {
  const [, typed = ''] = /georep ((?:"[^"]*"|'[^']*'|[^|>&;)#'"])*)/.exec(line) ?? []
  return { where, line, argv: wordsOfLine(typed.trim()) }
}
