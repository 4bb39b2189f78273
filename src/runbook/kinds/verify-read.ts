import { BrokerError } from '../../kafka/error-codes.ts'
import { logBounds } from '../../kafka/offsets.ts'
import { readStored } from '../../kafka/read.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { nothing, stepKind } from '../kind.ts'
import { mirrorsText, partitionsOf, topics, wantedMirrors } from '../mirrors.ts'

/** That the destination can be read: the last that each partition holds is fetched. */
export const verifyRead = stepKind({
  name: 'verify.read',
  fields: { topics },
  timeoutMs: 30_000,
  does: (step) => `read the end of each partition of ${mirrorsText(step.topics)} on the destination`,
  open: (step, site) => ({
    certainty: 'check',
    observe: async (options) => {
      const { destination } = site.target
      const { mirrors, blocked } = await wantedMirrors(site, step.topics, options)
      if (blocked !== undefined) return blocked
      const partitions = partitionsOf(mirrors, 'mirrorTopic')
      const starts = await logBounds(destination, partitions, 'logStart', { ...options, needs: 'Read' })
      const ends = await logBounds(destination, partitions, 'highWatermark', { ...options, needs: 'Read' })
      let empty = 0
      for (const at of partitions) {
        const [start, end] = [starts.get(partitionKey(at)), ends.get(partitionKey(at))]
        if (start === undefined || end === undefined) return { kind: 'unknown', why: `${partitionKey(at)} has no answer` } // prettier-ignore
        if (start instanceof BrokerError) return { kind: 'unknown', why: start.message }
        if (end instanceof BrokerError) return { kind: 'unknown', why: end.message }
        if (start === end) {
          empty++
          continue
        }
        let isRead = false
        for await (const _ of readStored(destination, at, { from: end - 1n, to: end }, options)) isRead = true
        if (!isRead) return { kind: 'blocked', why: `nothing could be read of ${partitionKey(at)}` }
      }
      return {
        kind: 'done',
        what: `${partitions.length - empty} partitions were read at their end, ${empty} are empty`,
      }
    },
    apply: nothing,
  }),
})
