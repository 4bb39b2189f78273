import { GeorepError } from '../core/errors.ts'
import { isAborted, type Time, withDeadline } from '../core/time.ts'
import type { BrokerError } from '../kafka/error-codes.ts'
import { isBrokerGone } from '../kafka/leaders.ts'
import { takeTransactionalId } from '../kafka/producers.ts'
import type { OffsetToCommit } from '../kafka/txn-commits.ts'
import { FencedError, transactionTimeoutMs } from '../kafka/held-id.ts'
import { Transactor } from '../kafka/transactor.ts'
import { WriteRefused } from '../kafka/wire/connection.ts'
import { brokerNow } from './broker-clock.ts'
import { heldError, notLocked, takenError } from './held.ts'
import { type LockKind, type LockRecord, stateKey, type StateRecord, stateValueFrom } from './records.ts'
import type { HeldLock, LinkState } from './state.ts'
import { statePartition } from './state-topic.ts'
import { transactionalId } from './transactional-ids.ts'

/** A holder that lives renews this often … */
export const renewEveryMs = 1_000
/**
 * … and one whose lock is older than this, by the clock of the broker that stamps the locks, is taken for dead. The brokers refuse it from then on, so
 * that a mistake costs it its work, not data. A runner holds itself back before that: see the lease of its engine.
 */
export const staleAfterMs = { act: 10_000, runner: 6_000 } as const satisfies Record<LockKind, number>
/** A leader whose clock is ahead makes a lock look old: one that is renewed before our eyes is not. */
const watchMs = 2.5 * renewEveryMs
const lookEveryMs = 200
/** How long ago the lock may have been confirmed when an effect leaves that the brokers do not refuse by it. */
const guardMs = 2_000
const attempts = 3
/** How long brokers that go away while the state is written are waited for: others lead what they led after some seconds. */
const settleMs = 15_000
/** How long a session that ends tries to give its lock back: a process whose brokers are gone has to end, too. */
const giveBackMs = 5_000

/** Who acts, and whether a process of the same kernel and process namespace is still there. */
export interface Actor {
  /** Unique for each run of georep. */
  readonly owner: string
  /** The user by the operating system, for whoever is refused meanwhile. */
  readonly user: string
  readonly host: string
  readonly pid: number
  readonly scope: string
  readonly isProcessAlive: (pid: number) => boolean
}

/** Who acts on a link, and what the act is called. */
export interface Act {
  readonly actor: Actor
  readonly time: Time
  /** The verb, for whoever is refused meanwhile. */
  readonly name: string
  /** Takes the link from whoever holds it, alive or not. */
  readonly isTakeOver: boolean
  /** Gives way to everyone who does not give way himself, without being asked. */
  readonly isYielding?: true
  /** Held by whoever orders several acts, which all write through it; it stays theirs. See acting.ts. */
  readonly session?: LinkSession
}

export interface SessionOptions {
  readonly link: string
  readonly kind: LockKind
  /** The verb, for whoever is refused meanwhile. */
  readonly act: string
  readonly actor: Actor
  readonly time: Time
  /** Supersedes a holder that lives, too. */
  readonly isTakeOver?: boolean
  readonly isYielding?: true
  /** The lock at this offset of the state topic was watched for long enough: its holder counts as dead. */
  readonly deadLock?: bigint | undefined
  /**
   * Takes the runner's transactional id over as well, which ends a transaction that a dead or frozen runner left open: it would hold back whoever
   * reads the state for up to 20 s.
   */
  readonly supersedesRunner?: true
}

/** What `LinkSession.claim` needs for an act on that link. */
export function actOn(link: string, { actor, time, name, isTakeOver, isYielding }: Act): SessionOptions {
  return { link, kind: 'act', act: name, actor, time, isTakeOver, ...(isYielding === true ? { isYielding } : {}) }
}

/**
 * The right to act on a link (or to run it), held by a lock in the state topic and enforced by the destination's brokers: everything a session
 * writes goes through the link's transactional id for that kind, which the next holder takes over.
 */
export class LinkSession implements AsyncDisposable {
  readonly state: LinkState
  readonly #options: SessionOptions
  #since: string | undefined
  readonly #lost = new AbortController()
  #transactor: Transactor
  #queue: Promise<unknown> = Promise.resolve()
  #generation = 0
  #isTaken = false
  #renewing: { readonly stop: AbortController; readonly done: Promise<void> } | undefined

  private constructor(state: LinkState, options: SessionOptions, transactor: Transactor) {
    this.state = state
    this.#options = options
    this.#transactor = transactor
  }

