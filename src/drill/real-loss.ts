import { isAcknowledged, type LedgerEntry } from '../core/ledger.ts'
import { probeOnce } from './detector.ts'
import type { DrillSettings, DrillSite } from './site.ts'

// A source that goes away by itself while a drill only plays that it does, or before the drill has taken it away: what is measured then is not what
// was to be measured.

/** A slow answer is one: what a drill's own probes call lost is what it takes away. */
const answerTimeoutMs = 5_000
/** So many of the canary's last records in a row: one alone may meet a new leader. */
const lastRecords = 3

/** Why a source that nobody has taken away is not there; undefined when it answers. As many questions have to fail as make a loss. */
export async function whyAway(
  { target: { source }, time }: Pick<DrillSite, 'target' | 'time'>,
  { probeEveryMs, failuresNeeded }: Pick<DrillSettings, 'probeEveryMs' | 'failuresNeeded'>,
  { signal }: { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const probe = async (within: { readonly signal: AbortSignal }): Promise<void> => {
    await source.metadata([], { signal: within.signal, timeoutMs: answerTimeoutMs })
  }
  for (let failures = 1; ; failures++) {
    const { startedAt, failure } = await probeOnce({ probe, probeEveryMs: answerTimeoutMs, time, signal })
    signal.throwIfAborted()
    if (failure === undefined) return undefined
    if (failures >= failuresNeeded) return `it does not answer: ${failure}`
    await time.wait(Math.max(0, startedAt + probeEveryMs - time.monotonic()), signal)
  }
}

/** Why the source was not there at the moment from which on it counted as lost; undefined when it has taken the canary's records up to then. */
export function whyAwayAtCut(entries: readonly LedgerEntry[], cutAt: number): string | undefined {
  const before = entries.filter(({ scheduledAt }) => scheduledAt < cutAt)
  for (const partition of new Set(before.map((entry) => entry.partition))) {
    const last = before.filter((entry) => entry.partition === partition).slice(-lastRecords)
    if (!last.some(isAcknowledged)) return `it took none of the canary's last records in partition ${partition} before the loss that was simulated` // prettier-ignore
  }
  return undefined
}
