import { messageOf } from '../../core/errors.ts'
import type { StoppedBy } from '../../core/mirror-state.ts'
import { type Offset, offset } from '../../core/offset.ts'
import { isAborted, type Time, withDeadline } from '../../core/time.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { DeniedError } from '../../kafka/denied.ts'
import { logEnds } from '../../kafka/offsets.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import { isTaken } from '../../links/held.ts'
import { type MirrorRecord, type PositionRecord, stateKey, type StateRecord } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Stopped } from '../engine.ts'
import { partitionsOfMirrors } from '../mirror-partitions.ts'
import { listAnew } from './carried-anyhow.ts'
import { carriedMirrors } from './carried-topics.ts'
import { carry, endTasks, writeTopics } from './carry.ts'
import { isConnectorGone, isExactlyOnce, sourceConnector } from './connector.ts'
import { fenceTasks, taskFence } from './fence-tasks.ts'
import { type HeldPlaces, heldPlaces } from './held-places.ts'
import type { Mm2Target } from './mm2-target.ts'

const againMs = 500
/** Between two looks at logs that nobody is to append to: longer than a worker takes to send what it holds. */
const stillMs = 1_000
const unfencedMs = 10_000

export interface StopOptions {
  readonly target: Mm2Target
  readonly session: LinkSession
  readonly stoppedBy: StoppedBy
  /** Open the topics although a worker may still append: of what Connect does not do nothing is waited for. */
  readonly isUnfenced: boolean
  readonly isSourceReachable: boolean
  readonly time: Time
  readonly onStep: (text: string, stage: 'fencing' | 'waiting') => void
  /** One more is stopped, or cannot be. */
  readonly onStopped?: (stopped: Stopped) => void
}

/** What holds when nothing of the stopped mirrors is carried any more. */
interface Ended extends HeldPlaces {
  readonly isFenced: boolean
  /** Kafka Connect has written down that nothing of it is to be carried. */
  readonly isTold: boolean
  /** A worker may have carried more than it has written down. */
  readonly arePlacesLate: boolean
  readonly ends: ReadonlyMap<PartitionKey, { readonly offset: Offset } | BrokerError>
}

const nothingHeld: HeldPlaces = { places: new Map(), sourceEnds: new Map() }

/**
 * Ends the connector's tasks, which Connect writes down; has the brokers refuse what a frozen worker holds, where its tasks carry exactly once; takes the
 * mirrors, which are PENDING_STOPPED, from the connector's list; and writes down that they are STOPPED. Then the others go on, if the source answers. Round after
 * round until it is done or the signal is aborted: what is done is found done.
 *
 * @returns one result a mirror
 * @throws GeorepError "conflict" GR-LINK-TAKEN when the link was taken over
 */
