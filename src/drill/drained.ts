import { GeorepError } from '../core/errors.ts'
import type { DrainedPartition } from '../core/rpo.ts'
import type { BrokerError } from '../kafka/error-codes.ts'
import { logBounds } from '../kafka/offsets.ts'
import { readRange } from '../kafka/read.ts'
import { partitionKey } from '../kafka/topic-partition.ts'
import { canaryNames } from './canary-names.ts'
import { drainCanary } from './canary-reader.ts'
import type { DrillSettings, DrillSite } from './site.ts'

const drainTimeoutMs = 60_000

/** What the destination's canary topic holds: of the source's canary, and of the destination's own. */
export interface DrainedCanary {
  readonly source: readonly DrainedPartition[]
  readonly destination: readonly DrainedPartition[]
}

/** Reads the canary's mirror from start to end, once for each of the two writers. */
export async function drainDestination(
  { target }: DrillSite,
  settings: DrillSettings,
  options: { readonly signal: AbortSignal },
): Promise<DrainedCanary> {
  const { topic, sourceRun, destinationRun } = canaryNames(settings.runId)
  const cluster = target.destination
  const drain = async (runId: string, otherRunId: string): Promise<readonly DrainedPartition[]> =>
    await drainCanary({
      topic,
      partitions: Array.from({ length: settings.partitions }, (_, partition) => partition),
      runId,
      otherRunIds: [otherRunId],
      logRange: async (name, partition, { signal }) => {
        const one = { topic: name, partition }
        const [start, end] = await Promise.all([
          logBounds(cluster, [one], 'logStart', { signal }),
          logBounds(cluster, [one], 'lastStableOffset', { signal }),
        ])
        return { start: boundOf(start.get(partitionKey(one))), end: boundOf(end.get(partitionKey(one))) }
      },
      readRange: (name, partition, range, { signal }) =>
        readRange(cluster, { topic: name, partition }, range, { signal }),
      timeoutMs: drainTimeoutMs,
      signal: options.signal,
    })
  return { source: await drain(sourceRun, destinationRun), destination: await drain(destinationRun, sourceRun) }
}

function boundOf(bound: bigint | BrokerError | undefined): bigint {
  if (typeof bound === 'bigint') return bound
  throw new GeorepError('failed', 'GR-BROKER-REFUSED', bound?.message ?? 'no answer for the bounds of a log')
}
