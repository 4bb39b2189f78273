import type { MirrorState } from '../core/mirror-state.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { LinkState } from '../links/state.ts'

/** The state of a mirror by all that the link's state has of it: its record does not say that a runner has given it up, or cannot reach its source. */
export function shownState(
  { link, mirrorTopic, state: stored, rebuilding }: MirrorRecord,
  state: LinkState,
): MirrorState {
  const failure = state.failure(link, mirrorTopic)
  const isPending = stored.state === 'PENDING' && rebuilding === undefined
  if (failure !== undefined && (stored.state === 'ACTIVE' || isPending))
    return { state: 'FAILED', reason: failure.reason }
  if (stored.state === 'ACTIVE' && state.link(link)?.pausedAt != null) return { state: 'PAUSED' }
  const isLost = state.runner(link)?.sourceLostAt != null
  if (stored.state === 'ACTIVE' && isLost) return { state: 'SOURCE_UNAVAILABLE' }
  return stored.state === 'PAUSED' ? { state: 'PAUSED' } : stored
}
