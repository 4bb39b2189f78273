import { GeorepError, messageOf } from '../../core/errors.ts'
import { isAborted, type Time, withDeadline } from '../../core/time.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { FencedError } from '../../kafka/transactor.ts'
import { brokerConfig } from '../../kafka/topics.ts'
import { type GroupSyncReport, syncGroups } from '../../links/group-sync.ts'
import {
  type LinkRecord,
  type MirrorRecord,
  type PositionRecord,
  stateKey,
  type StateRecord,
} from '../../links/records.ts'
import { type LinkSession, renewEveryMs } from '../../links/session.ts'
import { Lease, leaseMaxAgeMs } from './lease.ts'
import type { MirrorTopic } from './mirror-partition.ts'
import { Mover } from './mover.ts'

/** A read or write of the link's state that takes longer is given up and tried again; the lease ends meanwhile. */
const stateTimeoutMs = 8_000
const drainMs = 15_000
/** Partitions that were added to a source topic show in nothing that is fetched. */
const topicsEveryMs = 5_000

export type RunnerEvent =
  | { readonly kind: 'started' | 'stopped'; readonly mirror: string }
  | { readonly kind: 'failed'; readonly mirror: string; readonly reason: string }
  | { readonly kind: 'sourceLost' | 'sourceBack' }
  | { readonly kind: 'groups'; readonly report: GroupSyncReport }
  | { readonly kind: 'trouble'; readonly what: string }

export interface RunnerOptions {
  readonly link: LinkRecord
  readonly source: Cluster
  readonly destination: Cluster
  readonly session: LinkSession
  readonly owner: string
  readonly time: Time
  readonly groupsEveryMs: number
  /** Records fetched and not yet appended, all mirrors together. */
  readonly memoryBytes: number
  readonly onEvent: (event: RunnerEvent) => void
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
  const lease = new Lease(time, { maxAgeMs: leaseMaxAgeMs(expiryMs) })
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  const failed = new Map<string, StateRecord>()
  const known: { active: readonly MirrorRecord[]; generation: number } = { active: [], generation: -1 }
  const mover = new Mover({
    source,
    destination,
    producer: { producerId: link.producer.id, producerEpoch: link.producer.epoch },
    lease,
    time,
    expiryMs,
    memoryBytes: options.memoryBytes,
    onFenced: () => undefined, // The next heartbeat, a second away at the most, reads the state.
    onFailure: ({ record, failure: reason = '' }) => {
      const at = time.now().toISOString()
      failed.set(stateKey.failure(link.name, record.mirrorTopic), { v: 1, kind: 'failure', reason, at })
      onEvent({ kind: 'failed', mirror: record.mirrorTopic, reason })
    },
    onTrouble: (what) => {
      onEvent({ kind: 'trouble', what })
    },
  })

  /** What may be written is what the link's state says now. */
  const readState = async (within: AbortSignal): Promise<void> => {
    const { generation } = session
    await session.state.refresh({ signal: within, link: link.name })
    const holder = session.state.lock(link.name, 'runner')?.value
    if (holder?.owner !== options.owner) throw runnerReplaced(link.name, holder?.host)
    const active = session.state
      .mirrors(link.name)
      .filter(
        ({ state, mirrorTopic }) =>
          state.state === 'ACTIVE' && session.state.failure(link.name, mirrorTopic) === undefined,
      )
    reconcile(mover, active, onEvent)
    known.active = active
    known.generation = generation
  }

  const sentPositions = new Map<string, string>()
  const heartbeat = async (within: AbortSignal): Promise<void> => {
    const records = new Map<string, StateRecord>(failed)
    const at = time.now().toISOString()
    const sourceLostAt = mover.sourceLostAt?.toISOString() ?? null
    records.set(stateKey.runner(link.name), { v: 1, kind: 'runner', at, sourceLostAt })
    const texts = new Map<string, string>()
    for (const topic of mover.topics) {
      const position = positionOf(topic)
      const key = stateKey.position(link.name, topic.record.mirrorTopic)
      const text = `${position.mirrored.join()};${position.sourceEnds.join()}`
      if (sentPositions.get(key) === text) continue
      records.set(key, position)
      texts.set(key, text)
    }
    await session.write(records, { signal: within })
    for (const key of records.keys()) failed.delete(key)
    for (const [key, text] of texts) sentPositions.set(key, text)
  }

