import { GeorepError } from '../core/errors.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { LinkState } from '../links/state.ts'
import type { LinkDeletionPlan } from './engine.ts'
import { shownState } from './shown-state.ts'

/** What of a link's own state stands in the way of its deletion, whatever carries it. */
export function deletionBlockers(
  state: LinkState,
  link: string,
  mirrors: readonly MirrorRecord[],
): LinkDeletionPlan['blockers'] {
  return [
    // What is known of it is in the link's state, and goes with it.
    ...state.fences(link).map(({ sourceTopic }) => ({
      why: `source topic "${sourceTopic}" is fenced by a promote, and mirror unfence frees it`,
      isOfMirrors: false,
    })),
    ...mirrors.flatMap((record) => {
      const { state: name } = shownState(record, state)
      return name === 'STOPPED' ? [] : [{ why: `mirror "${record.mirrorTopic}" is ${name}`, isOfMirrors: name !== 'PENDING_STOPPED' }] // prettier-ignore
    }),
  ]
}

/** @throws GeorepError "refused" when something stands in its way, mirrors that are to go with it left out */
export function refuseBlockedDeletion(name: string, { blockers }: LinkDeletionPlan, withMirrors: boolean): void {
  const open = blockers.filter(({ isOfMirrors }) => !isOfMirrors || !withMirrors)
  if (open.length === 0) return
  const message = `link "${name}" cannot be deleted: ${open.map(({ why }) => why).join('; ')}`
  throw new GeorepError('refused', 'GR-LINK-DELETE-BLOCKED', message, { stateNow: 'nothing was changed' })
}
