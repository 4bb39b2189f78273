import { lossOf } from '../../core/loss.ts'
import type { MirrorState } from '../../core/mirror-state.ts'
import { type Offset, offset } from '../../core/offset.ts'
import { withDeadline } from '../../core/time.ts'
import { DeniedError } from '../../kafka/denied.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { atPosition } from '../../kafka/next-unread.ts'
import { logBounds } from '../../kafka/offsets.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import { unreadAt } from '../../links/mirror-ages.ts'
import type { MirrorRecord, Mm2LinkRecord } from '../../links/records.ts'
import type { Cancel, LinkTarget, LinkView, MirrorView, PartitionView } from '../engine.ts'
import { partitionsOfMirrors } from '../mirror-partitions.ts'
import { isReachable } from '../reachable.ts'
import { type ConnectorsSeen, hindranceOf, linkStateOf, seeConnectors } from './connectors-seen.ts'
import { toldByTopics } from './told-by-topics.ts'
import { type BothSides, troublesOf } from './topic-troubles.ts'

const sourceMs = 8_000
/** A connection that is refused is refused at once; one that is not answered must not hold back all that is known otherwise. */
const connectMs = 10_000

/** See `ReplicationEngine.observe`. */
export async function observeLink(target: LinkTarget, options: Cancel): Promise<LinkView> {
  const { state, source, destination, connect } = target
  await state.glance(options)
  const link = state.link(target.link.name) ?? target.link
  if (link.engine !== 'mm2') throw new TypeError(`link "${link.name}" is not of MirrorMaker 2`)
  const records = state.mirrors(link.name)
  // Positions first and the source's ends second, so that a difference below zero cannot come of the order.
  const [seen, isSourceReachable] = await Promise.all([
    seenWithin(connect, link, options),
    isReachable(source, link, options),
  ])
  const configs = 'why' in seen ? {} : seen.configs
  const [sides, told] = await Promise.all([
    lookAtSides(target, records, isSourceReachable, options),
    toldByTopics(destination, link, configs.checkpoint, options),
  ])
  const mirrors = await mirrorViews(target, link, { records, seen, sides }, options)
  const warnings = records.flatMap((record) =>
    troublesOf(record, positionsOf(record, seen), sides).map(({ why }) => why),
  )
  const { source: config } = configs
  return {
    link,
    state: linkStateOf(link, seen, mirrors, sides.isSourceRead),
    runner: undefined,
    isSourceReachable,
    mirrors,
    unmirrored: [],
    connect: {
      url: link.mm2.connectUrl,
      version: 'why' in seen ? undefined : seen.version,
      why: 'why' in seen ? seen.why : undefined,
      isExactlyOnce: config === undefined ? undefined : config['exactly.once.support'] === 'required',
      connectors: 'why' in seen ? [] : seen.connectors,
      told,
      warnings: [...new Set(warnings)],
    },
  }
}

async function seenWithin(
  connect: LinkTarget['connect'],
  link: Mm2LinkRecord,
  options: Cancel,
): Promise<ConnectorsSeen | { readonly why: string }> {
  const deadline = withDeadline(options.signal, connectMs)
  try {
    return await seeConnectors(connect, link, { signal: deadline })
  } catch (error) {
    options.signal.throwIfAborted()
    if (!deadline.aborted) throw error
    return { why: `no answer within ${connectMs / 1_000} s, or none but that it is rebalancing` }
  }
}

async function lookAtSides(
  { source, destination }: LinkTarget,
  records: readonly MirrorRecord[],
  isSourceReachable: boolean,
  options: Cancel,
): Promise<BothSides> {
  const known = records.filter(({ state }) => state.state !== 'STOPPED')
  const own = partitionsOfMirrors(known, 'mirrorTopic')
  const [ends, topics] = await Promise.all([
    logBounds(destination, own, 'highWatermark', { ...options, keepDenied: true }),
    destination.metadata(known.map(({ mirrorTopic }) => mirrorTopic), { ...options, keepDenied: true }), // prettier-ignore
  ])
  const none = {
    sourceEnds: new Map(),
    stableEnds: new Map(),
    sourceStarts: new Map(),
    sourceTopics: new Map(),
  } as const
  const base = { ends, topics: topics.topics }
  if (!isSourceReachable) return { ...base, ...none, isSourceRead: false }
  const within = { signal: withDeadline(options.signal, sourceMs), keepDenied: true } as const
  try {
    const theirs = partitionsOfMirrors(known, 'sourceTopic')
    const [sourceEnds, stableEnds, sourceStarts, { topics: sourceTopics }] = await Promise.all([
      logBounds(source, theirs, 'highWatermark', within),
      logBounds(source, theirs, 'lastStableOffset', within),
      logBounds(source, theirs, 'logStart', within),
      source.metadata(known.map(({ sourceTopic }) => sourceTopic), within), // prettier-ignore
    ])
    return { ...base, sourceEnds, stableEnds, sourceStarts, sourceTopics, isSourceRead: true }
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof DeniedError) throw error
    // It went away in between.
    return { ...base, ...none, isSourceRead: false }
  }
}

