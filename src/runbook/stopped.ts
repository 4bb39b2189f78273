import { GeorepError, type ErrorKind } from '../core/errors.ts'
import { verdictOf } from '../core/outcome.ts'
import type { FailoverResult } from '../engines/engine.ts'

const kinds = { failed: 'failed', refused: 'refused', unknown: 'unknown', incomplete: 'incomplete', timedOut: 'timedOut' } as const satisfies Record<string, ErrorKind> // prettier-ignore

/** @throws GeorepError when not every mirror was stopped, naming those that were not, and why */
export function requireStopped(results: readonly FailoverResult[], done: string): void {
  const verdict = verdictOf(results.map(({ outcome }) => outcome))
  if (verdict === 'done') return
  const left = results.flatMap(({ topic, outcome }) =>
    outcome.kind === 'applied' || outcome.kind === 'unchanged' ? [] : [`"${topic}" ${outcome.kind}: ${outcome.why}`],
  )
  throw new GeorepError(kinds[verdict], 'GR-MIRRORS-NOT-STOPPED', `not all mirrors were ${done}: ${left.join('; ')}`)
}
