import { textFromDurationMs } from '../../core/duration.ts'
import { lossSentence, totalLoss } from '../../core/loss.ts'
import { verdictOf } from '../../core/outcome.ts'
import type { FailoverResult } from '../../engines/engine.ts'
import { lossView } from '../figures.ts'
import { countedOutcomes } from '../verdict.ts'
import { sourceText, type FailoverView } from './failover-view.ts'

/** What is said of a failover that is not done: how far it came, what takes writes now, what it means for the data, how it goes on. */
export function incompleteFailover(
  view: FailoverView,
  results: readonly FailoverResult[],
  {
    limitMs,
    isInterrupted,
    next,
  }: { readonly limitMs: number | undefined; readonly isInterrupted: boolean; readonly next: string },
): {
  readonly code: 'GR-FAILOVER-INCOMPLETE'
  readonly message: string
  readonly stateNow: string
  readonly data: string
  readonly next: string
} {
  const outcomes = results.map(({ outcome }) => outcome)
  const pending = outcomes.filter(({ kind }) => kind === 'pending').length
  const open = outcomes.filter(({ kind }) => kind === 'applied' || kind === 'unchanged').length
  const topics = `${outcomes.length} ${outcomes.length === 1 ? 'topic' : 'topics'} of link "${view.link}"`
  const after = limitMs === undefined || isInterrupted ? '' : ` after ${textFromDurationMs(limitMs)}`
  const whys = [...new Set(outcomes.flatMap((outcome) => (outcome.kind === 'applied' || outcome.kind === 'unchanged' ? [] : [outcome.why])))] // prettier-ignore
  return {
    code: 'GR-FAILOVER-INCOMPLETE',
    message:
      verdictOf(outcomes) === 'timedOut'
        ? `${pending} of ${topics} ${pending === 1 ? 'is' : 'are'} still stopping${after}`
        : `not all of ${topics} failed over: ${countedOutcomes(outcomes)}`,
    stateNow: [
      `"${view.destination.name}" takes writes on ${open} of them`,
      sourceText(view),
      ...whys.slice(0, 3),
    ].join('\n'),
    data: `${lossSentence(lossView(totalLoss(results.map(({ loss }) => loss))))} not mirrored`,
    next,
  }
}