  const heartbeats = async (): Promise<void> => {
    let wasLost = false
    while (!isAborted(ended)) {
      try {
        // A lock that cannot be renewed is another's to take in a while: the lease ends before that.
        const renewed = lease.renewal()
        await readState(withDeadline(ended, stateTimeoutMs))
        await heartbeat(withDeadline(ended, stateTimeoutMs))
        renewed()
        mover.resume()
      } catch (error) {
        if (isAborted(ended)) return
        if (error instanceof GeorepError && error.kind === 'conflict') throw error
        onEvent({ kind: 'trouble', what: messageOf(error) })
      }
      const isLost = mover.sourceLostAt !== undefined
      if (isLost !== wasLost) onEvent({ kind: isLost ? 'sourceLost' : 'sourceBack' })
      wasLost = isLost
      await time.wait(Math.min(renewEveryMs, lease.maxAgeMs / 2), ended).catch(() => undefined)
    }
  }

  const topicWatch = async (): Promise<void> => {
    while (!isAborted(ended)) {
      await time.wait(topicsEveryMs, ended).catch(() => undefined)
      // A source that does not answer is noticed, and told, by those who fetch from it.
      await mover.lookAtTopics(withDeadline(ended, topicsEveryMs)).catch(() => undefined)
    }
  }

  const groupSync = async (): Promise<void> => {
    while (!isAborted(ended)) {
      await time.wait(options.groupsEveryMs, ended).catch(() => undefined)
      if (isAborted(ended)) return
      if (mover.sourceLostAt !== undefined || known.active.length === 0) continue
      try {
        const mirrors = known.active
        const round = { source, destination, session, groups: link.groups, mirrors, generation: known.generation }
        const report = await syncGroups(round, { signal: withDeadline(ended, Math.max(30_000, options.groupsEveryMs)) })
        onEvent({ kind: 'groups', report })
      } catch (error) {
        // Fenced: somebody failed over. The next heartbeat reads what holds now.
        if (!isAborted(ended) && !(error instanceof FencedError)) onEvent({ kind: 'trouble', what: messageOf(error) })
      }
    }
  }

  try {
    await Promise.all([heartbeats(), groupSync(), topicWatch()])
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

function reconcile(mover: Mover, active: readonly MirrorRecord[], onEvent: (event: RunnerEvent) => void): void {
  const wanted = new Map(active.map((record) => [record.mirrorTopic, record]))
  for (const { record } of mover.topics) {
    if (wanted.get(record.mirrorTopic)?.mirrorTopicId === record.mirrorTopicId) continue
    mover.remove(record.mirrorTopic)
    onEvent({ kind: 'stopped', mirror: record.mirrorTopic })
  }
  const carried = new Set(mover.topics.map(({ record }) => record.mirrorTopic))
  for (const record of active) {
    if (carried.has(record.mirrorTopic)) continue
    mover.add(record)
    onEvent({ kind: 'started', mirror: record.mirrorTopic })
  }
}

function positionOf(topic: MirrorTopic): PositionRecord {
  return {
    v: 1,
    kind: 'position',
    sourceEnds: topic.partitions.map(({ sourceEnd }) => sourceEnd ?? null),
    mirrored: topic.partitions.map(({ phase, appended }) => (phase === 'positioning' ? null : appended)),
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

function runnerReplaced(link: string, host: string | undefined): GeorepError {
  return new GeorepError('conflict', 'GR-RUNNER-REPLACED', `another runner took over link "${link}"`, {
    stateNow: host === undefined ? 'its lock is gone' : `it runs on ${host}`,
    next: `georep link describe ${link}`,
  })
}
