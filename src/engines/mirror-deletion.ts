import { GeorepError, messageOf } from '../core/errors.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { DeniedError } from '../kafka/denied.ts'
import { TransportError } from '../kafka/wire/connection.ts'
import { withWhatWasDone } from '../links/held.ts'
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

/** @throws GeorepError "refused" GR-MIRROR-DELETE-BLOCKED when there are any */
export function refuseBlocked(topic: string, blockers: readonly Blocker[]): void {
  if (blockers.length === 0) return
  const message = `mirror "${topic}" cannot be taken off: ${blockers.join('; ')}`
  throw new GeorepError('refused', 'GR-MIRROR-DELETE-BLOCKED', message, { stateNow: 'nothing was changed' })
}

/** Does what is left to be done of a mirror that is PENDING, being taken off. What is thrown says so, and that the same command goes on. */
export async function whileLeaving(topic: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    const now = `mirror "${topic}" is PENDING, being taken off the link, and nothing is fetched for it any more`
    const isTold = thrown instanceof GeorepError && ['timedOut', 'conflict', 'interrupted'].includes(thrown.kind)
    const isOfBroker =
      thrown instanceof GeorepError || thrown instanceof BrokerError || thrown instanceof TransportError
    if (isTold || !isOfBroker) throw withWhatWasDone(thrown, now)
    const isUnknown = thrown instanceof TransportError ? thrown.mayHaveActed : thrown instanceof GeorepError && thrown.kind === 'unknown' // prettier-ignore
    const isRefused = thrown instanceof GeorepError && thrown.kind === 'refused'
    const own = thrown instanceof DeniedError || thrown instanceof GeorepError ? thrown.next : undefined
    const next = own ?? (isRefused ? 'without --with-topic it is taken off, and its topic stays; else:' : undefined)
    const left = isRefused || !(thrown instanceof GeorepError) ? undefined : thrown.stateNow?.replaceAll('\n', '; ')
    const why = `${messageOf(thrown)}${left === undefined ? '' : `; ${left}`}`
    throw new GeorepError(isUnknown ? 'unknown' : 'incomplete', 'GR-MIRROR-DELETE', `${now}: ${why}`, {
      ...(next === undefined ? {} : { next }),
      cause: thrown,
    })
  }
}
