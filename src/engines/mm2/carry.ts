import { GeorepError, messageOf } from '../../core/errors.ts'
import { isAborted, withDeadline } from '../../core/time.ts'
import { placeOfKey, type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Cancel } from '../engine.ts'
import { carriedMirrors, topicsSetting } from './carried-topics.ts'
import {
  connectorGone,
  isAbsent,
  isConnectorGone,
  isExactlyOnce,
  type SourceConnector,
  sourceConnector,
} from './connector.ts'
import { failuresOf } from './connector-failures.ts'
import type { Mm2Target } from './mm2-target.ts'
import { sameAgain, withWhatIsDone } from './what-is-done.ts'

const lookEveryMs = 200
/** Connectors start anew with each change, and ask both clusters first. */
const carryMs = 90_000
/** One that has failed before a change says so for a while after it. */
const failedMs = 5_000
/** A task runs at first, whatever is in its way: it meets that with the first records. */
const steadyMs = 5_000
/** Longer than a worker that is gone takes to be missed by default, and than tasks are given to end (task.shutdown.graceful.timeout.ms). */
const endMs = 30_000
/** For one answer to what acts. */
const answerMs = 10_000
/** For tasks to end that brokers will refuse if they do not. */
const fencedMs = 6_000
/** Within this a task that a worker was about to begin has begun, and is seen, or was called off. */
const startedMs = 6_000

/** What `carry` found, and did to it. */
export interface Carried {
  /** What the tasks were told to carry before, heartbeats left out. */
  readonly before: ReadonlySet<PartitionKey>
  /** The list was another one. */
  readonly isListAnew: boolean
  /** The connector was STOPPED when it was found. */
  readonly wasStopped: boolean
  /** The connector was told to go on. */
  readonly isStarted: boolean
  /** What of it had FAILED was begun anew. */
  readonly isBegunAnew: boolean
}

/**
 * Has the link's connector carry what the link's state says: the mirrors that are ACTIVE, and no others. With `beginsFailedAnew` what has FAILED of it is begun
 * anew, as its cause may be gone: Connect itself never does that. Changes `topics` of its configuration, which
 * Connect keeps in a topic of its own, and nothing else; safe to call again, as what is there already is left alone. A topic that leaves the list has its
 * tasks ended first. Returns when the tasks have begun with it, with `beginsFailedAnew` when none of them has FAILED for a while; of a link that is paused when they have ended.
 *
 * @throws GeorepError of Kafka Connect; "failed" when connector or tasks FAILED, "timedOut" when they do not begin
 */
export async function carry(
  target: Mm2Target,
  session: LinkSession,
  options: Cancel & { readonly beginsFailedAnew?: boolean },
): Promise<Carried> {
  const signal = withDeadline(options.signal, carryMs)
  const mirrors = carriedMirrors(target.state, target.link)
  let isAtRest = false
  try {
    const now = await sourceConnector(target, { signal })
    const wanted = partitionsOfSources(mirrors)
    const topics = new Set(mirrors.map(({ sourceTopic }) => sourceTopic))
    const isLeaving = [...now.assigned].some((key) => !topics.has(placeOfKey(key).topic))
    isAtRest = isLeaving || !isAtWork(now)
    if (isLeaving) requireEnded(now, await endTasks(target, session, { signal }))
    const isListAnew = await writeTopics(target, session, ['source', 'checkpoint'], { signal })
    const found = { before: now.assigned, isListAnew, wasStopped: now.connector.state === 'STOPPED' }
    if (target.link.pausedAt !== null) return { ...found, isStarted: false, isBegunAnew: false }
    const isStarted = await startTasks(target, session, { signal })
    isAtRest = false
    const isBegunAnew = options.beginsFailedAnew === true && (await beginFailedAnew(target, session, { signal }))
    // Whatever begins anew may have FAILED before, and been stopped since.
    const isSuspect = options.beginsFailedAnew === true && (isListAnew || isStarted || isBegunAnew)
    // Without mirrors there may be heartbeats, or nothing.
    if (mirrors.length > 0) await untilCarried(target, session, wanted, { signal, isSuspect })
    return { ...found, isStarted, isBegunAnew }
  } catch (error) {
    const late = (): GeorepError =>
      new GeorepError('timedOut', 'GR-MM2-NOT-CARRIED', `connector "${target.link.mm2.connectors.source}" does not carry what it was told to within ${carryMs / 1000} s`, {
        stateNow: `Kafka Connect has its configuration; ${messageOf(error)}`,
        next: `georep link describe ${target.link.name}`,
        cause: error,
      }) // prettier-ignore
    const thrown = isAborted(options.signal) || !isAborted(signal) ? error : late()
    throw isAtRest ? withRest(thrown, target) : thrown
  }
}

