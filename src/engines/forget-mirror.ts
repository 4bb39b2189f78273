import { GeorepError } from '../core/errors.ts'
import { withoutMirror } from '../links/records.ts'
import { actingLongOn } from '../links/acting.ts'
import type { Act, Cancel, LinkTarget } from './engine.ts'
import { requireLetWrite } from './let-write.ts'

/** See `ReplicationEngine.forgetMirror`. */
export async function forgetMirror(target: LinkTarget, topic: string, by: Act, options: Cancel): Promise<boolean> {
  const { state, link } = target
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const record = state.mirror(link.name, topic)
  if (record === undefined) return false
  if (record.state.state !== 'STOPPED') {
    throw new GeorepError(
      'refused',
      'GR-MIRROR-STATE',
      `mirror "${topic}" of link "${link.name}" is ${record.state.state}, not STOPPED`,
      {
        stateNow: 'nothing was changed',
      },
    )
  }
  await requireLetWrite(target, session, [topic], { signal })
  await session.write(withoutMirror(link.name, topic), { signal })
  return true
}
