import { GeorepError } from '../../core/errors.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from '../../kafka/topic-partition.ts'
import { stepKind } from '../kind.ts'
import { isStopped, mirrorsText, partitionsOf, quoted, topics, wantedMirrors } from '../mirrors.ts'
import { appendProbe, hasProbe, probeKey } from '../probe-record.ts'

/** That the destination takes writes: a record is appended to each partition, once a run. Consumers see it. */
export const verifyWrite = stepKind({
  name: 'verify.write',
  fields: { topics },
  timeoutMs: 30_000,
  does: (step) => `write one record to each partition of ${mirrorsText(step.topics)} on the destination`,
  open: (step, site, { id }) => {
    const { destination } = site.target
    const key = probeKey(site.runId, id)
    const acknowledged = new Set<PartitionKey>()
    const isWritten = async (at: TopicPartition, options: { readonly signal: AbortSignal }): Promise<boolean> =>
      acknowledged.has(partitionKey(at)) || (await hasProbe(destination, at, key, options))
    return {
      certainty: 'observed',
      observe: async (options) => {
        const { mirrors, blocked } = await wantedMirrors(site, step.topics, options)
        if (blocked !== undefined) return blocked
        const left = mirrors.filter((one) => !isStopped(one)).map(({ mirrorTopic }) => mirrorTopic)
        const partitions = partitionsOf(mirrors, 'mirrorTopic')
        if (left.length > 0) return { kind: 'notDone', what: `would write once ${quoted(left)} are STOPPED` }
        for (const at of partitions) {
          if (!(await isWritten(at, options))) return { kind: 'notDone', what: `would write to ${partitions.length} partitions` } // prettier-ignore
        }
        return { kind: 'done', what: `${partitions.length} partitions have taken a record` }
      },
      apply: async (options) => {
        const { mirrors } = await wantedMirrors(site, step.topics, options)
        // A record in a mirror that is carried would make it FAILED.
        const left = mirrors.filter((one) => !isStopped(one)).map(({ mirrorTopic }) => mirrorTopic)
        if (left.length > 0) throw new GeorepError('refused', 'GR-MIRROR-STATE', `${quoted(left)} are not STOPPED: a record would be in the way of the runner`) // prettier-ignore
        for (const at of partitionsOf(mirrors, 'mirrorTopic')) {
          if (await isWritten(at, options)) continue
          await appendProbe(destination, at, { key, value: site.runId, atMs: site.time.now().getTime() }, options)
          acknowledged.add(partitionKey(at))
        }
        return undefined
      },
    }
  },
})