/** Why something was not done while the link's connector was stopped for it, or found so, with what that means for its mirrors. */
export function withRest(thrown: unknown, { link }: Mm2Target): unknown {
  if (link.pausedAt !== null || isConnectorGone(thrown)) return thrown
  const stateNow = `connector "${link.mm2.connectors.source}" is not known to go on: as long as it is STOPPED it carries no mirror of the link`
  return withWhatIsDone(thrown, { stateNow, next: sameAgain })
}

/**
 * What `carry` would change is written, and the connectors are left as they are: running or not. A worker begins a connector anew whose list has changed,
 * and does nothing else for 5 s where it does not end, as one whose source does not answer: the next answer comes only then.
 *
 * @returns whether the list of the source connector was another one
 */
export async function writeTopics(
  target: Mm2Target,
  session: LinkSession,
  roles: readonly ('source' | 'checkpoint')[],
  options: Cancel,
): Promise<boolean> {
  const { connect, state, link } = target
  const topics = topicsSetting(carriedMirrors(state, link).map(({ sourceTopic }) => sourceTopic))
  let isListAnew = false
  for (const role of roles) {
    const name = link.mm2.connectors[role]
    const described = await connect.connector(name, options)
    // Without a source connector nothing can be carried, which who looks for its tasks says.
    if (described === undefined || described.config['topics'] === topics) continue
    await session.guarded(async ({ signal, beforeWrite }) => {
      beforeWrite()
      await untilAnswered(async (answered) => { await connect.putConfig(name, { ...described.config, topics }, answered) }, signal) // prettier-ignore
    }, options)
    if (role === 'source') isListAnew = true
  }
  return isListAnew
}

/**
 * Stops the connector, which Connect writes down, with an empty list of tasks: no worker that starts, or reads it, begins one. Waits until every worker has
 * told that its tasks are gone: where no broker can refuse them no longer than a worker that is gone takes to be missed, and otherwise not as long. The
 * connector itself appends nothing; while it waits for a source that does not answer, for a minute by default, it says that it is RUNNING, and Connect takes
 * no tasks of it. Only where no broker could refuse a task that was about to begin is it given time.
 *
 * @returns ids of the workers that have not told so: gone, or frozen
 */
export async function endTasks(target: Mm2Target, session: LinkSession, options: Cancel): Promise<readonly string[]> {
  await tell(target, session, 'stop', options)
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    const { config, connector, tasks } = await sourceConnector(target, options)
    const isRefusable = isExactlyOnce(config)
    if (haveEnded({ connector, tasks }, isRefusable, waitedMs)) return []
    if (waitedMs >= (isRefusable ? fencedMs : endMs)) return [...new Set(tasks.map(({ workerId }) => workerId))]
    await target.destination.wait(lookEveryMs, options.signal)
  }
}

/**
 * Of a connector that was told to stop so long ago.
 *
 * @param isRefusable brokers refuse a task that begins all the same
 */
export function haveEnded(
  { connector, tasks }: Pick<SourceConnector, 'connector' | 'tasks'>,
  isRefusable: boolean,
  waitedMs: number,
): boolean {
  return tasks.length === 0 && (connector.state === 'STOPPED' || isRefusable || waitedMs >= startedMs)
}

async function tell(
  target: Mm2Target,
  session: LinkSession,
  what: 'stop' | 'resume' | 'restartFailed',
  options: Cancel,
): Promise<void> {
  const { connect, link } = target
  const { source: name } = link.mm2.connectors
  try {
    await session.guarded(async ({ signal, beforeWrite }) => {
      beforeWrite()
      await untilAnswered(async (answered) => { await connect[what](name, answered) }, signal) // prettier-ignore
    }, options)
  } catch (error) {
    throw isAbsent(error) ? connectorGone(link, connect) : error
  }
}

