import { z } from 'zod'
import { GeorepError } from '../../core/errors.ts'
import { offset as offsetOf } from '../../core/offset.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { commitsOfGroups, committedOffsets, listGroups } from '../../kafka/groups.ts'
import { logBounds } from '../../kafka/offsets.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { isIdle } from '../../links/group-sync.ts'
import { stepKind } from '../kind.ts'

/** 2^53 is reachable: text is taken as well as a number. */
const offset = z.union([z.int().min(0), z.string().regex(/^\d{1,19}$/)], {
  error: 'expected an offset: a whole number',
})

/** Commits exactly the offsets that are listed, for one group without members on the destination. */
export const offsetApply = stepKind({
  name: 'offset.apply',
  fields: {
    group: z.string().min(1),
    offsets: z.array(z.strictObject({ topic: z.string().min(1), partition: z.int().min(0), offset })).min(1),
  },
  timeoutMs: 30_000,
  does: ({ group, offsets }) => `commit ${offsets.length} offsets for group "${group}" on the destination`,
  open: ({ group, offsets }, site) => {
    const { destination } = site.target
    const wanted = offsets.map((one) => ({ ...one, offset: offsetOf(BigInt(one.offset)) }))
    return {
      certainty: 'observed',
      observe: async (options) => {
        const commits = (await committedOffsets(destination, [group], { ...options, needs: 'Read' })).get(group)
        if (commits === undefined || commits instanceof BrokerError) {
          return { kind: 'unknown', why: commits?.message ?? `the commits of group "${group}" could not be read` }
        }
        const open = wanted.filter((one) => commits.get(partitionKey(one)) !== one.offset)
        if (open.length === 0) return { kind: 'done', what: `group "${group}" has committed them` }
        const listed = (await listGroups(destination, options)).find((one) => one.group === group)
        if (!isIdle(listed?.state)) return { kind: 'blocked', why: `group "${group}" has members (${listed?.state ?? ''}): stop its consumers` } // prettier-ignore
        const outside = await firstOutside(open, options.signal)
        return outside === undefined
          ? { kind: 'notDone', what: `would commit ${open.map((one) => `${partitionKey(one)}=${one.offset.toString()}`).join(', ')}` } // prettier-ignore
          : { kind: 'blocked', why: outside }
      },
      apply: async ({ signal }) => {
        const session = site.session()
        if (session === undefined) throw new TypeError('offsets are committed with the session of a run')
        const { generation } = session
        const before = (await commitsOfGroups(destination, [group], { signal, needs: 'Read' })).get(group)
        if (before === undefined || before instanceof BrokerError) throw new GeorepError('unknown', 'GR-OFFSETS-UNKNOWN', before?.message ?? `the commits of group "${group}" could not be read`, { stateNow: 'nothing was changed' }) // prettier-ignore
        const moves = wanted.map(({ topic, partition, offset: to }) => ({ topic, partition, from: before.get(partitionKey({ topic, partition })), to: { offset: to, metadata: '' } })) // prettier-ignore
        await site.keepUndo('import', [{ group, moves }])
        const refusal = (await session.commitOffsets(new Map([[group, wanted]]), { signal, generation })).get(group)
        if (refusal !== undefined) throw new GeorepError('refused', 'GR-OFFSETS-REFUSED', refusal.message)
        return `committed ${wanted.length} offsets of group "${group}"`
      },
    }
    async function firstOutside(open: typeof wanted, signal: AbortSignal): Promise<string | undefined> {
      const starts = await logBounds(destination, open, 'logStart', { signal, needs: 'Read' })
      const ends = await logBounds(destination, open, 'highWatermark', { signal, needs: 'Read' })
      for (const one of open) {
        const [start, end] = [starts.get(partitionKey(one)), ends.get(partitionKey(one))]
        if (start === undefined || end === undefined) return `the log of ${partitionKey(one)} could not be read`
        if (start instanceof BrokerError) return start.message
        if (end instanceof BrokerError) return end.message
        if (one.offset < start || one.offset > end) {
          return `offset ${one.offset.toString()} lies outside of ${partitionKey(one)}, which has ${start.toString()} to ${end.toString()}` // prettier-ignore
        }
      }
      return undefined
    }
  },
})
