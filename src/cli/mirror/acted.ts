import { GeorepError } from '../../core/errors.ts'
import { type Outcome, verdictOf } from '../../core/outcome.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { printable } from '../printable.ts'
import { countedOutcomes, endWithVerdict } from '../verdict.ts'

/** What stands in the way of a verb, of what is known by topic before it begins; undefined when nothing does. */
export function refusalOf(
  settled: ReadonlyMap<string, Outcome>,
  { code, next }: { readonly code: `GR-${string}-BLOCKED`; readonly next: string },
): GeorepError | undefined {
  const refused = [...settled].flatMap(([topic, one]) => (one.kind === 'refused' ? [`topic "${topic}": ${one.why}`] : []))
  if (refused.length === 0) return undefined
  return new GeorepError('refused', code, refused.join('\n'), { stateNow: 'nothing was changed', next })
} // prettier-ignore

/** How a verb on mirrors ends: its warnings, then what comes next or what is missing. */
export function endActed(
  view: { readonly warnings: readonly string[]; readonly next: string },
  outcomes: readonly Outcome[],
  incomplete: { readonly code: `GR-${string}-INCOMPLETE`; readonly message: string; readonly next: string },
  context: Context,
): ExitCode {
  const { io } = context
  for (const warning of view.warnings) io.err(`warning: ${printable(warning)}\n`)
  const verdict = verdictOf(outcomes)
  if (verdict === 'done') {
    io.err(`next: ${printable(view.next)}\n`)
    return ExitCode.ok
  }
  const { message, ...rest } = incomplete
  return endWithVerdict(verdict, { ...rest, message: `${message}: ${countedOutcomes(outcomes)}` }, context)
}
