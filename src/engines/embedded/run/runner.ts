import { clusterRight } from '../../../core/acl.ts'
import { GeorepError, messageOf } from '../../../core/errors.ts'
import { anySignal, isAborted, withDeadline } from '../../../core/time.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { lacking } from '../../../kafka/denied.ts'
import { FencedError } from '../../../kafka/held-id.ts'
import { brokerConfig } from '../../../kafka/topics.ts'
import { takenError } from '../../../links/held.ts'
import { syncGroups } from '../../../links/group-sync.ts'
import { MetadataLimit } from '../../../links/metadata-limit.ts'
import { type LinkRecord, type MirrorRecord, stateKey, type StateRecord } from '../../../links/records.ts'
import { type LinkSession, renewEveryMs } from '../../../links/session.ts'
import type { LinkState } from '../../../links/state.ts'
import type { LeaderStanding, RunnerEvent, RunOptions } from '../../running.ts'
import { AclSync } from './acl-sync.ts'
import { MirrorProtection } from './mirror-protection.ts'
import { AutoCreate } from './auto-create.ts'
import { ContinuousSync } from './continuous-sync.ts'
import { Hiding, permittedHiding } from '../holes/hiding.ts'
import { Failures, isSameMirror } from './failures.ts'
import { Lease, leaseMaxAgeMs } from '../carry/lease.ts'
import { leftGroupsRecords } from './left-groups.ts'
import { noteCaughtUp } from '../carry/mirror-partition.ts'
import { Mover } from '../carry/mover.ts'
import { Positions } from '../carry/positions.ts'
import { watchRoundTrips } from './round-trips.ts'
import { LeaderNotes } from './standing.ts'
import { linkProducer } from '../carry/link-producer.ts'
import { troubleOf } from './trouble.ts'

/** A read or write of the link's state that takes longer is given up and tried again; the lease ends meanwhile. */
const stateTimeoutMs = 8_000
const drainMs = 15_000
/** How long a heartbeat waits for the transactional id of hidden offsets: the lock is to be renewed all the same. */
const claimMs = 1_000
/** How often the source's topics are listed for a link with patterns, and topics are looked at that may have changed. */
const patternsEveryMs = 3_000
const roundTimeoutMs = 120_000
/** Partitions that were added to a source topic show in nothing that is fetched. */
const topicsEveryMs = 5_000

export interface RunnerOptions extends Omit<RunOptions, 'onStart'> {
  readonly link: LinkRecord
  readonly source: Cluster
  readonly destination: Cluster
  readonly session: LinkSession
  /** Other clusters of the file: what comes from the destination by way of them is not mirrored back. */
  readonly others?: readonly Cluster[]
  /** Called once, when it can be asked. */
  readonly onStanding: (standing: () => LeaderStanding) => void
}

/**
 * Runs a link until the signal: carries its active mirrors, copies group offsets, and writes a heartbeat with the positions every second. Then
 * drains what was fetched.
 *
 * It reads the link's state before it writes anything, every second, and after whatever interrupted it.
 *
 * @throws GeorepError "conflict" when another runner took the link over
 */
