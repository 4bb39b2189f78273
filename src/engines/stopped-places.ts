import type { Offset } from '../core/offset.ts'
import type { Stopped } from './engine.ts'

/** Up to where of its source the mirror holds everything. */
export function placesOf({ ends, sourcePlaces }: Stopped): readonly (Offset | undefined)[] | undefined {
  return ends === undefined ? undefined : (sourcePlaces ?? ends)
}
