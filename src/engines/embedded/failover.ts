import { GeorepError, messageOf } from '../../core/errors.ts'
import { type Loss, lossOf, totalLoss } from '../../core/loss.ts'
import { nextMirrorState } from '../../core/mirror-state.ts'
import { type Offset, offset } from '../../core/offset.ts'
import { isAborted } from '../../core/time.ts'
import { logEnds } from '../../kafka/offsets.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { alterTopicConfigs } from '../../kafka/topics.ts'
import { type MirrorRecord, stateKey } from '../../links/records.ts'
import { LinkSession, refuseRunner } from '../../links/session.ts'
import {
  openMirrors,
  type Cancel,
  type FailoverAct,
  type FailoverPlan,
  type FailoverResult,
  type LinkTarget,
  type MirrorView,
} from '../engine.ts'
import { type Fenced, fencePartitions } from './fence.ts'
import { isReachable, observeMirrors } from './observe.ts'
import { fenceRight } from './rights.ts'

const againMs = 500

/** See `ReplicationEngine.planFailover`. */
export async function planFailover(
  target: LinkTarget,
  topics: readonly string[] | 'all',
  options: Cancel,
): Promise<FailoverPlan> {
  const { state, link } = target
  await state.glance(options)
  const all = state.mirrors(link.name)
  const isNamed = new Set(topics === 'all' ? all.map(({ mirrorTopic }) => mirrorTopic) : topics)
  const wanted = all.filter(({ mirrorTopic }) => isNamed.has(mirrorTopic))
  const missing = [...isNamed].filter((topic) => all.every(({ mirrorTopic }) => mirrorTopic !== topic))
  const isSourceReachable = await isReachable(target.source, link, options)
  const mirrors = await observeMirrors(target, wanted, isSourceReachable, options)
  const fence = await fenceRight(target.destination, options)
  const isAll = topics === 'all'
  return { isAll, isSourceReachable, mirrors, missing, loss: totalLoss(openMirrors(mirrors).flatMap(lossesOf)), fence }
}

function lossesOf({ partitions }: MirrorView): readonly Loss[] {
  return partitions.map(({ loss }) => loss)
}

/**
 * See `ReplicationEngine.failover`. The order is what makes it hold:
 * 1. the state says PENDING_STOPPED: a runner that starts, or thaws and reads it, leaves the mirror alone;
 * 2. the runner's transactional id is taken over: group offsets and state that a runner had under way are refused;
 * 3. markers fence the link's producer on every partition: records that a runner had under way are refused;
 * 4. settings that waited are set, and the state says STOPPED, with where each partition ended.
 */
export async function failover(
  target: LinkTarget,
  plan: FailoverPlan,
  by: FailoverAct,
  options: Cancel,
): Promise<readonly FailoverResult[]> {
  const { state, link } = target
  const results = new Map<string, FailoverResult>()
  for (const view of plan.mirrors) {
    if (view.record.state.state === 'STOPPED') results.set(view.record.mirrorTopic, stoppedBefore(view))
  }
  if (results.size < plan.mirrors.length) {
    const claim = {
      link: link.name,
      kind: 'act',
      act: by.name,
      actor: by.actor,
      time: by.time,
      supersedesRunner: true,
    } as const
    await using session = await LinkSession.claim(state, claim, options)
    session.keepRenewed()
    const signal = AbortSignal.any([options.signal, session.signal])
    const open: MirrorView[] = []
    for (const view of openMirrors(plan.mirrors)) {
      // Since the plan was made somebody else may have been here.
      const record = state.mirror(link.name, view.record.mirrorTopic)
      if (record === undefined) results.set(view.record.mirrorTopic, forgotten(view))
      else if (record.state.state === 'STOPPED') results.set(record.mirrorTopic, stoppedBefore({ ...view, record }))
      else open.push({ ...view, record })
    }
    if (plan.isAll) open.push(...madeSince(target, plan))
    const records = await markPending(session, open, by, signal)
    by.onProgress(`${records.length} ${records.length === 1 ? 'mirror' : 'mirrors'} PENDING_STOPPED`, 'stopping')
    await refuseRunner(state, link.name, { signal })
    by.onProgress("a runner's group offsets and link state are refused", 'fencing')
    let pending = records
    while (pending.length > 0) {
      const ends = await endsOf(target, pending, by.isUnfenced, signal)
      for (const record of pending) {
        const result = await close(session, record, ends, by, signal)
        const view = open.find((one) => one.record.mirrorTopic === record.mirrorTopic)
        results.set(record.mirrorTopic, withLoss(result, view))
      }
      pending = pending.filter(({ mirrorTopic }) => results.get(mirrorTopic)?.outcome.kind === 'pending')
      if (pending.length === 0 || isAborted(signal)) break
      by.onProgress(`${pending.length} still stopping`, 'waiting')
      await by.time.wait(againMs, signal).catch(() => undefined)
    }
    if (session.signal.aborted) throw session.signal.reason
  }
  return [...results.values()].toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
}

