import { GeorepError, messageOf } from '../core/errors.ts'
import { isAborted, withDeadline } from '../core/time.ts'
import { Code, isCoordinatorMoved } from '../kafka/error-codes.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { removeGroups } from '../kafka/groups.ts'
import { deleteTopic } from '../kafka/topics.ts'
import { canaryNames } from './canary-names.ts'
import type { DrillSettings, DrillSite } from './site.ts'

/** A member whose leaving the broker did not hear of keeps its group for the length of its session, 10 s. */
const groupTimeoutMs = 20_000
const groupEveryMs = 500
const stopTimeoutMs = 20_000

interface Cancel {
  readonly signal: AbortSignal
}

/**
 * Removes what the drill made on clusters that stay, however far it came: the mirror's record, both topics (by topic id), and the group on both
 * sides.
 *
 * @param sourceTopicId what `onCanaryTopic` was told; undefined when it was not: then there is nothing
 * @returns what could not be removed, each with its reason; never throws
 */
export async function removeCanary(
  site: DrillSite,
  settings: DrillSettings,
  sourceTopicId: string | undefined,
  options: Cancel,
): Promise<readonly string[]> {
  if (sourceTopicId === undefined) return []
  const { topic, group } = canaryNames(settings.runId)
  const { target, engine, act } = site
  const left: string[] = []
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      left.push(`${what}: ${messageOf(error)}`)
    }
  }
  let mirrorTopicId: string | undefined
  await attempt(`mirror "${topic}" of link "${target.link.name}"`, async () => {
    await stopMirror(site, topic, options)
    // Refused before its record was written: there is nothing to forget, and the lock may be another's.
    if (target.state.mirror(target.link.name, topic) === undefined) return
    // A planned switch has noted that its clients were stopped, which they are.
    if (target.state.fence(target.link.name, topic) !== undefined) {
      await engine.unfence(target, [topic], { ...act, sourceFence: { how: 'none' } }, options)
    }
    mirrorTopicId = target.state.mirror(target.link.name, topic)?.mirrorTopicId
    await engine.forgetMirror(target, topic, act, options)
  })
  for (const [cluster, topicId] of [
    [target.source, sourceTopicId],
    [target.destination, mirrorTopicId],
  ] as const) {
    await attempt(`group "${group}" on cluster "${cluster.name}"`, async () => {
      await removeGroup(cluster, group, options)
    })
    await attempt(`topic "${topic}" on cluster "${cluster.name}"`, async () => {
      if (topicId !== undefined) await deleteTopic(cluster, { name: topic, topicId }, options)
    })
  }
  return left
}

/** A drill that ended early leaves a mirror that is at work, or half made: only one that is stopped may be forgotten. */
async function stopMirror({ target, engine, act }: DrillSite, topic: string, options: Cancel): Promise<void> {
  const { state, link } = target
  await state.refresh({ ...options, link: link.name })
  const found = state.mirror(link.name, topic)
  if (found === undefined || found.state.state === 'STOPPED') return
  if (found.state.state === 'PENDING') {
    await engine.createMirror(target, await engine.planMirror(target, topic, options), act, options)
  }
  const signal = withDeadline(options.signal, stopTimeoutMs)
  const plan = await engine.planFailover(target, [topic], { signal })
  const by = { ...act, isUnfenced: false, onProgress: () => undefined }
  const [result] = await engine.failover(target, plan, by, { signal })
  if (result?.outcome.kind === 'applied' || result?.outcome.kind === 'unchanged') return
  const why = result !== undefined && 'why' in result.outcome ? `: ${result.outcome.why}` : ''
  throw new GeorepError('incomplete', 'GR-DRILL-FAILOVER', `it was not stopped${why}`)
}

async function removeGroup(cluster: Cluster, group: string, options: Cancel): Promise<void> {
  const signal = withDeadline(options.signal, groupTimeoutMs)
  for (;;) {
    const [refusal] = (await removeGroups(cluster, [group], options)).values()
    if (refusal === undefined) return
    // A broker that has come back takes its groups over one after the other.
    const mayPass = refusal.errorCode === Code.nonEmptyGroup || isCoordinatorMoved(refusal.errorCode)
    if (!mayPass || isAborted(signal)) throw refusal
    await cluster.wait(groupEveryMs, signal).catch(() => undefined)
  }
}
