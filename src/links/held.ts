import { textFromDurationMs } from '../core/duration.ts'
import { GeorepError } from '../core/errors.ts'
import type { LockKind, LockRecord } from './records.ts'
import type { HeldLock } from './state.ts'

/** `georep@host-1 (pid 42)`; without the user where the lock does not name one. */
function holderText({ user, host, pid }: Pick<LockRecord, 'user' | 'host' | 'pid'>): string {
  return `${user === '' ? '' : `${user}@`}${host} (pid ${pid})`
}

/** Someone else holds the link: who, where, since when, doing what. Ages by the clock of the brokers. */
export function heldError(
  { link, kind, staleAfterMs }: { readonly link: string; readonly kind: LockKind; readonly staleAfterMs: number },
  lock: HeldLock,
  now: Date,
): GeorepError {
  const what = kind === 'runner' ? `link "${link}" already has a runner` : `link "${link}" is held by someone else`
  const { value, appendedAt } = lock
  // A leader whose clock is behind the one before: an age below zero is none.
  const age = (since: Date): string => textFromDurationMs(Math.max(0, now.getTime() - since.getTime()))
  return new GeorepError('conflict', 'GR-LINK-HELD', what, {
    stateNow: [
      `${holderText(value)} holds it for "${value.act}", for ${age(new Date(value.since))} now (since ${value.since}, by the brokers' clock)`,
      `its lock was renewed ${age(appendedAt)} ago; from ${textFromDurationMs(staleAfterMs)} on it counts as dead`,
      'nothing was changed',
    ].join('\n'),
    next:
      kind === 'runner'
        ? `georep link describe ${link}`
        : 'wait for it to end, then run the command again; or take the link from it: the same command with --take-over',
  })
}

/** The lock was ours and is another's now. `holder` undefined: nobody's. */
export function takenError(
  { link, kind, act }: { readonly link: string; readonly kind: LockKind; readonly act: string },
  holder: LockRecord | undefined,
): GeorepError {
  const what =
    kind === 'runner'
      ? `another runner took over link "${link}"`
      : `link "${link}" was taken over while "${act}" was at work`
  const by = holder === undefined ? 'the lock is gone' : `${holderText(holder)} holds it for "${holder.act}"`
  return new GeorepError('conflict', 'GR-LINK-TAKEN', what, {
    stateNow: `${by}; the brokers refuse what this process would write`,
    next: `georep link describe ${link}`,
  })
}

/** Was the link taken from whoever acts on it? */
export function isTaken(error: unknown): boolean {
  return error instanceof GeorepError && error.code === 'GR-LINK-TAKEN'
}

/** What was thrown, with what the act had done by then where the link was taken from it, or it was interrupted; anything else as it is. */
export function withWhatWasDone(thrown: unknown, done: string): unknown {
  if (!(thrown instanceof GeorepError) || !(isTaken(thrown) || thrown.kind === 'interrupted')) return thrown
  const { stateNow } = thrown
  return thrown.with({ stateNow: [...(stateNow === undefined ? [] : [stateNow]), done].join('\n') })
}