export async function runLink(options: RunnerOptions, { signal }: { readonly signal: AbortSignal }): Promise<void> {
  const { link, source, destination, session, time, onEvent } = options
  const expiryMs = await producerExpiryMs(destination, { signal })
  if (expiryMs === 0) onEvent({ kind: 'trouble', what: slowWithout(destination) })
  const lease = new Lease(time, { maxAgeMs: leaseMaxAgeMs(expiryMs) })
  const way = (await permittedHiding(destination, link.name, { signal })) ?? 'markers'
  const wereTransactions = session.state.isHidingInTransactions(link.name)
  const hiding = new Hiding({ destination, link: link.name, way, wereTransactions, monotonic: time.monotonic })
  const stop = new AbortController()
  const ended = anySignal(signal, stop.signal)
  const failures = new Failures()
  const known: Known = { link, active: [], generation: -1, readBefore: 0n }
  /** The state topic's offset before which everything is done as it says. */
  let obeysBefore = 0n
  const mover = new Mover({
    source,
    destination,
    producer: linkProducer(link),
    hiding,
    lease,
    time,
    expiryMs,
    memoryBytes: options.memoryBytes,
    onFenced: () => undefined, // The next heartbeat, a second away at the most, reads the state.
    onFailure: ({ record, failure: reason = '' }) => {
      failures.note(record, reason, time.now().toISOString())
      onEvent({ kind: 'failed', mirror: record.mirrorTopic, reason })
    },
    onTrouble: (what) => {
      onEvent({ kind: 'trouble', what })
    },
  })

  const notes = new LeaderNotes({ mover, lease, state: session.state, link: link.name, time })
  options.onStanding(() => notes.standing)

  const onTrouble = (what: string): void => { onEvent({ kind: 'trouble', what }) } // prettier-ignore
  const onSynced = (mirror: string, what: string): void => { onEvent({ kind: 'synced', mirror, what }) } // prettier-ignore
  const { actor, others = [] } = options
  const acts = { target: { source, destination, others }, session, actor, time, onTrouble }
  const onTombstonesKept = (record: MirrorRecord, keptMs: number): void => {
    const topic = mover.carried(record.mirrorTopic)
    if (topic?.record.sourceTopicId !== record.sourceTopicId) return
    const missed = topic.tombstones.judge(keptMs, time.now().getTime())
    if (missed !== undefined) onEvent({ kind: 'missedTombstones', mirror: record.mirrorTopic, ...missed })
  }
  const sync = new ContinuousSync({ ...acts, onSynced, onTombstonesKept })
  const acls = new AclSync({ ...acts, onSynced: (done) => { onEvent({ kind: 'aclsSynced', ...done }) } }) // prettier-ignore
  const protection = new MirrorProtection({ ...acts, onProtected: (done) => { onEvent({ kind: 'protected', ...done }) } }) // prettier-ignore

  /** What may be written is what the link's state says now. */
  const readState = async (within: AbortSignal): Promise<void> => {
    const { generation } = session
    await session.state.refresh({ signal: within, link: link.name })
    const holder = session.state.lock(link.name, 'runner')?.value
    if (holder?.owner !== options.actor.owner)
      throw takenError({ link: link.name, kind: 'runner', act: 'link run' }, holder)
    const record = session.state.link(link.name)
    if (record === undefined) throw linkDeleted(link.name)
    const isPaused = record.pausedAt !== null
    if (isPaused !== (known.link.pausedAt !== null)) onEvent({ kind: isPaused ? 'paused' : 'resumed' })
    mover.limit(record.throttleBytesPerSecond)
    const mirrors = isPaused ? [] : session.state.mirrors(link.name)
    const active = mirrors.filter(
      ({ state, mirrorTopic }) =>
        state.state === 'ACTIVE' && session.state.failure(link.name, mirrorTopic) === undefined,
    )
    reconcile(mover, active, session.state, onEvent)
    known.link = record
    known.active = active
    known.generation = generation
    known.readBefore = session.state.decidedBefore(link.name)
  }

  const positions = new Positions(link.name)
  const heartbeat = async (within: AbortSignal): Promise<void> => {
    const records = new Map<string, StateRecord>(failures.toWrite(session.state))
    const now = time.now()
    const at = now.toISOString()
    if (way === 'transactions' && !session.state.isHidingInTransactions(link.name)) records.set(stateKey.hiding(link.name), { v: 1, kind: 'hiding', at }) // prettier-ignore
    const sourceLostAt = mover.sourceLostAt?.toISOString() ?? null
    if (mover.leaving.size === 0) obeysBefore = known.readBefore
    const before = session.state.runner(link.name)
    const syncedAt = sync.syncedAt?.toISOString() ?? before?.syncedAt ?? null
    const aclsSyncedAt = acls.syncedAt?.toISOString() ?? before?.aclsSyncedAt ?? null
    records.set(stateKey.runner(link.name), {
      v: 1,
      kind: 'runner',
      at,
      sourceLostAt,
      obeysBefore,
      syncedAt,
      aclsSyncedAt,
      groupsEveryMs: options.groupsEveryMs,
    })
    // Before the record that tells how fresh they are, or with it.
    for (const { partitions } of mover.topics) for (const one of partitions) noteCaughtUp(one, now.getTime())
    const [last, ...others] = positions.changed(mover.topics, (mover.sourceLostAt ?? now).getTime())
    for (const some of others) {
      await session.write(some, { signal: within })
      positions.written(some)
    }
    await session.write(new Map([...records, ...(last ?? [])]), { signal: within })
    failures.written(records.keys())
    if (last !== undefined) positions.written(last)
  }

  /** What its holder before has begun has ended, and is in the state that is read next. */
  const claimHiding = async (): Promise<() => void> => {
    try {
      return await hiding.claim({ signal: withDeadline(ended, claimMs) })
    } catch (error) {
      if (!isAborted(ended)) onEvent({ kind: 'trouble', what: `partitions do not begin before a transaction that may hide offsets in them has ended: ${messageOf(error)}` }) // prettier-ignore
      return () => undefined
    }
  }

  const heartbeats = async (): Promise<void> => {
    let wasLost = false
    while (!isAborted(ended)) {
      const startedMs = time.monotonic()
      try {
        const claimed = await claimHiding()
        // A lock that cannot be renewed is another's to take in a while: the lease ends before that.
        const renewed = lease.renewal()
        await readState(withDeadline(ended, stateTimeoutMs))
        await heartbeat(withDeadline(ended, stateTimeoutMs))
        renewed()
        // The state was read before the id of the session was taken anew.
        if (session.generation === known.generation) claimed()
        notes.heartbeatWritten()
        mover.resume()
      } catch (error) {
        if (isAborted(ended)) return
        if (error instanceof GeorepError && error.kind === 'conflict') throw error
        notes.heartbeatFailed(error)
        onTrouble(troubleOf("reading and writing the link's state", error))
      }
      notes.look()
      const isLost = mover.sourceLostAt !== undefined
      if (isLost !== wasLost) onEvent({ kind: isLost ? 'sourceLost' : 'sourceBack' })
      wasLost = isLost
      // From start to start: where answers take long, the lease would run out in between.
      const spentMs = time.monotonic() - startedMs
      const everyMs = Math.min(renewEveryMs, lease.maxAgeMs / 2)
      await time.wait(Math.max(everyMs / 4, everyMs - spentMs), ended).catch(() => undefined)
    }
  }

  const topicWatch = async (): Promise<void> => {
    while (!isAborted(ended)) {
      await time.wait(topicsEveryMs, ended).catch(() => undefined)
      // A source that does not answer is noticed, and told, by those who fetch from it.
      await mover.lookAtTopics(withDeadline(ended, topicsEveryMs)).catch(() => undefined)
    }
  }

  /** What is done under the act lock, one after the other: they would take it from each other. */
  const sourceWatch = async (): Promise<void> => {
    const autoCreate = new AutoCreate(acts)
    const attempt = async (
      what: string,
      round: (within: { readonly signal: AbortSignal }) => Promise<void>,
    ): Promise<void> => {
      try {
        await round({ signal: withDeadline(ended, roundTimeoutMs) })
      } catch (error) {
        // Taken over by whoever acts on the link: the next round looks what is left to do.
        if (!isAborted(ended) && !(error instanceof FencedError)) onTrouble(troubleOf(what, error))
      }
    }
    const isIdle = (): boolean => isAborted(ended) || known.link.pausedAt !== null || mover.sourceLostAt !== undefined
    while (!isAborted(ended)) {
      await time.wait(patternsEveryMs, ended).catch(() => undefined)
      // Others may write to a mirror whether it is carried or not.
      if (!isAborted(ended) && protection.isDue(known.link)) await attempt('keeping others from mirror topics', async (within) => { await protection.round(known.link, within) }) // prettier-ignore
      const isAsked = known.link.patterns.length > 0 || session.state.unmirrored(link.name).length > 0
      if (isAsked && !isIdle()) await attempt('looking for matching topics', async (within) => { await autoCreate.round(known.link, within) }) // prettier-ignore
      const isSynced = known.active.length > 0 || session.state.unsynced(link.name).size > 0
      if (isSynced && sync.isDue && !isIdle()) await attempt('bringing over settings and partitions', async (within) => { await sync.round(known.link, known.active, within) }) // prettier-ignore
      const isWithAcls = known.link.syncAcls !== null || session.state.unsyncedAcls(link.name) !== undefined
      if (isWithAcls && acls.isDue && !isIdle()) await attempt('bringing over ACLs', async (within) => { await acls.round(known.link, within) }) // prettier-ignore
    }
  }

  const groupSync = async (): Promise<void> => {
    const limit = new MetadataLimit(time)
    while (!isAborted(ended)) {
      await time.wait(options.groupsEveryMs, ended).catch(() => undefined)
      if (isAborted(ended)) return
      if (mover.sourceLostAt !== undefined || known.active.length === 0) continue
      try {
        const mirrors = known.active
        const isCarried = (mirror: MirrorRecord): boolean => known.active.some((one) => one.mirrorTopicId === mirror.mirrorTopicId) // prettier-ignore
        const { generation } = known
        const round = {
          source,
          destination,
          session,
          groups: () => known.link.groups,
          mirrors,
          isCarried,
          generation,
          limit,
        }
        const report = await syncGroups(round, { signal: withDeadline(ended, Math.max(30_000, options.groupsEveryMs)) })
        notes.groupsSynced(report)
        const left = leftGroupsRecords(session.state, link.name, report.active, time.now())
        if (left.size > 0) await session.write(left, { signal: withDeadline(ended, stateTimeoutMs) })
        onEvent({ kind: 'groups', report })
      } catch (error) {
        // Fenced: somebody failed over. The next heartbeat reads what holds now.
        if (!isAborted(ended) && !(error instanceof FencedError)) onTrouble(troubleOf('copying group offsets', error))
      }
    }
  }

  const roundTripWatch = watchRoundTrips({ source, destination, time }, notes.roundTrips, (ms) => { onEvent({ kind: 'far', ...ms }) }, ended) // prettier-ignore

  try {
    await Promise.all([heartbeats(), groupSync(), topicWatch(), sourceWatch(), roundTripWatch])
  } catch (error) {
    // Somebody else appends from here on: what was fetched is not ours to append any more.
    mover.halt()
    throw error
  } finally {
    stop.abort(new Error('the runner stops'))
    await mover.drain(AbortSignal.timeout(drainMs))
    if (signal.aborted) await heartbeat(AbortSignal.timeout(stateTimeoutMs)).catch(() => undefined)
  }
}

