import type { Time } from '../../../core/time.ts'
import type { Actor, LinkSession } from '../../../links/session.ts'
import type { LinkTarget } from '../../engine.ts'

/** What a runner needs that brings over what has changed on the source, beside carrying records. */
export interface SourceWatchOptions {
  readonly target: Omit<LinkTarget, 'link' | 'state'>
  /** The runner's. What cannot be brought over is written down through it; all else is done under the link's act lock, which is given to everyone who asks. */
  readonly session: LinkSession
  readonly actor: Actor
  readonly time: Time
  readonly onTrouble: (what: string) => void
}
