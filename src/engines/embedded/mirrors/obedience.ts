import { type Time, withDeadline } from '../../../core/time.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { LinkState } from '../../../links/state.ts'
import type { Cancel, Obedience } from '../../engine.ts'

/** Longer than a request to a destination that does not answer takes. */
const waitMs = 20_000
/** A runner that does not renew its lock for so long is taken for dead, by whoever would run the link too. */
const silentMs = 10_000
const lookEveryMs = 100

/**
 * Waits until the link's runner says that it does as the state says under these keys: what is not to be carried any more has nothing in flight.
 *
 * A runner of an older georep does not tell: it is `notYet` when the time is up.
 */
export async function obedienceTo(
  state: LinkState,
  { link, keys, time }: { readonly link: string; readonly keys: readonly string[]; readonly time: Time },
  options: Cancel,
): Promise<Obedience> {
  const signal = withDeadline(options.signal, waitMs)
  const startedMs = time.monotonic()
  let seen: bigint | undefined
  let seenMs = startedMs
  while (time.monotonic() - startedMs < waitMs) {
    const isRead = await state.glance({ signal }).catch(passing(options, signal))
    const lock = state.lock(link, 'runner')
    if (isRead === true && lock === undefined) return 'noRunner'
    const written = keys.map((key) => state.writtenAt(key) ?? 0n)
    const obeysBefore = state.runner(link)?.obeysBefore ?? 0n
    // What was just written is committed, and may not be seen to be: the runner does as the record before it says then.
    const isSeen = isRead === true && !keys.some((key) => state.isOpen(key))
    // Of a runner that is gone the last word still stands in the topic.
    if (isSeen && lock !== undefined && lock.offset >= seenLast(written) && written.every((offset) => offset < obeysBefore)) return 'obeyed' // prettier-ignore
    if (lock?.offset !== seen) {
      seen = lock?.offset
      seenMs = time.monotonic()
    }
    if (time.monotonic() - seenMs >= silentMs) return 'noRunner'
    await state.cluster.wait(lookEveryMs, signal).catch(passing(options, signal))
  }
  return 'notYet'
}

function seenLast(offsets: readonly bigint[]): bigint {
  return offsets.reduce((last, offset) => (offset > last ? offset : last), 0n)
}

/** A destination that does not answer may do so again before the time is up. */
function passing(options: Cancel, deadline: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    options.signal.throwIfAborted()
    if (deadline.aborted || error instanceof TransportError || error instanceof BrokerError) return undefined
    throw error
  }
}
