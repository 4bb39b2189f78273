import { isAborted, type Time, withDeadline } from '../../../core/time.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { refusalOf } from '../../reachable.ts'

const probes = 5
const probeTimeoutMs = 3_000
const everyMs = 15_000
/** Less does not matter, and may come of a busy machine. */
const farMs = 10

export interface RoundTrips {
  /** Medians in milliseconds; undefined for a cluster that did not answer, or was not asked yet. */
  sourceMs: number | undefined
  destinationMs: number | undefined
  /** Whether the source answered when it was asked last; undefined before that. */
  isSourceUp: boolean | undefined
  /** Why it did not let us in, when it was asked last. */
  sourceRefusal: string | undefined
}

/**
 * Measures how long both clusters take to answer a small request, every 15 s until the signal, into `measured`.
 *
 * @param onFar the runner stands far from the destination: called when it is found, and again when it was near in between
 */
export async function watchRoundTrips(
  { source, destination, time }: { readonly source: Cluster; readonly destination: Cluster; readonly time: Time },
  measured: RoundTrips,
  onFar: (ms: { readonly sourceMs: number; readonly destinationMs: number }) => void,
  signal: AbortSignal,
): Promise<void> {
  let wasFar = false
  while (!isAborted(signal)) {
    // One after the other, so that neither waits for the other's answers to be read.
    const [sourceMs, sourceRefusal] = await medianRoundTripMs(source, time, signal)
    const [destinationMs] = await medianRoundTripMs(destination, time, signal)
    if (isAborted(signal)) return
    Object.assign(measured, { sourceMs, destinationMs, isSourceUp: sourceMs !== undefined, sourceRefusal })
    // What is not known is no reason to warn, nor to warn again.
    if (sourceMs !== undefined && destinationMs !== undefined) {
      const isFar = isFarFromDestination({ sourceMs, destinationMs })
      if (isFar && !wasFar) onFar({ sourceMs, destinationMs })
      wasFar = isFar
    }
    await time.wait(everyMs, signal).catch(() => undefined)
  }
}

/** Appends go in small requests, each with an answer to wait for, and fetches in large ones: the runner belongs near the destination. */
export function isFarFromDestination(ms: { readonly sourceMs: number; readonly destinationMs: number }): boolean {
  return ms.destinationMs - ms.sourceMs > farMs
}

/** Undefined when one of the requests is not answered; beside it why, where we are not let in. */
async function medianRoundTripMs(
  cluster: Cluster,
  time: Pick<Time, 'monotonic'>,
  signal: AbortSignal,
): Promise<readonly [ms: number | undefined, refusal?: string]> {
  const took: number[] = []
  try {
    // The first one may have to connect, and is not counted.
    for (let probe = 0; probe <= probes; probe++) {
      const started = time.monotonic()
      await cluster.metadata([], { signal: withDeadline(signal, probeTimeoutMs) })
      if (probe > 0) took.push(time.monotonic() - started)
    }
  } catch (error) {
    const refusal = refusalOf(error)
    return refusal === undefined ? [undefined] : [undefined, refusal]
  }
  return [took.toSorted((a, b) => a - b)[Math.floor(probes / 2)]]
}
