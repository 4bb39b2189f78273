import { textFromDurationMs } from '../core/duration.ts'
import { GeorepError } from '../core/errors.ts'
import { DeniedError } from '../kafka/denied.ts'
import { BrokerError, isLeaderMoved, isNotWritable } from '../kafka/error-codes.ts'
import type { LockKind, LockRecord } from './records.ts'
import type { HeldLock } from './state.ts'
import { stateTopic } from './state-topic.ts'

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

/** Why the lock could not be taken, where the state topic takes no records; anything else as it is. */
export function notLocked(error: unknown, link: string, cluster: string): unknown {
  // A right that is lacking has its own command, and a partition that nobody leads its own words.
  if (!(error instanceof BrokerError) || error instanceof DeniedError || isLeaderMoved(error.errorCode)) return error
  const topic = `topic "${stateTopic}" on cluster "${cluster}"`
  const mend = isNotWritable(error.errorCode)
    ? `bring up the brokers that have replicas of ${topic}, or lower its min.insync.replicas`
    : `look at the settings of ${topic}, and at the logs of its brokers`
  return new GeorepError(
    'failed',
    'GR-STATE-REFUSED',
    `the lock of link "${link}" cannot be written: ${error.message}`,
    {
      stateNow: 'nothing was changed',
      next: `${mend}; then run the command again`,
      cause: error,
    },
  )
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