  /**
   * Takes the lock. A holder whose process is gone from this machine, or whose lock is as old as `staleAfterMs` by the brokers' clock, is superseded;
   * so is any with `isTakeOver`.
   *
   * @throws GeorepError "conflict" GR-LINK-HELD when someone holds it, saying who, since when and doing what
   */
  static async claim(
    state: LinkState,
    options: SessionOptions,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<LinkSession> {
    const { link, kind } = options
    for (let attempt = 1; ; attempt++) {
      await state.glance({ signal })
      const before = state.lock(link, kind)
      if (before !== undefined && !givesWay(before, options)) await requireDead(state, before, options, signal)
      const transactor = await Transactor.open(state.cluster, transactionalId[kind](link), { signal })
      const session = new LinkSession(state, options, transactor)
      if (options.supersedesRunner === true) await refuseRunner(state, link, { signal })
      // From here on nobody else's write lands, so that what is read now is what holds.
      await state.refresh({ signal, link })
      const now = state.lock(link, kind)
      if (now !== undefined && !givesWay(now, options) && now.offset !== before?.offset) {
        throw held(options, now, await brokerNow(state.cluster, { signal }))
      }
      try {
        session.#since = await session.#append(new Map([[session.#lockKey, session.#lock()]]), { signal })
        return session
      } catch (error) {
        if (!(error instanceof FencedError) || attempt === attempts) throw notLocked(error, link, state.cluster.name)
      }
      // Somebody else takes the lock at the same moment, and was later than we: it is theirs, once they have written it.
      await options.time.wait(lookEveryMs, signal)
    }
  }

  /** Grows when the transactional id had to be taken again: what was decided on state read before then must be decided anew. */
  get generation(): number {
    return this.#generation
  }

  /** Aborted when the lock is lost to another. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /**
   * Writes the records and renews the lock, in one transaction. `null` deletes.
   *
   * When somebody passed through the transactional id without taking the lock, it is taken again and the write repeated. So it is when a broker went away
   * before it answered, for up to 15 s: what was written then is written again, unless somebody else has taken the lock since.
   *
   * @throws GeorepError "conflict" when the lock is no longer ours; nothing was written
   */
  async write(
    records: ReadonlyMap<string, StateRecord | null>,
    options: { readonly signal: AbortSignal },
  ): Promise<void> {
    await this.#inTurn(async () => {
      const all = new Map<string, StateRecord | null>([...records, [this.#lockKey, this.#lock()]])
      const { monotonic, wait } = this.#options.time
      const startedMs = monotonic()
      for (let taken = 0; ;) {
        try {
          await this.#append(all, options)
          return
        } catch (error) {
          if (error instanceof FencedError && ++taken < attempts) await this.#reclaim(options)
          else if (isBrokerGone(error) && monotonic() - startedMs < settleMs) await wait(lookEveryMs, options.signal)
          else throw error
        }
      }
    })
  }

  /**
   * Commits group offsets that were decided on in this generation.
   *
   * @returns per group the broker's refusal, or undefined when committed
   * @throws FencedError when the session has changed hands since: read the state again and decide anew
   */
  async commitOffsets(
    groups: ReadonlyMap<string, readonly OffsetToCommit[]>,
    options: { readonly signal: AbortSignal; readonly generation: number },
  ): Promise<ReadonlyMap<string, BrokerError | undefined>> {
    return await this.#inTurn(async () => {
      if (options.generation !== this.#generation) throw new FencedError('the session was renewed meanwhile')
      return await this.#transactor.commitOffsets(groups, options)
    })
  }

  /**
   * For an effect that the brokers do not refuse when the lock is another's: a topic made, a setting changed, a marker or an ACL written. Renews the
   * lock, which they do refuse, and then does it. `beforeWrite` holds a request back that leaves more than 2 s later, so that a process which was frozen
   * in between looks again. What stays possible: a request that leaves within those 2 s of a take-over.
   *
   * @throws GeorepError "conflict" GR-LINK-TAKEN when the lock is no longer ours; the effect was not begun, or not gone on with
   */
  async guarded<T>(
    effect: (options: { readonly signal: AbortSignal; readonly beforeWrite: () => void }) => Promise<T>,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<T> {
    for (;;) {
      const { monotonic, now } = this.#options.time
      const [confirmedMs, confirmedAt] = [monotonic(), now().getTime()]
      await this.write(new Map(), { signal })
      // The monotonic clock stands still while a machine sleeps, the other one does not.
      const beforeWrite = (): void => {
        const age = Math.max(monotonic() - confirmedMs, Math.abs(now().getTime() - confirmedAt))
        if (age > guardMs) throw new WriteRefused('the lock of the link was not confirmed for too long')
      }
      try {
        return await effect({ signal, beforeWrite })
      } catch (error) {
        if (!(error instanceof WriteRefused)) throw error
      }
    }
  }

  /** Renews the lock in the background until the session ends. Once is enough. */
  keepRenewed(): void {
    if (this.#renewing !== undefined) return
    const stop = new AbortController()
    const done = (async (): Promise<void> => {
      while (!isAborted(stop.signal)) {
        try {
          await this.#options.time.wait(renewEveryMs, stop.signal)
          await this.write(new Map(), { signal: withDeadline(stop.signal, staleAfterMs.act) })
        } catch (error) {
          // Anything else may pass; if it does not, the lock grows old, and the brokers refuse what is written after another has taken it.
          if (!(error instanceof GeorepError && error.kind === 'conflict')) continue
          this.#lost.abort(error)
          return
        }
      }
    })()
    this.#renewing = { stop, done }
  }

  /** Gives the lock back, if it is still ours. Never throws: who comes after finds the lock not renewed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#renewing?.stop.abort(new Error('the session ends'))
    await this.#renewing?.done
    const signal = AbortSignal.timeout(giveBackMs)
    await this.#inTurn(async () => {
      if (!this.#isTaken) await this.#append(new Map([[this.#lockKey, null]]), { signal })
    }).catch(() => undefined)
  }

  get #lockKey(): string {
    return stateKey.lock(this.#options.link, this.#options.kind)
  }

  #lock(): LockRecord {
    const { actor, act, isYielding = false } = this.#options
    const { owner, user, host, pid, scope } = actor
    return { v: 1, kind: 'lock', owner, user, host, pid, scope, act, isYielding, since: this.#since ?? null }
  }

  async #append(
    records: ReadonlyMap<string, StateRecord | null>,
    options: { readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    const { appendTimeMs } = await this.#transactor.append(
      statePartition,
      [...records].map(([key, value]) => ({
        key: Buffer.from(key),
        value: value === null ? null : stateValueFrom(value),
      })),
      { signal: options.signal, timestampMs: BigInt(this.#options.time.now().getTime()) },
    )
    return appendTimeMs === undefined ? undefined : new Date(Number(appendTimeMs)).toISOString()
  }

  async #reclaim(options: { readonly signal: AbortSignal }): Promise<void> {
    const { link, kind, actor } = this.#options
    this.#generation++
    this.#transactor = await Transactor.open(this.state.cluster, transactionalId[kind](link), options)
    await this.state.refresh({ ...options, link })
    const holder = this.state.lock(link, kind)?.value
    if (holder?.owner === actor.owner) return
    // The id is ours again, and with it the power to delete the other's lock.
    this.#isTaken = true
    throw takenError(this.#options, holder)
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work)
    this.#queue = turn.catch(() => undefined)
    return await turn
  }
}

/**
 * Takes the runner's transactional id over: group offsets and state that a runner has under way are refused from now on. A runner that lives takes
 * the id again, after which it reads the state before it writes.
 */
export async function refuseRunner(
  state: LinkState,
  link: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  await takeTransactionalId(state.cluster, transactionalId.runner(link), { signal, transactionTimeoutMs })
}

/** Does whoever holds this lock lose it to us without being looked at? */
function givesWay({ value }: HeldLock, { isTakeOver, isYielding, actor }: SessionOptions): boolean {
  // One that this run of georep holds is of an act that has ended, and that could not give it back in time.
  return isTakeOver === true || (value.isYielding && isYielding !== true) || value.owner === actor.owner
}

/** The holder's process was on this machine, and is not there any more. */
export function isHolderGone(holder: Pick<LockRecord, 'scope' | 'pid'>, actor: Actor): boolean {
  return holder.scope === actor.scope && !actor.isProcessAlive(holder.pid)
}

/**
 * Returns when the holder is taken for dead: its process is gone from this machine, its lock is old by the brokers' clock and is not renewed while we
 * watch, or it is given back meanwhile.
 *
 * @throws GeorepError "conflict" GR-LINK-HELD otherwise
 */
async function requireDead(
  state: LinkState,
  lock: HeldLock,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<void> {
  const { actor, time, link, kind } = options
  if (lock.offset === options.deadLock || isHolderGone(lock.value, actor)) return
  const now = await brokerNow(state.cluster, { signal })
  if (now.getTime() - lock.appendedAt.getTime() < staleAfterMs[kind]) throw held(options, lock, now)
  for (const start = time.monotonic(); time.monotonic() - start < watchMs;) {
    await time.wait(lookEveryMs, signal)
    await state.glance({ signal })
    const renewed = state.lock(link, kind)
    if (renewed === undefined) return
    if (renewed.offset !== lock.offset) throw held(options, renewed, await brokerNow(state.cluster, { signal }))
  }
}

function held({ link, kind }: SessionOptions, lock: HeldLock, now: Date): GeorepError {
  return heldError({ link, kind, staleAfterMs: staleAfterMs[kind] }, lock, now)
}