/** What the link's state said when it was read last. */
interface Known {
  link: LinkRecord
  active: readonly MirrorRecord[]
  generation: number
  /** Up to which offset of the state topic that was. */
  readBefore: bigint
}

function reconcile(
  mover: Mover,
  active: readonly MirrorRecord[],
  state: Pick<LinkState, 'position'>,
  onEvent: (event: RunnerEvent) => void,
): void {
  const wanted = new Map(active.map((record) => [record.mirrorTopic, record]))
  for (const { record } of mover.topics) {
    const now = wanted.get(record.mirrorTopic)
    if (isSameMirror(record, now)) continue
    mover.remove(record.mirrorTopic)
    onEvent({ kind: 'stopped', mirror: record.mirrorTopic })
  }
  for (const { record } of mover.topics) {
    const now = wanted.get(record.mirrorTopic)
    if (now !== undefined && now.partitions > record.partitions) mover.extend(now)
  }
  const carried = new Set(mover.topics.map(({ record }) => record.mirrorTopic))
  const { leaving } = mover
  for (const record of active) {
    // Where it stands is not known as long as something may still land.
    if (carried.has(record.mirrorTopic) || leaving.has(record.mirrorTopic)) continue
    mover.add(record, state.position(record.link, record.mirrorTopic))
    onEvent({ kind: 'started', mirror: record.mirrorTopic })
  }
}

/** 0 when a broker does not say: then nothing is taken to be remembered, and batches go one at a time. */
async function producerExpiryMs(cluster: Cluster, options: { readonly signal: AbortSignal }): Promise<number> {
  const { brokers } = await cluster.metadata([], options)
  const values = await Promise.all(
    brokers.map(async ({ nodeId }) => {
      const value = await brokerConfig(cluster, nodeId, 'producer.id.expiration.ms', options).catch(() => undefined)
      return value !== undefined && /^\d+$/.test(value) ? Number(value) : 0
    }),
  )
  return Math.min(...values)
}

/** Not known for want of a right, as a rule. */
function slowWithout(cluster: Cluster): string {
  const { message } = lacking(cluster, clusterRight('DescribeConfigs'))
  return `the brokers do not show producer.id.expiration.ms, so that batches go one at a time: ${message}`
}

export function linkDeleted(link: string): GeorepError {
  return new GeorepError('conflict', 'GR-LINK-DELETED', `link "${link}" was deleted`, { next: 'georep link list' })
}
