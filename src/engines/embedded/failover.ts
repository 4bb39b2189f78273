import { type Loss, lossOf, totalLoss } from '../../core/loss.ts'
import { offset } from '../../core/offset.ts'
import { anySignal } from '../../core/time.ts'
import { withWhatWasDone } from '../../links/held.ts'
import type { MirrorRecord } from '../../links/records.ts'
import { actingOn } from '../../links/acting.ts'
import { refuseRunner } from '../../links/session.ts'
import {
  openMirrors,
  type Cancel,
  type FailoverAct,
  type FailoverPlan,
  type FailoverResult,
  type LinkTarget,
  type MirrorView,
} from '../engine.ts'
import { observeMirrors } from './observe.ts'
import { fenceRight, requireTopicRights } from '../rights.ts'
import { stopMirrors, type Stopped } from './stop-mirrors.ts'
import { markPending } from '../pending.ts'
import { isReachable } from '../reachable.ts'

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
  const mirrors = await observeMirrors(target, wanted, isSourceReachable, {
    ...options,
    needs: 'Read',
    keepDenied: 'source',
  })
  await requireTopicRights(target.destination, openMirrors(mirrors), ['Read', 'AlterConfigs'], options)
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
    await using acting = await actingOn(state, link.name, by, { ...options, supersedesRunner: true })
    const { session } = acting
    session.keepRenewed()
    const signal = anySignal(options.signal, session.signal)
    const open: MirrorView[] = []
    for (const view of openMirrors(plan.mirrors)) {
      // Since the plan was made somebody else may have been here.
      const record = state.mirror(link.name, view.record.mirrorTopic)
      if (record === undefined) results.set(view.record.mirrorTopic, forgotten(view))
      else if (record.state.state === 'STOPPED') results.set(record.mirrorTopic, stoppedBefore({ ...view, record }))
      else open.push({ ...view, record })
    }
    if (plan.isAll) open.push(...madeSince(target, plan))
    const unmade = await neverMade(target, open, { signal })
    for (const view of unmade) results.set(view.record.mirrorTopic, notMade(view))
    const made = open.filter((view) => !unmade.includes(view))
    const records = await markPending(session, made, { stoppedBy: 'failover', time: by.time }, signal)
    by.onProgress(`${records.length} ${records.length === 1 ? 'mirror' : 'mirrors'} PENDING_STOPPED`, 'stopping')
    await refuseRunner(state, link.name, { signal })
    by.onProgress("a runner's group offsets and link state are refused", 'fencing')
    const stopping = {
      target,
      session,
      stoppedBy: 'failover',
      isUnfenced: by.isUnfenced,
      time: by.time,
      onWaiting: (pending: number) => { by.onProgress(`${pending} still stopping`, 'waiting') }, // prettier-ignore
      onStopped: (stopped: Stopped) => results.set(stopped.topic, { ...stopped, loss: { kind: 'unknown' } }),
    } as const
    try {
      for (const [topic, stopped] of await stopMirrors(records, stopping, signal)) {
        results.set(
          topic,
          withLoss(
            stopped,
            open.find(({ record }) => record.mirrorTopic === topic),
          ),
        )
      }
    } catch (error) {
      throw withWhatWasDone(error, doneText(records, results))
    }
  }
  return [...results.values()].toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
}

/** Mirrors whose making ended before there was a topic: there is nothing to stop, and nothing to wait for. */
async function neverMade(
  { destination }: LinkTarget,
  open: readonly MirrorView[],
  options: Cancel,
): Promise<readonly MirrorView[]> {
  const half = open.filter(({ record }) => record.mirrorTopicId === '')
  if (half.length === 0) return []
  const names = half.map(({ record }) => record.mirrorTopic)
  const { topics } = await destination.metadata(names, options)
  return half.filter(({ record }) => !topics.has(record.mirrorTopic))
}

function notMade({ record: { mirrorTopic: topic, link } }: MirrorView): FailoverResult {
  const why = `its topic was never made: nothing of it was mirrored; take it off with georep mirror delete ${topic} --link ${link}`
  return { topic, outcome: { kind: 'refused', why }, ends: undefined, loss: { kind: 'unknown' } }
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

/** What this process had done when the link was taken from it. */
function doneText(records: readonly MirrorRecord[], results: ReadonlyMap<string, FailoverResult>): string {
  const names = records.map(({ mirrorTopic }) => mirrorTopic)
  const done = names.filter((topic) => results.get(topic)?.outcome.kind === 'applied')
  const left = names.filter((topic) => !done.includes(topic))
  const list = (topics: readonly string[]): string =>
    topics.length === 0 ? 'none' : topics.map((topic) => `"${topic}"`).join(', ')
  return `this process had stopped: ${list(done)}; it left as PENDING_STOPPED: ${list(left)}`
}

function withLoss(result: Stopped, view: MirrorView | undefined): FailoverResult {
  if (view === undefined || view.partitions.length === 0) return { ...result, loss: { kind: 'unknown' } }
  const losses = view.partitions.map(({ partition, sourceEnd, mirrored }) =>
    lossOf(sourceEnd, result.ends?.[partition] ?? mirrored),
  )
  return { ...result, loss: totalLoss(losses) }
}
