import { stateKey } from '../../../links/records.ts'
import { actingLongOn } from '../../../links/acting.ts'
import type { Act, Cancel, LinkDeletionPlan, LinkTarget } from '../../engine.ts'
import { closeSettings } from './delete-mirror.ts'
import { deletionBlockers, refuseBlockedDeletion } from '../../link-deletion.ts'
import { requireLetWrite, requireMayLetWrite } from '../../let-write.ts'
import { liveRunner } from './live-runner.ts'
import { requireTopicRights } from '../../rights.ts'

/** See `ReplicationEngine.planLinkDeletion`. */
export async function planLinkDeletion({ state, link }: LinkTarget, options: Cancel): Promise<LinkDeletionPlan> {
  await state.refresh({ ...options, link: link.name })
  const runner = await liveRunner(state, link.name, options)
  const mirrors = state.mirrors(link.name)
  return {
    runner,
    mirrors,
    blockers: [
      ...(runner === undefined
        ? []
        : [{ why: `its runner lives (${runner.host}, pid ${runner.pid})`, isOfMirrors: false }]),
      ...deletionBlockers(state, link.name, mirrors),
    ],
  }
}

/** See `ReplicationEngine.deleteLink`. A runner that comes to life in between finds no link, and ends. */
export async function deleteLink(
  target: LinkTarget,
  by: Act & { readonly withMirrors: boolean },
  options: Cancel,
): Promise<void> {
  const { state, link } = target
  // The runner's transactional id is taken over only when none lives: it would cost one that does its work.
  const planned = await planLinkDeletion(target, options)
  refuseBlockedDeletion(link.name, planned, by.withMirrors)
  // Looked at before the first of them is let go.
  const left = planned.mirrors.filter(({ state: { state: name }, mirrorTopicId }) => name !== 'STOPPED' && mirrorTopicId !== '') // prettier-ignore
  await requireTopicRights(target.destination, left.map((record) => ({ record })), ['Describe', 'AlterConfigs'], options) // prettier-ignore
  await using acting = await actingLongOn(state, link.name, by, { ...options, supersedesRunner: true })
  const { session, signal } = acting
  const plan = await planLinkDeletion(target, { signal })
  refuseBlockedDeletion(link.name, plan, by.withMirrors)
  const denied = state.protections(link.name).map(({ mirrorTopic }) => mirrorTopic)
  await requireMayLetWrite(target, denied, { signal })
  for (const record of plan.mirrors)
    if (record.state.state !== 'STOPPED') await closeSettings(target, session, record, { signal })
  await requireLetWrite(target, session, denied, { signal })
  const own = stateKey.lock(link.name, 'act')
  const keys = state.keysOf(link.name).filter((key) => key !== own)
  await session.write(new Map(keys.map((key) => [key, null])), { signal })
}
