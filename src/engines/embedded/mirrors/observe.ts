import type { AclOperation } from '../../../core/acl.ts'
import { doubtOf, lossIfDoubted, lossOf } from '../../../core/loss.ts'
import { type Offset, offset } from '../../../core/offset.ts'
import { withDeadline } from '../../../core/time.ts'
import { DeniedError } from '../../../kafka/denied.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { logBounds, logEnds } from '../../../kafka/offsets.ts'
import { type PartitionKey, partitionKey } from '../../../kafka/topic-partition.ts'
import type { LinkRecord, MirrorRecord, PositionRecord } from '../../../links/records.ts'
import type { LinkState } from '../../../links/state.ts'
import { liveRunnerOrWhy } from './live-runner.ts'
import { unmirroredTopics } from './match-topics.ts'
import {
  type Cancel,
  isSourceOpen,
  type LinkStateName,
  type LinkTarget,
  type LinkView,
  type MirrorView,
  type PartitionView,
  type RunnerView,
} from '../../engine.ts'
import { reachedOrRefused } from '../../reachable.ts'
import { shownState } from '../../shown-state.ts'

/** See `ReplicationEngine.observe`. */
export async function observeLink(target: LinkTarget, options: Cancel): Promise<LinkView> {
  const { link, state } = target
  await state.glance(options)
  const [seen, source] = await Promise.all([
    liveRunnerOrWhy(state, link.name, options),
    reachedOrRefused(target.source, link, options),
  ])
  const mirrors = await observeMirrors(target, state.mirrors(link.name), isSourceOpen(source), {
    ...options,
    keepDenied: 'both',
  })
  const unmirrored = await unmirroredTopics(target, isSourceOpen(source), options)
  const now = state.link(link.name) ?? link
  const syncedAt = state.runner(link.name)?.syncedAt
  // Of what is stopped all groups are the destination's.
  const leftGroups = mirrors.some(({ record }) => record.state.state !== 'STOPPED') ? state.leftGroups(link.name) : undefined // prettier-ignore
  const [runner, runnerUnknown] = typeof seen === 'string' ? [undefined, seen] : [seen, undefined]
  const view = { link: now, runner, ...source, mirrors, unmirrored, state: runnerUnknown === undefined ? linkState(now, runner, mirrors) : undefined } // prettier-ignore
  const aclSync = now.syncAcls === null ? undefined : { syncedAt: state.runner(link.name)?.aclsSyncedAt ?? null, unsynced: state.unsyncedAcls(link.name)?.why ?? [] } // prettier-ignore
  return {
    ...view,
    ...(runnerUnknown === undefined ? {} : { runnerUnknown }),
    ...(aclSync === undefined ? {} : { aclSync }),
    ...(syncedAt == null ? {} : { syncedAt }),
    ...(leftGroups === undefined ? {} : { leftGroups }),
  }
}

export interface ObserveOptions extends Cancel {
  /** What the act that looks needs on the mirror topics: named when we may not see them. Default Describe. */
  readonly needs?: AclOperation
  /** Where we may not see a topic, the others are told of all the same, and its loss says why it is not known. Default: thrown. */
  readonly keepDenied?: 'source' | 'both'
}

/** Positions of the mirrors: their ends first, the source's ends second, so that a difference below zero cannot come of the order. */
export async function observeMirrors(
  { source, destination, state, link }: LinkTarget,
  records: readonly MirrorRecord[],
  isSourceReachable: boolean,
  options: ObserveOptions,
): Promise<readonly MirrorView[]> {
  const ready = records.filter((record) => record.mirrorTopicId !== '')
  const partitions = (name: (record: MirrorRecord) => string): readonly { topic: string; partition: number }[] =>
    ready.flatMap((record) =>
      Array.from({ length: record.partitions }, (_, partition) => ({ topic: name(record), partition })),
    )
  const ends = await logEnds(
    destination,
    partitions(({ mirrorTopic }) => mirrorTopic),
    {
      signal: options.signal,
      ...(options.needs === undefined ? {} : { needs: options.needs }),
      ...(options.keepDenied === 'both' ? ({ keepDenied: true } as const) : {}),
    },
  )
  let sourceEnds: ReadonlyMap<PartitionKey, Offset | BrokerError> = new Map()
  let topics: SourceTopics = { added: new Map(), remade: new Set() }
  let isCurrent = isSourceReachable
  if (isSourceReachable) {
    const deadline = withDeadline(options.signal, 8_000)
    try {
      const ask = { signal: deadline, ...(options.keepDenied === undefined ? {} : ({ keepDenied: true } as const)) }
      topics = await sourceTopics(source, ready, ask)
      const more = ready.flatMap(({ sourceTopic: topic, partitions: from }) =>
        Array.from({ length: topics.added.get(topic) ?? 0 }, (_, index) => ({ topic, partition: from + index })),
      )
      const sources = [...partitions(({ sourceTopic }) => sourceTopic), ...more]
      sourceEnds = await logBounds(source, sources, 'highWatermark', ask)
    } catch (error) {
      options.signal.throwIfAborted()
      if (error instanceof DeniedError) throw error
      // It went away in between: what the runner last knew will do.
      isCurrent = false
    }
  }
  return records.map((record): MirrorView => {
    const known = state.position(link.name, record.mirrorTopic)
    const hasFailed = state.failure(link.name, record.mirrorTopic) !== undefined
    let isTold = isCurrent
    const count = record.partitions + (topics.added.get(record.sourceTopic) ?? 0)
    const isStopped = record.state.state === 'STOPPED'
    const isRemade = !isStopped && topics.remade.has(record.sourceTopic)
    if (isRemade) isTold = false
    const views = Array.from({ length: count }, (_, partition): PartitionView => {
      const mirrored = mirroredEnd(record, partition, ends)
      const live = isRemade ? undefined : sourceEnds.get(partitionKey({ topic: record.sourceTopic, partition }))
      const last = known?.sourceEnds[partition] ?? undefined
      const sourceEnd =
        live !== undefined && !(live instanceof BrokerError)
          ? { offset: live, isCurrent: true }
          : last === undefined
            ? undefined
            : { offset: offset(last), isCurrent: false }
      const own = ends.get(partitionKey({ topic: record.mirrorTopic, partition }))
      const refusal = [own, live].find((answer) => answer instanceof BrokerError)
      if (live instanceof BrokerError) isTold = false
      const why = isStopped ? undefined : isRemade ? remadeText(record) : refusal?.message
      // One that is stopped was told of when that was done; its source may be another topic by now.
      const doubt = doubtOf(isStopped ? undefined : sourceEnd, mirrored, { hasFailed })
      const loss = lossIfDoubted(lossOf(sourceEnd, mirrored, why), doubt)
      return { partition, sourceEnd, mirrored, loss, ...(doubt === undefined ? {} : { doubt }) }
    })
    const seenAt = known === undefined ? undefined : lastSeen(record, known, state, link.name)
    return {
      record,
      state: shownState(record, state),
      partitions: views,
      sourceSeenAt: isTold ? 'now' : seenAt,
      ...(known?.tombstones === undefined ? {} : { tombstones: known.tombstones }),
    }
  })
}

