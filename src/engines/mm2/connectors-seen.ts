import type { ConnectCluster, ConnectorConfig, ConnectorStatus } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import type { MirrorState } from '../../core/mirror-state.ts'
import { withDeadline } from '../../core/time.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord, Mm2LinkRecord } from '../../links/records.ts'
import type { ConnectorView, TaskView } from '../connect-view.ts'
import { type ConnectorRole, connectorRoles } from '../connectors.ts'
import type { Cancel, LinkStateName, MirrorView } from '../engine.ts'
import { assignedPartitions, isOnList, nextOffsets } from './carried-topics.ts'
import { askSource, type SourceAnswers } from './connector.ts'
import { failureText, reasonFrom } from './connector-failures.ts'

/** What Kafka Connect tells of a link. */
export interface ConnectorsSeen {
  readonly version: string
  readonly connectors: readonly ConnectorView[]
  readonly configs: Partial<Readonly<Record<ConnectorRole, ConnectorConfig>>>
  /** Tasks of the source connector, by the source partition that they carry. */
  readonly taskOf: ReadonlyMap<PartitionKey, number>
  /** Where each source partition goes on. Undefined without a source connector: Connect keeps the places of one that was deleted, and does not tell them. */
  readonly next: ReadonlyMap<PartitionKey, bigint> | undefined
}

/** A connection that is refused is refused at once; one that is not answered must not hold back all that is known otherwise. */
const connectMs = 10_000

/** The connector that moves the records is asked for by somebody else as well, who waits as long. */
export interface SharedLook {
  readonly source: Promise<SourceAnswers>
  readonly deadline: AbortSignal
  readonly deadlineMs: number
}

/** Undefined with the reason when it does not answer, or something else answers in its place. What is deleted in between is absent. */
async function seeConnectors(
  connect: ConnectCluster | undefined,
  link: Mm2LinkRecord,
  options: Cancel,
  source?: Promise<SourceAnswers>,
): Promise<ConnectorsSeen | { readonly why: string }> {
  const { name, destination, mm2 } = link
  if (connect === undefined) return { why: `how it is reached is not known: name it under "connect" of cluster "${destination.name}" in georep.yaml` } // prettier-ignore
  try {
    const { version, kafkaClusterId } = await connect.root(options)
    if (kafkaClusterId !== destination.clusterId) {
      return { why: `its workers are attached to another Kafka cluster, with the id ${kafkaClusterId}: it is not the one that carries link "${name}"` } // prettier-ignore
    }
    const others = connectorRoles.filter((role) => role !== 'source')
    const [answers, rest, offsets] = await Promise.all([
      source ?? askSource(connect, link, options),
      Promise.all(others.map(async (role) => await seeConnector(connect, role, mm2.connectors[role], options))),
      connect.offsets(mm2.connectors.source, options),
    ])
    const connectors = [seenAs('source', mm2.connectors.source, answers), ...rest]
    const taskOf = (answers.tasks ?? []).flatMap((task) => [...assignedPartitions([task])].map((key) => [key, task.task] as const)) // prettier-ignore
    const found = connectors.filter((one) => one !== undefined)
    return {
      version,
      connectors: found.map(({ view }) => view),
      configs: Object.fromEntries(found.map(({ view: { role }, config }) => [role, config])),
      taskOf: new Map(taskOf),
      next: offsets === undefined ? undefined : nextOffsets(offsets, mm2.aliases.source),
    }
  } catch (error) {
    options.signal.throwIfAborted()
    // It is one part of what is known of the link, and the others must not be lost with it.
    if (!(error instanceof GeorepError)) throw error
    return { why: [error.message, ...(error.stateNow === undefined ? [] : [error.stateNow])].join(': ') }
  }
}

/** As `seeConnectors`; undefined with the reason also when there is no answer in time. */
export async function connectorsWithin(
  connect: ConnectCluster | undefined,
  link: Mm2LinkRecord,
  { signal }: Cancel,
  shared?: SharedLook,
): Promise<ConnectorsSeen | { readonly why: string }> {
  const { deadline, deadlineMs } = shared ?? { deadline: withDeadline(signal, connectMs), deadlineMs: connectMs }
  try {
    return await seeConnectors(connect, link, { signal: deadline }, shared?.source)
  } catch (error) {
    signal.throwIfAborted()
    if (!deadline.aborted) throw error
    return { why: `no answer within ${deadlineMs / 1_000} s, or none but that it is rebalancing` }
  }
}

async function seeConnector(
  connect: ConnectCluster,
  role: ConnectorRole,
  name: string | null,
  options: Cancel,
): Promise<{ readonly view: ConnectorView; readonly config: ConnectorConfig } | undefined> {
  if (name === null) return undefined
  const [described, status] = await Promise.all([connect.connector(name, options), connect.status(name, options)])
  return seenAs(role, name, { described, status })
}