/** Mirrors that were not there yet, or not yet to be seen, when the plan was made. */
function madeSince({ state, link }: LinkTarget, plan: FailoverPlan): readonly MirrorView[] {
  const planned = new Set(plan.mirrors.map(({ record }) => record.mirrorTopic))
  return state
    .mirrors(link.name)
    .filter(({ mirrorTopic, state: { state: name } }) => name !== 'STOPPED' && !planned.has(mirrorTopic))
    .map((record) => ({ record, state: record.state, partitions: [], sourceSeenAt: undefined }))
}

function forgotten({ record, partitions }: MirrorView): FailoverResult {
  return {
    topic: record.mirrorTopic,
    outcome: { kind: 'refused', why: 'the link does not mirror it any more' },
    ends: undefined,
    loss: totalLoss(partitions.map(({ loss }) => loss)),
  }
}

function stoppedBefore({ record, partitions }: MirrorView): FailoverResult {
  return {
    topic: record.mirrorTopic,
    outcome: { kind: 'unchanged', why: 'it is STOPPED already' },
    ends: record.state.state === 'STOPPED' ? record.state.ends.map(offset) : undefined,
    loss: totalLoss(partitions.map(({ loss }) => loss)),
  }
}

async function markPending(
  session: LinkSession,
  open: readonly MirrorView[],
  by: FailoverAct,
  signal: AbortSignal,
): Promise<readonly MirrorRecord[]> {
  const since = by.time.now().toISOString()
  const records = open.map(({ record, state }): MirrorRecord => {
    if (nextMirrorState(state.state, 'failover') !== 'PENDING_STOPPED') {
      throw new GeorepError(
        'refused',
        'GR-MIRROR-STATE',
        `mirror "${record.mirrorTopic}" is ${state.state} and cannot fail over`,
      )
    }
    return { ...record, state: { state: 'PENDING_STOPPED', by: 'failover', since } }
  })
  await session.write(new Map(records.map((record) => [stateKey.mirror(record.link, record.mirrorTopic), record])), {
    signal,
  })
  return records
}

async function endsOf(
  { destination, link }: LinkTarget,
  records: readonly MirrorRecord[],
  isUnfenced: boolean,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Fenced> | Error> {
  const partitions = records.flatMap(({ mirrorTopic, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic: mirrorTopic, partition })),
  )
  try {
    if (!isUnfenced) {
      const producer = { producerId: link.producer.id, producerEpoch: link.producer.epoch }
      return await fencePartitions(destination, partitions, producer, { signal })
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
    return error instanceof Error ? error : new Error(messageOf(error))
  }
}

/** Opens one mirror when every one of its partitions is fenced. */
async function close(
  session: LinkSession,
  record: MirrorRecord,
  fences: ReadonlyMap<string, Fenced> | Error,
  by: FailoverAct,
  signal: AbortSignal,
): Promise<Omit<FailoverResult, 'loss'>> {
  const { mirrorTopic: topic } = record
  const waiting = (why: string): Omit<FailoverResult, 'loss'> => ({
    topic,
    outcome: { kind: 'pending', why },
    ends: undefined,
  })
  if (fences instanceof Error) return waiting(fences.message)
  const ends: Offset[] = []
  for (let partition = 0; partition < record.partitions; partition++) {
    const fenced = fences.get(partitionKey({ topic, partition })) ?? { kind: 'notYet', why: 'no answer' }
    if (fenced.kind === 'notPermitted') {
      const why = 'the destination does not permit the fence; a late runner could still append'
      return { topic, outcome: { kind: 'refused', why }, ends: undefined }
    }
    if (fenced.kind === 'notYet') return waiting(`partition ${partition} is not fenced yet: ${fenced.why}`)
    ends.push(fenced.end)
  }
  const stopped: MirrorRecord = {
    ...record,
    state: {
      state: 'STOPPED',
      stoppedBy: 'failover',
      at: by.time.now().toISOString(),
      ends,
      isFenced: !by.isUnfenced,
    },
  }
  try {
    const configs = Object.entries(record.deferredConfigs).map(
      ([name, value]) => [name, value === '' ? undefined : value] as const,
    )
    if (configs.length > 0) await alterTopicConfigs(session.state.cluster, topic, new Map(configs), { signal })
    await session.write(new Map([[stateKey.mirror(record.link, topic), stopped]]), { signal })
  } catch (error) {
    if (session.signal.aborted) throw session.signal.reason
    return waiting(messageOf(error))
  }
  return { topic, outcome: { kind: 'applied' }, ends }
}

function withLoss(result: Omit<FailoverResult, 'loss'>, view: MirrorView | undefined): FailoverResult {
  if (view === undefined || view.partitions.length === 0) return { ...result, loss: { kind: 'unknown' } }
  const losses = view.partitions.map(({ partition, sourceEnd, mirrored }) =>
    lossOf(sourceEnd, result.ends?.[partition] ?? mirrored),
  )
  return { ...result, loss: totalLoss(losses) }
}