interface Seen {
  readonly records: readonly MirrorRecord[]
  readonly seen: ConnectorsSeen | { readonly why: string }
  readonly sides: BothSides
}

async function mirrorViews(
  target: LinkTarget,
  link: Mm2LinkRecord,
  { records, seen, sides }: Seen,
  options: Cancel,
): Promise<readonly MirrorView[]> {
  const drained = await drainedAt(target, { records, seen, sides }, options)
  return records.map((record): MirrorView => {
    const positions = positionsOf(record, seen)
    const trouble = troublesOf(record, positions, sides).find(({ isFatal }) => isFatal)
    const { isSourceRead } = sides
    let isTold = isSourceRead
    const partitions = Array.from({ length: record.partitions }, (_, partition): PartitionView => {
      const key = partitionKey({ topic: record.sourceTopic, partition })
      const live = sides.sourceEnds.get(key)
      const start = sides.sourceStarts.get(key)
      if (live instanceof BrokerError) isTold = false
      const sourceEnd = typeof live === 'bigint' ? { offset: live, isCurrent: true } : undefined
      const mirrored = mirroredUpTo(record, partition, { positions, start, drained: drained.get(key), seen })
      const untold = 'why' in seen ? `Kafka Connect does not tell how far it is: ${seen.why}` : undefined
      const why = record.state.state === 'STOPPED' ? undefined : live instanceof BrokerError ? live.message : untold
      return { partition, sourceEnd, mirrored, loss: lossOf(sourceEnd, mirrored, why) }
    })
    const state = shownState(record, link, { seen, trouble: trouble?.why, isSourceRead })
    return { record, state, partitions, sourceSeenAt: isTold ? 'now' : undefined }
  })
}

/** Where each partition goes on, in the source's offsets; undefined where Connect has none, or does not answer. */
function positionsOf(
  { sourceTopic, partitions }: MirrorRecord,
  seen: ConnectorsSeen | { readonly why: string },
): readonly (bigint | undefined)[] {
  if ('why' in seen) return []
  return Array.from({ length: partitions }, (_, partition) => seen.next.get(partitionKey({ topic: sourceTopic, partition }))) // prettier-ignore
}

function mirroredUpTo(
  record: MirrorRecord,
  partition: number,
  {
    positions,
    start,
    drained,
    seen,
  }: {
    readonly positions: readonly (bigint | undefined)[]
    readonly start: Offset | BrokerError | undefined
    readonly drained: bigint | undefined
    readonly seen: Seen['seen']
  },
): Offset | undefined {
  if (record.state.state === 'STOPPED') {
    const end = record.state.ends[partition]
    return end === undefined ? undefined : offset(end)
  }
  if ('why' in seen) return undefined
  const position = drained ?? positions[partition]
  if (position !== undefined) return offset(position)
  // Connect has not written down any place yet: the task begins where the source's log does.
  return typeof start === 'bigint' ? start : offset(0n)
}

/**
 * Partitions behind whose position nothing is left to be read but markers of transactions, which are not mirrored, and what was aborted: they have all that the
 * source has. By source partition, the source's end.
 */
async function drainedAt(
  { source }: LinkTarget,
  { records, seen, sides }: Seen,
  options: Cancel,
): Promise<ReadonlyMap<PartitionKey, bigint>> {
  const behind = records
    .filter(({ state }) => state.state !== 'STOPPED')
    .flatMap((record) =>
      positionsOf(record, seen).flatMap((position, partition) => {
        const at = { topic: record.sourceTopic, partition }
        const end = sides.sourceEnds.get(partitionKey(at))
        // What is in a transaction that is open may come yet.
        const isOpen = sides.stableEnds.get(partitionKey(at)) !== end
        return position === undefined || typeof end !== 'bigint' || position >= end || isOpen ? [] : [{ ...at, offset: offset(position), end }] // prettier-ignore
      }),
    )
  const unread = await unreadAt(source, behind, { ...options, isCommittedOnly: true })
  return new Map(
    behind.flatMap(({ end, ...at }) => (atPosition(unread, at) === 'none' ? [[partitionKey(at), end] as const] : [])), // prettier-ignore
  )
}

function shownState(
  record: MirrorRecord,
  { pausedAt }: Mm2LinkRecord,
  {
    seen,
    trouble,
    isSourceRead,
  }: { readonly seen: Seen['seen']; readonly trouble: string | undefined; readonly isSourceRead: boolean },
): MirrorState {
  const stored = record.state
  if (stored.state === 'PAUSED') return { state: 'PAUSED' }
  if (stored.state !== 'ACTIVE') return stored
  if (trouble !== undefined) return { state: 'FAILED', reason: trouble }
  const hindrance = hindranceOf(record, seen)
  if (hindrance?.state === 'FAILED') return hindrance
  if (pausedAt !== null) return { state: 'PAUSED' }
  if (hindrance !== undefined) return hindrance
  return isSourceRead ? { state: 'ACTIVE' } : { state: 'SOURCE_UNAVAILABLE' }
}
