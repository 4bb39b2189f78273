import { GeorepError } from '../../core/errors.ts'
import type { ReplicationEngine } from '../engine.ts'
import { alterLink, planLinkChange } from './alter-link.ts'
import { createLink } from './create-link.ts'
import { deleteLink, planLinkDeletion } from './delete-link.ts'
import { observeLink } from './observe.ts'
import { planLink } from './plan-link.ts'
import { forgetMirror } from '../forget-mirror.ts'
import { alterMirrors, planMirrorsChange } from './alter-mirrors.ts'
import { createMirror } from './create-mirror.ts'
import { deleteMirror, planMirrorDeletion } from './delete-mirror.ts'
import { describeMirror } from './describe-mirror.ts'
import { failover, planFailover } from './failover.ts'
import { fence, planFence } from './fence-copied.ts'
import { matchTopics, planMirror } from './plan-mirror.ts'
import { ownAcls } from './own-acls.ts'
import { promote } from './promote.ts'
import { planPromote } from './promote-plan.ts'
import { ownPlaces, translate } from './link-flow.ts'
import { unfence } from './unfence.ts'

/** Whoever asks looks at `canReverse` first, and says why. */
const carryingBack = 'carry mirrors the other way'
const rebuilding = 'rebuild mirrors, as it has positions of its own'

/** MirrorMaker 2 on a Kafka Connect cluster, which is driven through its REST interface and read through its internal topics. */
export const mm2Engine: ReplicationEngine = {
  name: 'mm2',
  capabilities: { offsetMapping: 'mapped', needsRunner: false, canReverse: false },
  planLink,
  createLink,
  planLinkChange,
  alterLink,
  planLinkDeletion,
  deleteLink,
  planMirror,
  createMirror,
  matchTopics,
  describeMirror,
  planMirrorsChange,
  alterMirrors,
  planMirrorDeletion,
  deleteMirror,
  observe: observeLink,
  translate,
  ownPlaces,
  ownAcls,
  run: cannot('run links: a Kafka Connect cluster carries them'),
  planFailover,
  failover,
  planPromote,
  promote,
  planFence,
  fence,
  unfence,
  linksBack: cannot(carryingBack),
  planReverse: cannot(carryingBack),
  reverse: cannot(carryingBack),
  planRestore: cannot(carryingBack),
  restore: cannot(carryingBack),
  planRebuild: async ({ link }, topics) =>
    await cannot(rebuilding, `georep mirror delete ${topics.join(' ')} --with-topic --link ${link.name}, then georep mirror create, make ${topics.length === 1 ? 'it' : 'them'} anew`)(), // prettier-ignore
  rebuild: cannot(rebuilding),
  forgetMirror,
}

function cannot(what: string, next?: string): () => Promise<never> {
  return async () => {
    await Promise.resolve()
    const details = { stateNow: 'nothing was changed', ...(next === undefined ? {} : { next }) }
    throw new GeorepError('unsupported', 'GR-ENGINE-CANNOT', `the engine mm2 does not ${what}`, details)
  }
}