/** Tasks that carry exactly once Connect itself has the brokers refuse before it begins them anew, those of a frozen worker, too. */
function requireEnded({ config }: SourceConnector, left: readonly string[]): void {
  if (left.length === 0 || isExactlyOnce(config)) return
  throw new GeorepError('timedOut', 'GR-MM2-NOT-ENDED', `worker ${left.join(', ')} has not told that its tasks have ended`, {
    stateNow: 'a worker that is frozen would go on for a moment when it thaws',
    next: `see to that worker\nthen ${sameAgain}`,
  }) // prettier-ignore
}

/** Has a connector that was stopped go on. @returns false when it was not */
async function startTasks(target: Mm2Target, session: LinkSession, options: Cancel): Promise<boolean> {
  if (isAtWork(await sourceConnector(target, options))) return false
  await tell(target, session, 'resume', options)
  return true
}

/** One that is stopped is UNASSIGNED, too, while its worker changes, and RUNNING without tasks while it waits for its source. */
export function isAtWork({ connector, tasks }: Pick<SourceConnector, 'connector' | 'tasks'>): boolean {
  return connector.state === 'RUNNING' && tasks.length > 0
}

/** @returns false when nothing of it has FAILED */
async function beginFailedAnew(target: Mm2Target, session: LinkSession, options: Cancel): Promise<boolean> {
  if (failuresOf(target.link.mm2.connectors.source, await sourceConnector(target, options)).length === 0) return false
  await tell(target, session, 'restartFailed', options)
  return true
}

/**
 * A worker hands what it is asked to the one that leads, and one that is frozen keeps it for as long as Connect has patience, a minute and a half; the others
 * have found another leader long before. Asked for again, what is idempotent is done by that.
 */
async function untilAnswered(ask: (options: Cancel) => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    const deadline = withDeadline(signal, answerMs)
    try {
      await ask({ signal: deadline })
      return
    } catch (error) {
      signal.throwIfAborted()
      if (!deadline.aborted) throw error
    }
  }
}

/** Connector and tasks run, and the tasks are told of exactly these partitions; for a while where they are suspected to fail. */
async function untilCarried(
  target: Mm2Target,
  session: LinkSession,
  wanted: ReadonlySet<PartitionKey>,
  { signal, isSuspect }: Cancel & { readonly isSuspect: boolean },
): Promise<void> {
  let failedLooks = 0
  let steadyLooks = 0
  for (;;) {
    const now = await sourceConnector(target, { signal })
    steadyLooks = isRunning(now) && isToldOf(now.assigned, wanted) ? steadyLooks + 1 : 0
    if (steadyLooks > 0 && (!isSuspect || steadyLooks * lookEveryMs >= steadyMs)) return
    // It was told to stop before, and has done so only now.
    if (now.connector.state === 'STOPPED') await startTasks(target, session, { signal })
    const [failure] = failuresOf(target.link.mm2.connectors.source, now)
    failedLooks = failure === undefined ? 0 : failedLooks + 1
    if (failure !== undefined && failedLooks * lookEveryMs >= failedMs) {
      throw new GeorepError('failed', 'GR-MM2-FAILED', failure, {
        stateNow: 'Kafka Connect has the list of topics as the link has it now: what is not on it is not carried',
        next: `look into the log of its worker; when the cause is gone, georep mirror resume --all --link ${target.link.name} begins it anew; then run the command again`,
      }) // prettier-ignore
    }
    await target.destination.wait(lookEveryMs, signal)
  }
}

export function isRunning({ connector, tasks }: Pick<SourceConnector, 'connector' | 'tasks'>): boolean {
  return connector.state === 'RUNNING' && tasks.length > 0 && tasks.every(({ state }) => state === 'RUNNING')
}

/** Of partitions that a topic was given since it is mirrored, too. */
function isToldOf(assigned: ReadonlySet<PartitionKey>, wanted: ReadonlySet<PartitionKey>): boolean {
  const topics = new Set([...wanted].map((key) => placeOfKey(key).topic))
  return (
    [...wanted].every((key) => assigned.has(key)) && [...assigned].every((key) => topics.has(placeOfKey(key).topic))
  )
}

export function partitionsOfSources(mirrors: readonly MirrorRecord[]): ReadonlySet<PartitionKey> {
  return new Set(
    mirrors.flatMap(({ sourceTopic: topic, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => partitionKey({ topic, partition })),
    ),
  )
}
