import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { printable } from '../printable.ts'
import { buildProgram } from '../program.ts'
import { expectedAt } from './candidates.ts'
import { valuesOf } from './values.ts'
import { wordsOfLine } from './words.ts'

/**
 * `georep __complete words <word>...` or `georep __complete line <command line up to the cursor>`: what may stand where the cursor is, one candidate a
 * line, with its description after a tab. The lines `:files` and `:folders` ask the shell for its own. Says nothing when it does not know, or
 * when anything goes wrong: whoever presses Tab did not ask for an error.
 */
export async function answerShell([form, ...given]: readonly string[], context: Context): Promise<ExitCode> {
  const words = form === 'line' ? wordsOfLine(given[0] ?? '').slice(1) : given
  try {
    for (const line of await linesFor(words, context)) context.io.out(`${line}\n`)
  } catch {
    // nothing to offer
  }
  return ExitCode.ok
}

async function linesFor(words: readonly string[], context: Context): Promise<readonly string[]> {
  const program = await buildProgram({
    context,
    perform: async () => {
      await Promise.resolve()
    },
    writeErr: () => undefined,
    isWanted: (noun) => words.slice(0, -1).includes(noun),
  })
  const current = words.at(-1) ?? ''
  const expected = expectedAt(program, words)
  const candidates =
    expected.kind === 'words'
      ? expected.candidates
      : (expected.choices ?? (await valuesOf(expected.of, words, context))).map((value) => ({
          value: expected.prefix + value,
          description: '',
        }))
  return candidates
    .filter(({ value }) => value.startsWith(':') || value.startsWith(current))
    .map(({ value, description }) => (description === '' ? value : `${value}\t${printable(description)}`))
}
