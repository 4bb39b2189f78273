import { GeorepError } from '../core/errors.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Act, MirrorPlan } from './engine.ts'

/**
 * The mirror of a plan that is there already; undefined when it is to be made, or finished.
 *
 * @throws GeorepError "refused" GR-MIRROR-BLOCKED
 */
export function mirrorOfPlan({ sourceTopic, existing, blockers }: MirrorPlan): MirrorRecord | undefined {
  if (blockers.length > 0) {
    throw new GeorepError('refused', 'GR-MIRROR-BLOCKED', `topic "${sourceTopic}" cannot be mirrored: ${blockers.join('; ')}`, {
      stateNow: 'nothing was changed',
    }) // prettier-ignore
  }
  return existing?.state.state === 'PENDING' ? undefined : existing
}

/** What is written down of a mirror before it has a topic. */
export function newMirror(
  link: string,
  { sourceTopic, sourceTopicId, mirrorTopic, partitions }: MirrorPlan,
  { time }: Act,
  more: Pick<MirrorRecord, 'deferredConfigs' | 'copiedConfigs' | 'isTopicMade'> & { readonly phase: string },
): MirrorRecord {
  const { phase, ...own } = more
  return {
    v: 1,
    kind: 'mirror',
    link,
    sourceTopic,
    sourceTopicId,
    mirrorTopic,
    mirrorTopicId: '',
    partitions,
    state: { state: 'PENDING', phase },
    ...own,
    createdAt: time.now().toISOString(),
  }
}