function seenAs(
  role: ConnectorRole,
  name: string,
  { described: found, status }: Pick<SourceAnswers, 'described' | 'status'>,
): { readonly view: ConnectorView; readonly config: ConnectorConfig } {
  if (found === undefined) {
    return { view: { role, name, state: undefined, worker: undefined, why: undefined, tasks: [] }, config: {} }
  }
  // For a moment after it was made no worker has told of it.
  const { state, workerId, trace } = status?.connector ?? { state: 'UNASSIGNED', workerId: undefined, trace: undefined }
  const view = { role, name, state, worker: workerId, why: reasonFrom(trace), tasks: (status?.tasks ?? []).map(taskView) } // prettier-ignore
  return { view, config: found.config }
}

function taskView({ id, state, workerId, trace }: ConnectorStatus['tasks'][number]): TaskView {
  return { id, state, worker: workerId, why: reasonFrom(trace) }
}

/**
 * How a mirror is carried that its record calls ACTIVE. What is not seen to be carried is PENDING, and never ACTIVE.
 *
 * @returns undefined when it is carried
 */
export function hindranceOf(
  {
    link,
    mirrorTopic,
    sourceTopic,
    partitions,
  }: Pick<MirrorRecord, 'link' | 'mirrorTopic' | 'sourceTopic' | 'partitions'>,
  seen: ConnectorsSeen | { readonly why: string },
): MirrorState | undefined {
  if ('why' in seen)
    return { state: 'PENDING', phase: `Kafka Connect does not tell whether it is carried: ${seen.why}` }
  const source = seen.connectors.find(({ role }) => role === 'source')
  if (source?.state === undefined) return { state: 'FAILED', reason: noConnector(seen) }
  const keys = Array.from({ length: partitions }, (_, partition) => partitionKey({ topic: sourceTopic, partition }))
  const carriers = keys.map((key) => source.tasks.find(({ id }) => id === seen.taskOf.get(key)))
  const failed = source.state === 'FAILED' ? source : carriers.find((task) => task?.state === 'FAILED')
  if (failed !== undefined) return { state: 'FAILED', reason: failureText(source.name, failed) }
  if (source.state === 'PAUSED' || source.state === 'STOPPED') return { state: 'PAUSED' }
  if (source.state !== 'RUNNING') return { state: 'PENDING', phase: `connector "${source.name}" is ${source.state}` }
  if (keys.some((key) => !seen.taskOf.has(key))) {
    const isLeftOut = isOnList(seen.configs.source?.['topics'], sourceTopic) === false
    return { state: 'PENDING', phase: isLeftOut ? `connector "${source.name}" is not told to carry it, as somebody has changed its list of topics; what writes it anew: georep mirror resume ${mirrorTopic} --link ${link}` : 'no task is told to carry all of it' } // prettier-ignore
  }
  const idle = carriers.find((task) => task?.state !== 'RUNNING')
  if (carriers.includes(undefined)) return { state: 'PENDING', phase: 'its task has not begun' }
  return idle === undefined ? undefined : { state: 'PENDING', phase: `task ${idle.id} is ${idle.state}` }
}

function noConnector({ connectors }: ConnectorsSeen): string {
  return `Kafka Connect has no connector "${connectors.find(({ role }) => role === 'source')?.name ?? ''}": somebody has deleted it`
}

/** Why it is not known how far mirrors are; undefined when Kafka Connect tells. */
export function whyUntold(seen: ConnectorsSeen | { readonly why: string }): string | undefined {
  if ('why' in seen) return `Kafka Connect does not tell how far it is: ${seen.why}`
  return seen.next === undefined ? noConnector(seen) : undefined
}

/** The state of the link as a whole. */
export function linkStateOf(
  { pausedAt }: Pick<Mm2LinkRecord, 'pausedAt'>,
  seen: ConnectorsSeen | { readonly why: string },
  mirrors: readonly Pick<MirrorView, 'state'>[],
  isSourceReachable: boolean,
): LinkStateName {
  const open = mirrors.filter(({ state }) => state.state !== 'STOPPED')
  if (open.length > 0 && open.every(({ state }) => state.state === 'FAILED')) return 'FAILED'
  if ('why' in seen) return pausedAt === null ? 'NO_RUNNER' : 'PAUSED'
  const source = seen.connectors.find(({ role }) => role === 'source')
  if (source?.state === undefined || source.state === 'FAILED') return 'FAILED'
  if (source.tasks.length > 0 && source.tasks.every(({ state }) => state === 'FAILED')) return 'FAILED'
  if (pausedAt !== null || source.state === 'PAUSED') return 'PAUSED'
  // What has stopped the last mirror has left it so, and nobody is to resume it: the next mirror has it go on.
  if (source.state === 'STOPPED') return open.length === 0 ? 'NO_RUNNER' : 'PAUSED'
  if (source.state !== 'RUNNING') return 'NO_RUNNER'
  if (source.tasks.length > 0 && source.tasks.every(({ state }) => state !== 'RUNNING')) return 'NO_RUNNER'
  if (open.some(({ state }) => state.state === 'FAILED') || seen.connectors.some(isBroken)) return 'DEGRADED'
  if (!isSourceReachable) return 'SOURCE_UNAVAILABLE'
  return 'ACTIVE'
}

function isBroken({ state, tasks }: ConnectorView): boolean {
  return state === undefined || state === 'FAILED' || tasks.some((task) => task.state === 'FAILED')
}
