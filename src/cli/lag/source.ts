import { isSourceOpen, type LinkView, openMirrors } from '../../engines/engine.ts'
import { whyLagUnread } from '../observed.ts'

/** Does the source answer, and did it until its ends were read? A refusal is an answer. One that went silent is not waited for once more. */
export function isSourceTelling(view: LinkView): boolean {
  const open = openMirrors(view.mirrors)
  if (!isSourceOpen(view) || open.length === 0) return isSourceOpen(view)
  return open.some((mirror) => mirror.sourceSeenAt === 'now' || whyLagUnread(mirror) !== undefined)
}
