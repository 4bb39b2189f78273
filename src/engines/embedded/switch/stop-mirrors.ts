import { clusterRight } from '../../../core/acl.ts'
import { messageOf } from '../../../core/errors.ts'
import type { StoppedBy } from '../../../core/mirror-state.ts'
import type { Offset } from '../../../core/offset.ts'
import { isAborted, type Time } from '../../../core/time.ts'
import { lacking } from '../../../kafka/denied.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { logEnds } from '../../../kafka/offsets.ts'
import { type PartitionKey, partitionKey } from '../../../kafka/topic-partition.ts'
import { alterTopicConfigs } from '../../../kafka/topics.ts'
import { type MirrorRecord, stateKey } from '../../../links/records.ts'
import { isTaken } from '../../../links/held.ts'
import type { LinkSession } from '../../../links/session.ts'
import type { LinkTarget, Stopped } from '../../engine.ts'
import { endHiding } from './end-hiding.ts'
import { letWrite } from '../../let-write.ts'
import { type Fenced, fencePartitions } from './fence.ts'
import { partitionsOfMirrors } from '../../mirror-partitions.ts'
import { byProducer } from '../carry/link-producer.ts'

const againMs = 500

export interface StopOptions {
  readonly target: LinkTarget
  readonly session: LinkSession
  readonly stoppedBy: StoppedBy
  /** Open the topics although the brokers cannot be told to refuse a late runner. */
  readonly isUnfenced: boolean
  readonly time: Time
  /** So many mirrors are still stopping. */
  readonly onWaiting: (pending: number) => void
  /** Something may still come, which keeps nobody from stopping them. */
  readonly onUnended: (why: string) => void
  /** Stopped, and those to whom georep denied Write are let write next. */
  readonly onOpening?: (topics: readonly string[]) => void
  /** One more is stopped, or cannot be. */
  readonly onStopped?: (stopped: Stopped) => void
}

/**
 * Ends what a runner hides in transactions, fences the mirrors at the destination's brokers, sets the settings that waited, and writes down that they are
 * STOPPED, each as soon as all of its partitions are fenced; round after round, until all are or the signal is aborted. Behind that those may write whom georep has denied it.
 *
 * @returns one result a mirror
 * @throws GeorepError "conflict" GR-LINK-TAKEN when the link was taken over
 */
export async function stopMirrors(
  records: readonly MirrorRecord[],
  options: StopOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Stopped>> {
  const { target, session, isUnfenced, time } = options
  const results = new Map<string, Stopped>()
  const unended = await endHiding({ ...target, state: session.state }, { signal })
  if (unended !== undefined) options.onUnended(unended)
  let pending = records
  while (pending.length > 0) {
    const ends = await endsOf(target, session, pending, isUnfenced, signal)
    const closed: string[] = []
    for (const record of pending) {
      const stopped = await close(record, ends, options, signal)
      results.set(record.mirrorTopic, stopped)
      if (stopped.outcome.kind === 'applied') closed.push(record.mirrorTopic)
      if (stopped.outcome.kind !== 'pending') options.onStopped?.(stopped)
    }
    const denied = closed.filter((topic) => session.state.protection(target.link.name, topic) !== undefined)
    if (denied.length > 0) options.onOpening?.(denied)
    for (const [topic, outcome] of await letWrite(target, session, denied, { signal })) {
      const stopped = results.get(topic)
      if (stopped !== undefined) results.set(topic, { ...stopped, outcome })
    }
    pending = pending.filter(({ mirrorTopic }) => results.get(mirrorTopic)?.outcome.kind === 'pending')
    if (pending.length === 0 || isAborted(signal)) break
    options.onWaiting(pending.length)
    await time.wait(againMs, signal).catch(() => undefined)
  }
  if (session.signal.aborted) throw session.signal.reason
  return results
}

async function endsOf(
  { destination, link }: LinkTarget,
  session: LinkSession,
  records: readonly MirrorRecord[],
  isUnfenced: boolean,
  signal: AbortSignal,
): Promise<ReadonlyMap<PartitionKey, Fenced> | Error> {
  const partitions = partitionsOfMirrors(records, 'mirrorTopic')
  try {
    if (!isUnfenced) {
      const fences = new Map<PartitionKey, Fenced>()
      for (const { producer, records: some } of byProducer(link, records)) {
        const own = partitionsOfMirrors(some, 'mirrorTopic')
        const fenced = await session.guarded(async (effect) => await fencePartitions(destination, own, producer, effect), { signal }) // prettier-ignore
        for (const [key, one] of fenced) fences.set(key, one)
      }
      return fences
    }
    const ends = await logEnds(destination, partitions, { signal })
    return new Map(
      partitions.map((one) => {
        const end = ends.get(partitionKey(one))
        const fenced: Fenced =
          end === undefined || end instanceof BrokerError
            ? { kind: 'notYet', why: end?.message ?? 'no answer' }
            : { kind: 'fenced', end: end.offset }
        return [partitionKey(one), fenced]
      }),
    )
  } catch (error) {
    if (isTaken(error)) throw error
    return error instanceof Error ? error : new Error(messageOf(error))
  }
}

/** Opens one mirror when every one of its partitions is fenced. */
async function close(
  record: MirrorRecord,
  fences: ReadonlyMap<PartitionKey, Fenced> | Error,
  { target, session, time, stoppedBy, isUnfenced }: StopOptions,
  signal: AbortSignal,
): Promise<Stopped> {
  const { mirrorTopic: topic } = record
  const waiting = (why: string): Stopped => ({ topic, outcome: { kind: 'pending', why }, ends: undefined })
  if (fences instanceof Error) return waiting(fences.message)
  const ends: Offset[] = []
  for (let partition = 0; partition < record.partitions; partition++) {
    const fenced = fences.get(partitionKey({ topic, partition })) ?? { kind: 'notYet', why: 'no answer' }
    if (fenced.kind === 'notPermitted') {
      const need = lacking(target.destination, clusterRight('Alter')).message
      const why = `it stays PENDING_STOPPED, not mirrored into any more, as a late runner could still append: ${need}`
      return { topic, outcome: { kind: 'incomplete', why }, ends: undefined }
    }
    if (fenced.kind === 'notYet') return waiting(`partition ${partition} is not fenced yet: ${fenced.why}`)
    ends.push(fenced.end)
  }
  const at = time.now().toISOString()
  const stopped: MirrorRecord = { ...record, state: { state: 'STOPPED', stoppedBy, at, ends, isFenced: !isUnfenced } }
  try {
    const configs = new Map(
      Object.entries(record.deferredConfigs).map(([name, value]) => [name, value === '' ? undefined : value] as const),
    )
    if (configs.size > 0) {
      const { cluster } = session.state
      await session.guarded(async (effect) => { await alterTopicConfigs(cluster, topic, configs, effect) }, { signal }) // prettier-ignore
    }
    await session.write(new Map([[stateKey.mirror(record.link, topic), stopped]]), { signal })
  } catch (error) {
    if (session.signal.aborted) throw session.signal.reason
    if (isTaken(error)) throw error
    return waiting(messageOf(error))
  }
  return { topic, outcome: { kind: 'applied' }, ends }
}
