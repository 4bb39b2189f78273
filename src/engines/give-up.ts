import { textFromDurationMs } from '../core/duration.ts'
import { GeorepError, messageOf } from '../core/errors.ts'
import { anySignal, isAborted } from '../core/time.ts'
import { isTaken, withWhatWasDone } from '../links/held.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { LinkSession } from '../links/session.ts'
import type { LinkTarget, PromoteAct } from './engine.ts'
import type { DrainStatus } from './drain.ts'
import { unfenceSource } from './source-fence.ts'
import { withdraw } from './pending.ts'
import { isRefusal } from '../kafka/of-cluster.ts'

/** Taking back does not wait for the operator, and does not wait for ever either. */
const undoTimeoutMs = 60_000

interface GivenUp {
  readonly target: LinkTarget
  readonly session: LinkSession
  readonly records: readonly MirrorRecord[]
  readonly by: PromoteAct
  readonly status: DrainStatus
  /** Aborted when the caller does not want it any more. */
  readonly asked: AbortSignal
  /** Aborted when the time is up, and when any other is. */
  readonly deadline: AbortSignal
  /** Has mirrors carried that are ACTIVE again, where that takes more than a runner that reads so. */
  readonly carryAgain?: (signal: AbortSignal) => Promise<void>
}

/**
 * Takes a promote back that has not come to the point of no return: mirrors ACTIVE, and the source as it was.
 *
 * @returns what is to be thrown: why it was given up, and what holds now. Of a link that was taken over nothing is taken back: it is another's.
 */
export async function givenUp(thrown: unknown, given: GivenUp): Promise<unknown> {
  const { session, target, by } = given
  const taken = session.signal.aborted ? (session.signal.reason as unknown) : thrown
  if (isTaken(taken)) {
    const fence =
      by.sourceFence.how === 'none' ? 'the source was not fenced' : 'the source may be fenced: mirror unfence frees it'
    return withWhatWasDone(taken, `this process had not stopped a mirror; ${fence}`)
  }
  const why = reasonOf(thrown, given)
  const signal = anySignal(AbortSignal.timeout(undoTimeoutMs), session.signal)
  const topics = given.records.map(({ sourceTopic }) => sourceTopic)
  let halted: GeorepError | undefined
  try {
    by.onProgress('taking back what was done')
    // As the link's state has them now: this process, or one before it, may have marked them.
    await session.state.refresh({ signal, link: target.link.name })
    const now = given.records.map((record) => session.state.mirror(record.link, record.mirrorTopic) ?? record)
    await withdraw(session, now, { signal })
    const left = await unfenceSource(target, session, topics, by.sourceFence.how === 'hook' ? by.sourceFence : undefined, { signal }) // prettier-ignore
    if (left.length > 0) throw new Error('a command of an earlier promote has fenced it')
    halted = await carriedAgain(target, async () => await given.carryAgain?.(signal))
  } catch (error) {
    if (isTaken(error)) return withWhatWasDone(error, 'the source may be fenced: mirror unfence frees it')
    return new GeorepError(
      'incomplete',
      'GR-PROMOTE-NOT-UNDONE',
      `${why.message}, and not all of it could be taken back`,
      {
        stateNow: `source topics may still refuse writes: ${messageOf(error)}`,
        next: `georep mirror unfence --link ${target.link.name} --all`,
        cause: error,
      },
    )
  }
  const { kind, code, message, stateNow } = why
  const mirrors = halted === undefined ? 'the mirrors are ACTIVE, as before' : halted.message
  const undone = by.sourceFence.how === 'none' ? mirrors : `the source takes writes again, ${mirrors}`
  const next = halted?.next ?? why.next
  return new GeorepError(kind, code, message, {
    stateNow: [...(stateNow === undefined ? [] : [stateNow]), undone].join('\n'),
    ...(next === undefined ? {} : { next }),
    cause: thrown,
  })
}

/**
 * Has mirrors carried that are ACTIVE again, in the state at least.
 *
 * @returns why they are not; undefined when they are
 * @throws GeorepError "conflict" GR-LINK-TAKEN
 */
export async function carriedAgain(
  { link: { name } }: Pick<LinkTarget, 'link'>,
  carry: () => Promise<void>,
  stateNow?: string,
): Promise<GeorepError | undefined> {
  try {
    await carry()
    return undefined
  } catch (error) {
    if (isTaken(error)) throw error
    const first = error instanceof GeorepError ? error.next : undefined
    return new GeorepError('incomplete', 'GR-NOT-CARRIED', `the mirrors are ACTIVE, and are not carried: ${messageOf(error)}`, {
      ...(stateNow === undefined ? {} : { stateNow }),
      next: [...(first === undefined ? [] : [first]), `when they can be: georep mirror resume --all --link ${name}`].join('\n'),
      cause: error,
    }) // prettier-ignore
  }
}

/** Of time-outs and Ctrl-C what was being waited for; anything else speaks for itself. */
function reasonOf(thrown: unknown, { asked, deadline, by, target, status }: GivenUp): GeorepError {
  const link = `the promote of link "${target.link.name}"`
  const stateNow = `when it was given up: ${status.text}`
  if (isAborted(asked)) {
    const { reason } = asked as { readonly reason: unknown }
    const kind = reason instanceof GeorepError ? reason.kind : 'interrupted'
    return new GeorepError(kind, 'GR-PROMOTE-INTERRUPTED', `${link} was interrupted`, { stateNow, cause: thrown })
  }
  if (isAborted(deadline)) {
    return new GeorepError(
      'timedOut',
      'GR-PROMOTE-TIMED-OUT',
      `${link} did not drain within ${textFromDurationMs(by.timeoutMs)}`,
      {
        stateNow,
        next: 'find out what holds it up, then run the command again, with a longer --timeout where it needs one',
        cause: thrown,
      },
    )
  }
  // Before it began the cluster let us in, and permitted it.
  if (isRefusal(thrown)) {
    const { message, next } = thrown
    const stateNow = thrown instanceof GeorepError ? thrown.stateNow : undefined
    return new GeorepError('incomplete', 'GR-PROMOTE-FAILED', `${link} was given up: ${message}`, {
      ...(stateNow === undefined ? {} : { stateNow }),
      next: [...(next === undefined ? [] : [next]), 'then run the command again'].join('\n'),
      cause: thrown,
    })
  }
  if (thrown instanceof GeorepError) return thrown
  return new GeorepError('incomplete', 'GR-PROMOTE-FAILED', `${link} was given up: ${messageOf(thrown)}`, {
    cause: thrown,
  })
}
