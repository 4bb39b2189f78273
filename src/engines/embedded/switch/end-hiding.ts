import { messageOf } from '../../../core/errors.ts'
import { withDeadline } from '../../../core/time.ts'
import { AbortMarkers } from '../../../kafka/abort-markers.ts'
import { transactionalId } from '../../../links/transactional-ids.ts'
import type { Cancel, LinkTarget } from '../../engine.ts'

/** Markers take milliseconds, unless a partition has no leader. */
const endingMs = 10_000

/**
 * To be called when the state says which mirrors are stopped and the runner's transactional id was taken over, before a mirror is fenced: the transaction with
 * which a runner hides offsets ends, and it begins none before it has read the state. Does nothing where no runner of the link ever did so.
 *
 * Nobody is to be kept from opening a topic for it: what else may come is a marker behind the mirror's end, which takes an offset and which nobody sees.
 *
 * @returns why it may not have ended
 */
export async function endHiding(
  { state, destination, link }: Pick<LinkTarget, 'state' | 'destination' | 'link'>,
  { signal }: Cancel,
): Promise<string | undefined> {
  try {
    await state.glance({ signal })
    if (!state.isHidingInTransactions(link.name)) return undefined
    await AbortMarkers.take(destination, transactionalId.hiding(link.name), { signal: withDeadline(signal, endingMs) })
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return `a runner's transaction that hides offsets may still be open, and add an offset that no consumer sees to an opened topic: ${messageOf(error)}`
  }
}
