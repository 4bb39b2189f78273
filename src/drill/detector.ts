import { afterProbe, type Detection, noFailureYet, type ProbeResult } from '../core/detection.ts'
import { messageOf } from '../core/errors.ts'
import { anySignal, orAborted, type Time } from '../core/time.ts'

export interface DetectorOptions {
  /** Resolves when the source answers, rejects when it does not. */
  readonly probe: (options: { readonly signal: AbortSignal }) => Promise<void>
  /** Interval between the starts of two probes, and the time-out of each. */
  readonly probeEveryMs: number
  /** Failures in a row after which the source is lost. */
  readonly failuresNeeded: number
  readonly time: Time
  readonly signal: AbortSignal
}

export interface Detected {
  /** t2, monotonic milliseconds. */
  readonly lostAt: number
  /** Start of the first of the failed probes. */
  readonly failingSince: number
  readonly probes: readonly ProbeResult[]
}

/** Probes until the source is lost. Rejects with the signal's reason; never gives up by itself. */
export async function detectLoss(options: DetectorOptions): Promise<Detected> {
  const { probeEveryMs, failuresNeeded, time, signal } = options
  const probes: ProbeResult[] = []
  let state: Detection = noFailureYet
  for (;;) {
    const result = await probeOnce(options)
    signal.throwIfAborted()
    probes.push(result)
    state = afterProbe(state, result, failuresNeeded)
    if (state.lostAt !== undefined) {
      return { lostAt: state.lostAt, failingSince: state.failingSince ?? result.startedAt, probes }
    }
    const untilNextMs = result.startedAt + probeEveryMs - time.monotonic()
    if (untilNextMs > 0) await time.wait(untilNextMs, signal)
  }
}

export async function probeOnce({
  probe,
  probeEveryMs,
  time,
  signal,
}: Omit<DetectorOptions, 'failuresNeeded'>): Promise<ProbeResult> {
  const startedAt = time.monotonic()
  const over = new AbortController()
  const bounded = anySignal(signal, over.signal)
  const timeout = time.wait(probeEveryMs, bounded).then(
    () => {
      over.abort(new Error(`no answer within ${probeEveryMs} ms`))
    },
    () => undefined,
  )
  let failure: string | undefined
  try {
    await orAborted(probe({ signal: bounded }), bounded)
  } catch (error) {
    failure = messageOf(error)
  }
  const endedAt = time.monotonic()
  over.abort(new Error('the probe is over'))
  await timeout
  return { startedAt, endedAt, failure }
}
