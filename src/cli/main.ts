import { CommanderError, type Command } from 'commander'
import { printable } from './printable.ts'
import { failuresOf, GeorepError, messageOf } from '../core/errors.ts'
import type { Context } from './context.ts'
import { ExitCode, exitCodeOfError } from './exit.ts'
import { buildProgram, commandOf } from './program.ts'
import type { GlobalOptions, Perform } from './wiring.ts'

/**
 * One command, from argv to exit code. The only place where an error becomes text and a number.
 *
 * Rejects with whatever is not a `GeorepError`: that is a bug, and bin.ts prints its stack. `performAs` stands in for
 * the running of verbs in tests of argv.
 */
export async function main(argv: readonly string[], context: Context, performAs?: Perform): Promise<ExitCode> {
  // Asked by the scripts of `georep completion`, with words that need not make a whole command.
  if (argv[0] === '__complete')
    return await (await import('./completion/answer.ts')).answerShell(argv.slice(1), context)
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
  let code: ExitCode = ExitCode.ok
  let helpText = ''
  let hasPrinted = false
  const perform: Perform = async (load, options) => {
    const run = await load()
    const out = (text: string): void => {
      hasPrinted = true
      context.io.out(text)
    }
    code = await run(
      options,
      withColor({ ...context, io: { ...context.io, out } }, program.opts<GlobalOptions>().color),
    )
  }
  const program: Command = await buildProgram({
    context,
    perform: performAs ?? perform,
    writeErr: (text) => {
      helpText += text
    },
    // A name that is only an option's value loads a noun too many, which does no harm.
    isWanted: (noun) => words.includes(noun),
  })
  try {
    const { command, unknown } = commandOf(program, words)
    // Commander answers `georep lnk --help` with the help and success, which hides the slip.
    if (unknown !== undefined)
      return await fail((await import('./usage.ts')).unknownCommand(command, unknown), words, context)
    await program.parseAsync(words, { from: 'user' })
    return code
  } catch (caught) {
    const { work: thrown, cleanup } = failuresOf(caught)
    for (const failure of cleanup) context.io.err(`warning: cleaning up failed: ${printable(messageOf(failure))}\n`)
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode !== 0 && thrown.code !== 'commander.help') {
        return await fail(
          (await import('./usage.ts')).usageError(thrown, commandOf(program, words).command),
          words,
          context,
        )
      }
      context.io.out(helpText) // of a noun without a verb; empty when help was asked for, which is out already
      return ExitCode.ok
    }
    const { explained } = await import('./explained.ts')
    const options = program.opts<GlobalOptions>()
    const error = explained(reasonOf(thrown, context.signal))
    if (!(error instanceof GeorepError)) throw error
    const { withSameConfig } = await import('./same-config.ts')
    // Wrong usage has no cause: nothing that talks to Kafka is loaded for it.
    const told = error.cause === undefined ? error : await (await import('./denials.ts')).withDenials(error, options, context) // prettier-ignore
    return await fail(withSameConfig(told, options), words, context, hasPrinted)
  }
}

/** A library that was told to stop throws an error of its own; why it was told is what matters. */
function reasonOf(thrown: unknown, signal: AbortSignal): unknown {
  return signal.aborted && thrown instanceof Error && thrown.name === 'AbortError' ? signal.reason : thrown
}

/**
 * Loads what it prints with, so that a command that works does not pay for it.
 *
 * @param hasPrinted a document is on stdout already, as of a drill that could not be saved: what reads it takes one
 */
async function fail(
  error: GeorepError,
  argv: readonly string[],
  { io, time }: Context,
  hasPrinted = false,
): Promise<ExitCode> {
  const { errorDocument, errorLine, renderError } = await import('./render-error.ts')
  if (!hasPrinted)
    for (const format of ['json', 'yaml'] as const) {
      if (isGiven(argv, ['-o', '--output'], format)) io.out(errorDocument(error, format))
    }
  io.err(isGiven(argv, ['--log-format'], 'json') ? errorLine(error, time.now()) : renderError(error))
  return exitCodeOfError[error.kind]
}

/** Whether an option was given with that value, told without a parser: it must hold when parsing failed. */
function isGiven(argv: readonly string[], names: readonly string[], value: string): boolean {
  const end = argv.indexOf('--')
  const words = end === -1 ? argv : argv.slice(0, end)
  const joined = names.map((name) => (name.startsWith('--') ? `${name}=${value}` : `${name}${value}`))
  return words.some((word, index) => joined.includes(word) || (names.includes(word) && words[index + 1] === value))
}

function withColor(context: Context, hasColor: boolean): Context {
  return { ...context, io: { ...context.io, hasColor: context.io.hasColor && hasColor } }
}
