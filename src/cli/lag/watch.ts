import { GeorepError } from '../../core/errors.ts'
import { isAborted } from '../../core/time.ts'
import { textFromDurationMs } from '../../core/duration.ts'
import type { Context, Io } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { explained } from '../explained.ts'
import { printable } from '../printable.ts'
import type { LagFormat } from './lag-options.ts'

/** What a round may fail with and the next one succeed. */
const passing: ReadonlySet<string> = new Set(['unreachable', 'denied', 'timedOut', 'unknown', 'failed'])

export interface Watch {
  readonly everyMs: number
  readonly output: LagFormat
  /** Prints what is to be seen now. What it returns ends the watch. */
  readonly round: (io: Io) => Promise<ExitCode | undefined>
  /** A round failed: whatever was told before is out of date. */
  readonly onFailure: () => Promise<void>
}

/**
 * Round after round until one ends it, or the signal does: then 130, since a watch never comes to an end by itself. On a terminal each round takes
 * the place of the one before.
 *
 * When nobody reads it any more it ends as well, with 0.
 *
 * A round that fails for want of an answer is said, and the next one tries again; the first one has to succeed.
 *
 * @throws what the first round throws; of later ones what the next could not do better
 */
export async function watchRounds({ everyMs, output, round, onFailure }: Watch, context: Context): Promise<ExitCode> {
  const { io, time, signal } = context
  const show = output === 'table' && io.rows() !== undefined ? redrawnOn(io) : printedOn(io, output)
  try {
    for (let isFirst = true; ; isFirst = false) {
      const began = time.monotonic()
      const title = `${time.now().toISOString()}, every ${textFromDurationMs(everyMs)}, Ctrl-C ends\n\n`
      const code = await show(title, async (own) => {
        try {
          return await round(own)
        } catch (thrown) {
          signal.throwIfAborted()
          const error = explained(thrown)
          if (isFirst || !(error instanceof GeorepError) || !passing.has(error.kind)) throw thrown
          await onFailure()
          own.err(`warning: nothing could be seen: ${printable(error.message)}\n`)
          return undefined
        }
      })
      if (code !== undefined) return code
      if (io.isOutGone()) return ExitCode.ok
      await time.wait(Math.max(0, everyMs - (time.monotonic() - began)), signal)
    }
  } catch (error) {
    const reason: unknown = signal.reason
    if (isAborted(signal) && reason instanceof GeorepError && reason.kind === 'interrupted') return ExitCode.interrupted
    throw error
  }
}

/** Prints one round. */
type Show = (title: string, round: (io: Io) => Promise<ExitCode | undefined>) => Promise<ExitCode | undefined>

/** One below the other: JSON is on one line each, YAML documents are told apart by `---`, tables and tsv by an empty line. */
function printedOn(io: Io, output: LagFormat): Show {
  const between = { yaml: '---\n', tsv: '\n', table: '\n' } as Readonly<Partial<Record<LagFormat, string>>>
  let isFirst = true
  return async (title, round) =>
    await round({
      ...io,
      out: (text) => {
        if (!isFirst) io.out(between[output] ?? '')
        isFirst = false
        io.out(output === 'table' ? `${title}${text}` : text)
      },
    })
}

/** Each in the place of the one before; what is said on stderr comes below. */
function redrawnOn(io: Io): Show {
  let isFirst = true
  return async (title, round) => {
    let [text, talk] = [title, '']
    const code = await round({
      ...io,
      out: (more) => {
        text += more
      },
      err: (more) => {
        talk += more
      },
    })
    // Line by line over what was there: cleared first, the screen would flicker.
    io.out(`${isFirst ? clearScreen : ''}${toTop}${text.replaceAll('\n', `${clearRest}\n`)}${clearBelow}`)
    io.err(talk)
    isFirst = false
    return code
  }
}

const [clearScreen, toTop, clearRest, clearBelow] = ['\u001b[2J', '\u001b[H', '\u001b[K', '\u001b[J']

/** Lines of the screen that are neither rows nor their heads: the title, and what is said below. */
const otherLines = 6

/** How many rows of two tables fit on a screen: half for each, and what one does not need for the other. */
export function rowsThatFit(
  lines: number,
  { mirrors, groups }: { readonly mirrors: number; readonly groups: number },
): { readonly mirrors: number; readonly groups: number } {
  const room = Math.max(2, lines - otherLines - (groups > 0 ? 3 : 1))
  const forMirrors = Math.min(mirrors, Math.max(Math.ceil(room / 2), room - groups))
  return { mirrors: forMirrors, groups: Math.min(groups, room - forMirrors) }
}
