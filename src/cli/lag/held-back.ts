import { textFromDurationMs } from '../../core/duration.ts'
import { ageOfUnread } from '../../core/next-unread.ts'
import { mirrorLag } from '../../core/mirror-lag.ts'
import type { MirrorView } from '../../engines/engine.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { type HeldBack, heldBackOf } from '../../links/held-back.ts'
import type { Context } from '../context.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import type { LagSeen, HeldBackRow } from './lag-seen.ts'

/** Of a `Date`. */
const lastTimeMs = 8_640_000_000_000_000n

/** Which of these mirrors are held back on their source, and by whom: the oldest first. A mirror that has everything is not asked about. */
export async function lookForHeldBack(
  source: Cluster,
  mirrors: readonly MirrorView[],
  now: () => Date,
  options: { readonly signal: AbortSignal },
): Promise<readonly HeldBackRow[]> {
  const asked = mirrors.flatMap(({ record, state, partitions }) =>
    partitions.flatMap(({ partition, sourceEnd, mirrored }) => {
      const { records } = mirrorLag(state.state, sourceEnd, mirrored)
      const isBehind = sourceEnd?.isCurrent === true && records !== undefined && records > 0n
      return isBehind ? [{ record, topic: record.sourceTopic, partition, end: sourceEnd.offset }] : []
    }),
  )
  const ends = new Map(asked.map(({ topic, partition, end }) => [partitionKey({ topic, partition }), { topic, partition, end }])) // prettier-ignore
  const held = new Map((await heldBackOf(source, [...ends.values()], options)).map((one) => [partitionKey(one), one]))
  const at = now()
  const rows = asked.flatMap(({ record: { link, mirrorTopic }, topic, partition }): readonly HeldBackRow[] => {
    const one = held.get(partitionKey({ topic, partition }))
    return one === undefined ? [] : [rowOf({ link, topic: mirrorTopic, partition }, one, at)]
  })
  return rows.toSorted((a, b) => (b.ageMs ?? Infinity) - (a.ageMs ?? Infinity) || 0)
}

function rowOf(
  place: Pick<HeldBackRow, 'link' | 'topic' | 'partition'>,
  { stableEnd: known, by }: HeldBack,
  at: Date,
): HeldBackRow {
  const stableEnd = known ?? null
  const unknown = { producerId: null, producerEpoch: null, firstOffset: null, since: null, ageMs: null }
  if ('why' in by) return { ...place, stableEnd, ...unknown, why: by.why }
  const { producerId, producerEpoch, firstOffset, since } = by
  const told = { ...place, stableEnd, producerId, producerEpoch, firstOffset, why: null }
  if (since === undefined || since.timestampMs > lastTimeMs) return { ...told, since: null, ageMs: null }
  const { lagMs, isFuture } = ageOfUnread(since, at)
  return { ...told, since: new Date(Number(since.timestampMs)).toISOString(), ageMs: isFuture ? null : lagMs } // prettier-ignore
}

export function renderHeldBack(rows: readonly HeldBackRow[]): string {
  const right = 'right'
  return table(
    [
      { title: 'HELD-BACK' },
      { title: 'PARTITION', align: right },
      { title: 'STABLE-END', align: right },
      { title: 'PRODUCER-ID', align: right },
      { title: 'FIRST-OFFSET', align: right },
      { title: 'OPEN-FOR', align: right },
    ],
    rows.map(({ topic, partition, stableEnd, producerId, firstOffset, ageMs }) => [
      topic,
      partition,
      stableEnd ?? 'unknown',
      producerId ?? 'unknown',
      firstOffset ?? 'unknown',
      ageMs === null ? 'unknown' : textFromDurationMs(ageMs),
    ]),
  )
}

/** Says on stderr of which partitions it is not known who holds them back, once for each reason. */
export function warnOfHeldBack({ heldBack }: Pick<LagSeen, 'heldBack'>, { io }: Pick<Context, 'io'>): void {
  const counts = new Map<string, { readonly first: HeldBackRow; count: number }>()
  for (const row of heldBack) {
    if (row.why === null) continue
    const same = counts.get(row.why)
    if (same === undefined) counts.set(row.why, { first: row, count: 1 })
    else same.count++
  }
  for (const [why, { first, count }] of counts) {
    const { topic, partition, stableEnd } = first
    const what = `${topic}/${partition}${count === 1 ? '' : ` and ${count - 1} more`}`
    const unknown = stableEnd === null ? 'whether an open transaction holds' : 'whose open transaction holds'
    io.err(`warning: ${unknown} ${printable(what)} back is not known: ${printable(why)}\n`)
  }
}
