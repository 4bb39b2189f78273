import { GeorepError } from '../core/errors.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Blocker, Cancel, LinkTarget, MirrorDeletionPlan } from './engine.ts'
import { notMirrored } from './settled-mirrors.ts'
import { shownState } from './shown-state.ts'

/** What a mirror is PENDING with while it is taken off; nobody goes on with making it. */
export const deletingPhase = 'being taken off the link'

/**
 * See `ReplicationEngine.planMirrorDeletion`.
 *
 * @param look what the engine finds of a mirror, and of its topic where that is to go with it
 */
export async function planDeletions(
  { state, link }: LinkTarget,
  topics: readonly string[],
  options: Cancel & { readonly withTopics: boolean },
  look: (record: MirrorRecord) => Promise<Pick<MirrorDeletionPlan, 'records' | 'pattern' | 'blockers'>>,
): Promise<readonly MirrorDeletionPlan[]> {
  await state.refresh({ ...options, link: link.name })
  const plans: MirrorDeletionPlan[] = []
  for (const topic of topics) {
    const record = state.mirror(link.name, topic)
    const shown = record === undefined ? undefined : shownState(record, state)
    const plan = { topic, record, state: shown, withTopic: options.withTopics }
    if (record === undefined) {
      plans.push({ ...plan, records: undefined, pattern: undefined, blockers: [notMirrored(state, link.name, topic)] })
      continue
    }
    const { blockers, ...found } = await look(record)
    plans.push({ ...plan, ...found, blockers: [...stateBlockers(record), ...blockers] })
  }
  return plans
}

export function stateBlockers({ state, mirrorTopicId }: MirrorRecord): readonly Blocker[] {
  // One whose topic was never made cannot be stopped.
  if (state.state !== 'PENDING_STOPPED' || mirrorTopicId === '') return []
  return [`it is being stopped by a ${state.by}, which is to be ended first`]
}

/**
 * @param left of an act that has begun: what it leaves
 * @throws GeorepError GR-MIRROR-DELETE-BLOCKED when there are any: "refused", or "failed" of an act that has begun
 */
export function refuseBlocked(topic: string, blockers: readonly Blocker[], left?: string): void {
  if (blockers.length === 0) return
  const message = `mirror "${topic}" cannot be taken off: ${blockers.join('; ')}`
  const kind = left === undefined ? 'refused' : 'failed'
  throw new GeorepError(kind, 'GR-MIRROR-DELETE-BLOCKED', message, { stateNow: left ?? 'nothing was changed' })
}