/** What has become of source topics since they are mirrored. */
interface SourceTopics {
  /** How many partitions they have more than are mirrored: what is in them would be lost. */
  readonly added: ReadonlyMap<string, number>
  /** Those that were deleted and created anew: their ends are of another log than the mirror's. */
  readonly remade: ReadonlySet<string>
}

function remadeText({ sourceTopic }: MirrorRecord): string {
  return `the source topic "${sourceTopic}" was deleted and created anew`
}

async function sourceTopics(
  source: LinkTarget['source'],
  records: readonly MirrorRecord[],
  options: Parameters<LinkTarget['source']['metadata']>[1],
): Promise<SourceTopics> {
  const open = records.filter(({ state }) => state.state !== 'STOPPED')
  if (open.length === 0) return { added: new Map(), remade: new Set() }
  const { topics } = await source.metadata(open.map(({ sourceTopic }) => sourceTopic), options) // prettier-ignore
  const added = new Map<string, number>()
  const remade = new Set<string>()
  for (const { sourceTopic, sourceTopicId, partitions } of open) {
    const there = topics.get(sourceTopic)
    if (there === undefined) continue
    if (there.topicId !== sourceTopicId) remade.add(sourceTopic)
    else if (there.partitions.length > partitions) added.set(sourceTopic, there.partitions.length - partitions)
  }
  return { added, remade }
}

/** When a runner last read the source's ends of this mirror: not after it let go of it, nor after it could not read them any more. */
function lastSeen(record: MirrorRecord, known: PositionRecord, state: LinkState, link: string): Date | undefined {
  const runner = state.runner(link)
  if (runner === undefined) return undefined
  const letGo = [
    state.link(link)?.pausedAt ?? undefined,
    record.state.state === 'PAUSED' ? record.state.since : undefined,
    state.failure(link, record.mirrorTopic)?.at,
    known.isSourceUnread === true ? known.sourceEndsAt : undefined,
  ]
  const times = [runner.sourceLostAt ?? runner.at, ...letGo.filter((at) => at !== undefined)]
  return new Date(Math.min(...times.map((at) => Date.parse(at))))
}

function mirroredEnd(
  record: MirrorRecord,
  partition: number,
  ends: ReadonlyMap<PartitionKey, { readonly offset: Offset } | BrokerError>,
): Offset | undefined {
  // What a stopped mirror took over ends at its fence; the topic has gone its own way since.
  if (record.state.state === 'STOPPED') {
    const end = record.state.ends[partition]
    return end === undefined ? undefined : offset(end)
  }
  if (partition >= record.partitions) return offset(0n)
  const end = ends.get(partitionKey({ topic: record.mirrorTopic, partition }))
  return end === undefined || end instanceof BrokerError ? undefined : end.offset
}

function linkState(
  { pausedAt }: LinkRecord,
  runner: RunnerView | undefined,
  mirrors: readonly MirrorView[],
): LinkStateName {
  const open = mirrors.filter(({ state }) => state.state !== 'STOPPED')
  if (open.length > 0 && open.every(({ state }) => state.state === 'FAILED')) return 'FAILED'
  if (pausedAt !== null) return 'PAUSED'
  if (runner === undefined) return 'NO_RUNNER'
  if (open.some(({ state }) => state.state === 'FAILED')) return 'DEGRADED'
  return open.some(({ state }) => state.state === 'SOURCE_UNAVAILABLE') ? 'SOURCE_UNAVAILABLE' : 'ACTIVE'
}