export async function stopMirrors(
  records: readonly MirrorRecord[],
  options: StopOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Stopped>> {
  const { session, time, onStep } = options
  const results = new Map<string, Stopped>()
  while (records.length > 0) {
    let why: string
    try {
      const ended = await endAll(records, options, signal)
      for (const record of records) {
        const stopped = await close(record, ended, options, signal)
        results.set(record.mirrorTopic, stopped)
        options.onStopped?.(stopped)
      }
      if (!options.isUnfenced) await leaveGroups(options, signal)
      return results
    } catch (error) {
      if (session.signal.aborted) throw session.signal.reason
      if (isTaken(error)) throw error
      why = isConnectorGone(error) ? [error.message, error.next].join('; ') : messageOf(error)
      const isFinal = error instanceof DeniedError || isConnectorGone(error)
      for (const { mirrorTopic: topic } of records) {
        if (results.get(topic)?.outcome.kind === 'applied') continue
        results.set(topic, { topic, outcome: { kind: isFinal ? 'refused' : 'pending', why }, ends: undefined })
      }
      if (isFinal) return results
    }
    if (isAborted(signal)) break
    onStep(`waiting: ${why}`, 'waiting')
    await time.wait(againMs, signal).catch(() => undefined)
    if (isAborted(signal)) break
  }
  if (session.signal.aborted) throw session.signal.reason
  return results
}

/** Has what is left of the link carried on, as far as that can be. @returns why it is not; undefined when it is, or nothing is left */
export async function goOn(
  { target, session, isSourceReachable }: Pick<StopOptions, 'target' | 'session' | 'isSourceReachable'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (carriedMirrors(target.state, target.link).length === 0) return undefined
  // A connector that begins without its source finds no topics, and looks again after ten minutes.
  if (!isSourceReachable) return `the connector is left stopped, as the source does not answer; when it does: georep mirror resume --all --link ${target.link.name}` // prettier-ignore
  try {
    await carry(target, session, { signal })
    return undefined
  } catch (error) {
    if (isTaken(error)) throw error
    return messageOf(error)
  }
}

/** The checkpoint connector appends no record: it is told when the mirrors are open, and what it is not told now any change of the list tells it. */
async function leaveGroups({ target, session, onStep }: StopOptions, signal: AbortSignal): Promise<void> {
  try {
    await writeTopics(target, session, ['checkpoint'], { signal })
  } catch (error) {
    if (session.signal.aborted) throw session.signal.reason
    if (isTaken(error)) throw error
    onStep(`connector "${target.link.mm2.connectors.checkpoint}" may still move groups on the topics: ${messageOf(error)}`, 'waiting') // prettier-ignore
  }
}

async function endAll(
  records: readonly MirrorRecord[],
  { target, session, isUnfenced, isSourceReachable, onStep }: StopOptions,
  signal: AbortSignal,
): Promise<Ended> {
  const { destination } = target
  const partitions = partitionsOfMirrors(records, 'mirrorTopic')
  // What the list is made from: that these are PENDING_STOPPED was just written.
  await target.state.refresh({ signal, link: target.link.name })
  if (isUnfenced) {
    // What Connect can be made to do is done all the same; by the operator's word nothing of it is waited for.
    const deadline = withDeadline(signal, unfencedMs)
    let isTold = false
    let isAnswering = false
    let arePlacesLate = true
    try {
      const { config } = await sourceConnector(target, { signal: deadline })
      isAnswering = true
      arePlacesLate = !isExactlyOnce(config)
      const left = await endTasks(target, session, { signal: deadline })
      arePlacesLate &&= left.length > 0
      await writeTopics(target, session, ['source', 'checkpoint'], { signal: deadline })
      isTold = true
    } catch (error) {
      signal.throwIfAborted()
      if (isTaken(error)) throw error
      onStep(`Kafka Connect has not stopped the connector: ${messageOf(error)}`, 'waiting')
    }
    const places = { signal: withDeadline(signal, unfencedMs), isSourceReachable }
    const held = isAnswering ? await heldPlaces(target, records, places).catch(() => nothingHeld) : nothingHeld
    return { isFenced: false, isTold, arePlacesLate, ends: await logEnds(destination, partitions, { signal }), ...held }
  }
  const before = await sourceConnector(target, { signal })
  const left = await endTasks(target, session, { signal })
  const { fence, ids, why } = await taskFence(target, before, { signal })
  if (fence === 'unknown') throw new Error(why)
  onStep(fence === 'permitted' ? 'the tasks have ended; the brokers refuse them from here on' : 'the tasks have ended', 'fencing') // prettier-ignore
  if (fence === 'permitted') {
    const open = await fenceTasks(target, session, ids, { signal })
    if (open !== undefined) throw new Error(open)
  } else if (left.length > 0) {
    throw new Error(`worker ${left.join(', ')} has not told that its tasks have ended, and no broker can be told to refuse it (the connector does not require exactly once)`) // prettier-ignore
  }
  const ends = await endsAtRest(target, partitions, fence === 'permitted', signal)
  // Asked of Connect before the list is written: after that it may not answer for a while.
  const held = await heldPlaces(target, records, { signal, isSourceReachable })
  await writeTopics(target, session, ['source'], { signal })
  return { isFenced: fence === 'permitted', isTold: true, arePlacesLate: false, ends, ...held }
}

/** Where the mirrors end; without a fence they are seen to stand still for a while. */
async function endsAtRest(
  { destination }: Mm2Target,
  partitions: ReturnType<typeof partitionsOfMirrors>,
  isFenced: boolean,
  signal: AbortSignal,
): Promise<Ended['ends']> {
  let ends = await logEnds(destination, partitions, { signal })
  for (let isStill = isFenced; !isStill;) {
    await destination.wait(stillMs, signal)
    const now = await logEnds(destination, partitions, { signal })
    isStill = [...now].every(([key, end]) => {
      const before = ends.get(key)
      return !(end instanceof BrokerError) && !(before instanceof BrokerError) && end.offset === before?.offset
    })
    ends = now
  }
  return ends
}

async function close(
  record: MirrorRecord,
  { isFenced, isTold, arePlacesLate, ends, places, sourceEnds }: Ended,
  { target, session, stoppedBy, time }: StopOptions,
  signal: AbortSignal,
): Promise<Stopped> {
  const { mirrorTopic: topic, sourceTopic } = record
  const own: Offset[] = []
  const mirrored: (Offset | undefined)[] = []
  const sourceEndsAfter: (Offset | undefined)[] = []
  const before = target.state.position(target.link.name, topic)
  for (let partition = 0; partition < record.partitions; partition++) {
    const end = ends.get(partitionKey({ topic, partition }))
    if (end === undefined || end instanceof BrokerError) throw new Error(end?.message ?? `no answer for partition ${partition}`) // prettier-ignore
    own.push(end.offset)
    const key = partitionKey({ topic: sourceTopic, partition })
    const place = places.get(key)
    mirrored.push(place === undefined ? undefined : offset(place))
    const sourceEnd = sourceEnds.get(key)
    sourceEndsAfter.push(typeof sourceEnd === 'bigint' ? sourceEnd : undefined)
  }
  const known = sourceEndsAfter.map((end, partition) => end ?? before?.sourceEnds[partition] ?? null)
  const at = time.now().toISOString()
  const stopped: MirrorRecord = { ...record, state: { state: 'STOPPED', stoppedBy, at, ends: own, isFenced } }
  const sure = mirrored.map((place, partition) => (place === undefined || (arePlacesLate && place !== known[partition]) ? null : place)) // prettier-ignore
  const position: PositionRecord = { v: 1, kind: 'position', sourceEnds: known, mirrored: sure }
  const { link } = target
  const written = new Map<string, StateRecord>([
    [stateKey.position(link.name, topic), position],
    [stateKey.mirror(link.name, topic), stopped],
  ])
  await session.write(written, { signal })
  const told = isTold ? {} : { toldLater: listAnew(target.state.mirrors(link.name)) }
  const late = arePlacesLate ? ({ arePlacesLate } as const) : {}
  return { topic, outcome: { kind: 'applied' }, ends: own, sourcePlaces: mirrored, sourceEndsAfter, ...late, ...told }
}
