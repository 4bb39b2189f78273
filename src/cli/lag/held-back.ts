import { textFromDurationMs } from '../../core/duration.ts'
import { isLeftOpen } from '../../core/left-open.ts'
import { ageOfUnread } from '../../core/next-unread.ts'
import { mirrorLag } from '../../core/mirror-lag.ts'
import type { MirrorView } from '../../engines/engine.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { partitionKey, type TopicPartition } from '../../kafka/topic-partition.ts'
import { type HeldBack, heldBackOf, type OpenTransaction } from '../../links/held-back.ts'
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
    return one === undefined ? [] : [rowOf({ link, topic: mirrorTopic, partition }, one, { source, at })]
  })
  return rows.toSorted((a, b) => (b.ageMs ?? Infinity) - (a.ageMs ?? Infinity) || 0)
}

const unknown = {
  producerId: null,
  producerEpoch: null,
  firstOffset: null,
  since: null,
  ageMs: null,
  transactionalId: null,
  transactionState: null,
  transactionStartedAt: null,
  transactionTimeoutMs: null,
  next: null,
} as const

function rowOf(
  place: Pick<HeldBackRow, 'link' | 'topic' | 'partition'>,
  held: HeldBack,
  { source, at }: { readonly source: Pick<Cluster, 'bootstrap' | 'isSecured'>; readonly at: Date },
): HeldBackRow {
  const { by } = held
  const stableEnd = held.stableEnd ?? null
  if ('why' in by) return { ...place, stableEnd, ...unknown, why: by.why }
  const { producerId, producerEpoch, firstOffset, since, coordinators } = by
  const age = since === undefined ? undefined : ageOfUnread(since, at)
  const ageMs = age === undefined || age.isFuture ? null : age.lagMs
  const { timeoutMs, startedMs } = coordinators?.details ?? {}
  return {
    ...place,
    stableEnd,
    producerId,
    producerEpoch,
    firstOffset,
    since: timeOf(since?.timestampMs),
    ageMs,
    transactionalId: coordinators?.transactionalId ?? null,
    transactionState: coordinators?.state ?? null,
    transactionStartedAt: timeOf(startedMs),
    transactionTimeoutMs: timeoutMs ?? null,
    next: isForOperator(held, by, { ageMs, at }) ? abortCommand(source, held, firstOffset) : null,
    why: null,
  }
}

function timeOf(timestampMs: bigint | undefined): string | null {
  if (timestampMs === undefined || timestampMs > lastTimeMs) return null
  return new Date(Number(timestampMs)).toISOString()
}

function isForOperator(
  place: TopicPartition,
  { producerId, producerEpoch, coordinators }: OpenTransaction,
  { ageMs, at }: { readonly ageMs: number | null; readonly at: Date },
): boolean {
  const { state, details } = coordinators ?? {}
  if (state === undefined || details === undefined) return false
  const { timeoutMs, startedMs, partitions } = details
  const isSame = details.producerId === producerId && details.producerEpoch === producerEpoch
  return isLeftOpen({
    ageMs: ageMs ?? undefined,
    state,
    timeoutMs,
    openForMs: startedMs === undefined ? undefined : at.getTime() - Number(startedMs),
    isPart: isSame && partitions.has(partitionKey(place)),
  })
}

/** Of Kafka's own tool, which asks the leader for the producer that began there. How it comes in to a secured cluster is the administrator's to say, as of ACLs. */
function abortCommand(
  { bootstrap, isSecured }: Pick<Cluster, 'bootstrap' | 'isSecured'>,
  { topic, partition }: TopicPartition,
  from: bigint,
): string {
  const to = `--bootstrap-server ${bootstrap.join()}${isSecured ? ' --command-config admin.properties' : ''}`
  return `kafka-transactions.sh ${to} abort --topic ${topic} --partition ${partition} --start-offset ${from.toString()}`
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
      { title: 'TRANSACTIONAL-ID' },
      { title: 'STATE' },
    ],
    rows.map(({ topic, partition, stableEnd, producerId, firstOffset, ageMs, transactionalId, transactionState }) => [
      topic,
      partition,
      stableEnd ?? 'unknown',
      producerId ?? 'unknown',
      firstOffset ?? 'unknown',
      ageMs === null ? 'unknown' : textFromDurationMs(ageMs),
      transactionalId ?? 'unknown',
      transactionState ?? 'unknown',
    ]),
  )
}

/** So many commands are read; the document has all. */
const commandsShown = 5

/**
 * Says on stderr of which partitions it is not known who holds them back, once for each reason, and how a transaction is ended that nobody else ends.
 */
export function warnOfHeldBack({ heldBack }: Pick<LagSeen, 'heldBack'>, { io }: Pick<Context, 'io'>): void {
  warnOfUnknownHolders(heldBack, io)
  const left = heldBack.filter(({ next }) => next !== null)
  for (const { topic, partition, transactionalId, transactionTimeoutMs, next } of left.slice(0, commandsShown)) {
    const whose = `the transaction of "${printable(transactionalId ?? 'unknown')}" that holds ${printable(topic)}/${partition} back`
    io.err(`warning: ${whose} is older than its time-out of ${textFromDurationMs(transactionTimeoutMs ?? 0)}, and is not being ended\n  next: ${printable(next ?? '')}\n`) // prettier-ignore
  }
  if (left.length > commandsShown) io.err(`warning: and ${left.length - commandsShown} more such transactions: -o json has the command for each\n`) // prettier-ignore
}

function warnOfUnknownHolders(heldBack: readonly HeldBackRow[], io: Context['io']): void {
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
