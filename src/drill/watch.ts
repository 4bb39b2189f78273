import type { LagSample } from '../core/lag-series.ts'
import { isAcknowledged, type LedgerEntry } from '../core/ledger.ts'
import { anySignal, isAborted } from '../core/time.ts'
import type { CanaryWriter } from './canary-writer.ts'
import { lastWritten, mirroredEnds } from './mirrored.ts'
import type { DrillSettings, DrillSite } from './site.ts'

const everyMs = 500
const rateOverMs = 1_000
const askTimeoutMs = 2_000

type Ledger = Pick<CanaryWriter, 'ledger'>

export interface DrillWatch extends AsyncDisposable {
  readonly lag: () => readonly LagSample[]
  /** The mirror has been opened: its end is the destination's own from now on, and tells no lag. */
  readonly endLag: () => void
}

/** Looks at canary and mirror twice a second, for the record and for the person who waits, until it is disposed. Disturbs nothing, and never fails. */
export function watchDrill(site: DrillSite, settings: DrillSettings, source: Ledger, destination: Ledger): DrillWatch {
  const { monotonic, wait } = site.time
  const startedAt = monotonic()
  const samples: LagSample[] = []
  const over = new AbortController()
  let isMirroring = true
  const lagNow = async (): Promise<number | undefined> => {
    const written = lastWritten(source, -Infinity)
    const signal = anySignal(over.signal, AbortSignal.timeout(askTimeoutMs))
    const ends = await mirroredEnds(site, settings, source, { signal }).catch(() => undefined)
    return ends === undefined ? undefined : lagOf(written, ends)
  }
  const watch = async (): Promise<void> => {
    while (!isAborted(over.signal)) {
      const at = monotonic()
      const records = isMirroring ? await lagNow() : undefined
      // Asked while it was opened: it may hold what the destination's own canary wrote.
      if (isMirroring && !isAborted(over.signal)) samples.push({ at, records })
      settings.onStatus({
        elapsedMs: monotonic() - startedAt,
        sourceRate: acknowledgedSince(source.ledger(), at - rateOverMs),
        destinationRate: acknowledgedSince(destination.ledger(), at - rateOverMs),
        lag: isMirroring ? records : undefined,
      })
      await wait(Math.max(0, at + everyMs - monotonic()), over.signal).catch(() => undefined)
    }
  }
  const watching = watch()
  return {
    lag: () => [...samples],
    endLag: () => {
      isMirroring = false
    },
    [Symbol.asyncDispose]: async () => {
      over.abort(new Error('the drill is over'))
      await watching
    },
  }
}

function lagOf(written: ReadonlyMap<number, bigint>, ends: ReadonlyMap<number, bigint>): number {
  let lag = 0n
  for (const [partition, last] of written) {
    const end = ends.get(partition) ?? 0n
    if (last >= end) lag += last + 1n - end
  }
  return Number(lag)
}

function acknowledgedSince(entries: readonly LedgerEntry[], since: number): number {
  let count = 0
  for (const entry of entries) if (isAcknowledged(entry) && entry.outcome.acknowledgedAt >= since) count++
  return count
}
