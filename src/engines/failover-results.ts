import { lossIfDoubted, lossOf, totalLoss } from '../core/loss.ts'
import { offset } from '../core/offset.ts'
import { withDeadline } from '../core/time.ts'
import type { MirrorRecord } from '../links/records.ts'
import { sourceEndsOf } from './source-ends.ts'
import { openMirrors, type Cancel, type FailoverPlan, type FailoverResult, type LinkTarget, type MirrorView, type Stopped } from './engine.ts' // prettier-ignore
import { placesOf } from './stopped-places.ts'

/** Of the mirrors of a plan that are stopped already, by the mirror topic. */
export function stoppedOfPlan({ mirrors }: Pick<FailoverPlan, 'mirrors'>): Map<string, FailoverResult> {
  const stopped = mirrors.filter(({ record }) => record.state.state === 'STOPPED')
  return new Map(stopped.map((view) => [view.record.mirrorTopic, stoppedBefore(view)]))
}

export function byTopic(results: ReadonlyMap<string, FailoverResult>): readonly FailoverResult[] {
  return [...results.values()].toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
}

/**
 * What of a plan is left to be stopped now that nobody else acts on the link: since it was made somebody may have been here. Of the others the results are
 * written.
 */
export async function openOfPlan(
  target: LinkTarget,
  plan: FailoverPlan,
  results: Map<string, FailoverResult>,
  options: Cancel,
): Promise<readonly MirrorView[]> {
  const { state, link } = target
  const open: MirrorView[] = []
  for (const view of openMirrors(plan.mirrors)) {
    const record = state.mirror(link.name, view.record.mirrorTopic)
    if (record === undefined) results.set(view.record.mirrorTopic, forgotten(view))
    else if (record.state.state === 'STOPPED') results.set(record.mirrorTopic, stoppedBefore({ ...view, record }))
    else open.push({ ...view, record })
  }
  if (plan.isAll) open.push(...madeSince(target, plan))
  const unmade = await neverMade(target, open, options)
  for (const view of unmade) results.set(view.record.mirrorTopic, notMade(view))
  return open.filter((view) => !unmade.includes(view))
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

/** Of a mirror without a topic. */
export function notMade({ record }: Pick<MirrorView, 'record'>): FailoverResult {
  const { mirrorTopic: topic, link, rebuilding, restoring } = record
  const act = rebuilding === undefined ? restoring && 'mirror restore' : 'mirror rebuild'
  const off = `take it off with georep mirror delete ${topic} --link ${link}`
  const why =
    act === undefined
      ? `its topic was never made: nothing of it was mirrored; ${off}`
      : `its topic is gone, and ${act} has not made it anew: there is nothing to open; ${act} goes on with it while the source answers, or ${off}`
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

/**
 * What the failover of a mirror has lost, by where its source ended when it was stopped, where that was read, and else by what was known when it was planned.
 *
 * @param hasFailed it may hold other records than its source's
 */
export function withLoss(
  stopped: Stopped,
  view: MirrorView | undefined,
  { hasFailed }: { readonly hasFailed: boolean },
): FailoverResult {
  if (view === undefined || view.partitions.length === 0) return { ...stopped, loss: { kind: 'unknown' } }
  const places = placesOf(stopped)
  const areLate = stopped.arePlacesLate === true
  const losses = view.partitions.map(({ partition, sourceEnd: planned, mirrored, doubt: planDoubt }) => {
    const after = stopped.sourceEndsAfter?.[partition]
    // A source that was not read again may have taken records since the plan.
    const known = planned === undefined || stopped.ends === undefined ? planned : { ...planned, isCurrent: false }
    const sourceEnd = after === undefined ? known : { offset: after, isCurrent: true }
    // It may have gone on since its source's end was read: whether it was ahead is told by the plan alone.
    // What is written down late is written down when nothing of it is carried any more.
    const lateness = areLate ? 'LATE' : places !== undefined && planDoubt === 'LATE' ? undefined : planDoubt
    const place = places?.[partition] ?? mirrored
    const isFurther = areLate && place !== undefined && mirrored !== undefined && mirrored > place
    return lossIfDoubted(lossOf(sourceEnd, isFurther ? mirrored : place), hasFailed ? 'FAILED' : lateness)
  })
  return { ...stopped, loss: totalLoss(losses) }
}

/** How long a failover whose mirrors are open waits to say exactly what it has lost. */
const sourceMs = 3_000

/** With where the source ended after the stop, of those that are stopped; of a source that does not tell in time without. */
export async function withSourceEnds(
  target: LinkTarget,
  stopped: ReadonlyMap<string, Stopped>,
  records: readonly MirrorRecord[],
  { signal }: Cancel,
): Promise<ReadonlyMap<string, Stopped>> {
  const read = await sourceEndsOf(target, stopped.values(), records, { signal: withDeadline(signal, sourceMs) })
  return new Map(
    [...stopped].map(([topic, one]) => {
      const source = read.get(topic)
      return [topic, source?.kind === 'read' ? { ...one, sourceEndsAfter: source.ends } : one]
    }),
  )
}

/** What this process had done when the link was taken from it. */
export function doneText(records: readonly MirrorRecord[], results: ReadonlyMap<string, FailoverResult>): string {
  const names = records.map(({ mirrorTopic }) => mirrorTopic)
  const done = names.filter((topic) => results.get(topic)?.outcome.kind === 'applied')
  const left = names.filter((topic) => !done.includes(topic))
  const list = (topics: readonly string[]): string =>
    topics.length === 0 ? 'none' : topics.map((topic) => `"${topic}"`).join(', ')
  return `this process had stopped: ${list(done)}; it left as PENDING_STOPPED: ${list(left)}`
}
