import { GeorepError } from '../core/errors.ts'
import { stateKey } from '../links/records.ts'
import { actingOn } from '../links/acting.ts'
import type { Act, Cancel, LinkTarget } from './engine.ts'

/** See `ReplicationEngine.forgetMirror`. */
export async function forgetMirror(target: LinkTarget, topic: string, by: Act, options: Cancel): Promise<boolean> {
  const { state, link } = target
  await using acting = await actingOn(state, link.name, by, options)
  const { session } = acting
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
  await session.write(
    new Map([
      [stateKey.mirror(link.name, topic), null],
      [stateKey.position(link.name, topic), null],
      [stateKey.failure(link.name, topic), null],
      [stateKey.unsynced(link.name, topic), null],
    ]),
    options,
  )
  return true
}
