import { GeorepError } from '../core/errors.ts'
import { isAborted, type Time, withDeadline } from '../core/time.ts'
import type { BrokerError } from '../kafka/error-codes.ts'
import { takeTransactionalId } from '../kafka/producers.ts'
import { FencedError, type OffsetToCommit, Transactor, transactionTimeoutMs } from '../kafka/transactor.ts'
import { type LockKind, type LockRecord, stateKey, type StateRecord, stateValueFrom } from './records.ts'
import { type LinkState, type StateEntry, statePartition } from './state.ts'

/** A holder that lives renews this often … */
export const renewEveryMs = 1_000
/** … and one that was not seen to renew for this long is taken for dead. The brokers refuse it from then on, so that a mistake costs it its work, not data. */
const staleAfterMs = 10_000
const lookEveryMs = 200
const attempts = 3

/** Who acts, and whether a process of the same kernel and process namespace is still there. */
export interface Actor {
  /** Unique for each run of georep. */
  readonly owner: string
  readonly host: string
  readonly pid: number
  readonly scope: string
  readonly isProcessAlive: (pid: number) => boolean
}

/** Transactional ids: taking one over is what makes the brokers refuse its former holder. */
export const transactionalId = {
  act: (link: string) => `georep-act-${link}`,
  runner: (link: string) => `georep-runner-${link}`,
} as const satisfies Record<LockKind, (link: string) => string>

export interface SessionOptions {
  readonly link: string
  readonly kind: LockKind
  /** The verb, for whoever is refused meanwhile. */
  readonly act: string
  readonly actor: Actor
  readonly time: Time
  /**
   * Takes the runner's transactional id over as well, which ends a transaction that a dead or frozen runner left open: it would hold back whoever
   * reads the state for up to 20 s.
   */
  readonly supersedesRunner?: true
}

/**
 * The right to act on a link (or to run it), held by a lock in the state topic and enforced by the destination's brokers: everything a session
 * writes goes through the link's transactional id for that kind, which the next holder takes over.
 */
export class LinkSession implements AsyncDisposable {
  readonly state: LinkState
  readonly #options: SessionOptions
  readonly #since: string
  readonly #lost = new AbortController()
  #transactor: Transactor
  #queue: Promise<unknown> = Promise.resolve()
  #generation = 0
  #renewing: { readonly stop: AbortController; readonly done: Promise<void> } | undefined

  private constructor(state: LinkState, options: SessionOptions, transactor: Transactor) {
    this.state = state
    this.#options = options
    this.#transactor = transactor
    this.#since = options.time.now().toISOString()
  }

  /**
   * Takes the lock. A holder whose process is gone from this machine, or that is not seen to renew for 10 s, is superseded.
   *
   * @throws GeorepError "conflict" when someone holds it, saying who, since when and doing what
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
      if (before !== undefined && (await isAlive(state, before, options, signal))) throw held(options, before.value)
      const transactor = await Transactor.open(state.cluster, transactionalId[kind](link), { signal })
      const session = new LinkSession(state, options, transactor)
      if (options.supersedesRunner === true) await refuseRunner(state, link, { signal })
      // From here on nobody else's write lands, so that what is read now is what holds.
      await state.refresh({ signal, link })
      const now = state.lock(link, kind)
      if (now !== undefined && now.offset !== before?.offset) throw held(options, now.value)
      try {
        await session.#append(new Map([[session.#lockKey, session.#lock()]]), { signal })
        return session
      } catch (error) {
        if (!(error instanceof FencedError) || attempt === attempts) throw error
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
   * When somebody passed through the transactional id without taking the lock, it is taken again and the write repeated.
   *
   * @throws GeorepError "conflict" when the lock is no longer ours; nothing was written
   */
  async write(
    records: ReadonlyMap<string, StateRecord | null>,
    options: { readonly signal: AbortSignal },
  ): Promise<void> {
    await this.#inTurn(async () => {
      const all = new Map<string, StateRecord | null>([...records, [this.#lockKey, this.#lock()]])
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#append(all, options)
          return
        } catch (error) {
          if (!(error instanceof FencedError) || attempt === attempts) throw error
          await this.#reclaim(options)
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

  /** Renews the lock in the background until the session ends. */
  keepRenewed(): void {
    const stop = new AbortController()
    const done = (async (): Promise<void> => {
      while (!isAborted(stop.signal)) {
        try {
          await this.#options.time.wait(renewEveryMs, stop.signal)
          await this.write(new Map(), { signal: withDeadline(stop.signal, staleAfterMs) })
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
    const signal = AbortSignal.timeout(3_000)
    await this.#inTurn(async () => {
      await this.#append(new Map([[this.#lockKey, null]]), { signal })
    }).catch(() => undefined)
  }

  get #lockKey(): string {
    return stateKey.lock(this.#options.link, this.#options.kind)
  }

  #lock(): LockRecord {
    const { owner, host, pid, scope } = this.#options.actor
    return { v: 1, kind: 'lock', owner, host, pid, scope, act: this.#options.act, since: this.#since }
  }

  async #append(
    records: ReadonlyMap<string, StateRecord | null>,
    options: { readonly signal: AbortSignal },
  ): Promise<void> {
    await this.#transactor.append(
      statePartition,
      [...records].map(([key, value]) => ({
        key: Buffer.from(key),
        value: value === null ? null : stateValueFrom(value),
      })),
      { signal: options.signal, timestampMs: BigInt(this.#options.time.now().getTime()) },
    )
  }

  async #reclaim(options: { readonly signal: AbortSignal }): Promise<void> {
    const { link, kind, actor } = this.#options
    this.#generation++
    this.#transactor = await Transactor.open(this.state.cluster, transactionalId[kind](link), options)
    await this.state.refresh({ ...options, link })
    const holder = this.state.lock(link, kind)?.value
    if (holder?.owner !== actor.owner) throw taken(this.#options, holder)
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

/** A lock by one holder moves on in the topic as long as the holder lives; no two clocks are compared. */
async function isAlive(
  state: LinkState,
  lock: StateEntry<LockRecord>,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { actor, time, link, kind } = options
  if (lock.value.scope === actor.scope && !actor.isProcessAlive(lock.value.pid)) return false
  for (const start = time.monotonic(); time.monotonic() - start < staleAfterMs;) {
    await time.wait(lookEveryMs, signal)
    await state.glance({ signal })
    const now = state.lock(link, kind)
    if (now === undefined) return false
    if (now.offset !== lock.offset) return true
  }
  return false
}

function held({ link, kind }: SessionOptions, holder: LockRecord): GeorepError {
  const what = kind === 'runner' ? `link "${link}" already has a runner` : `link "${link}" is held by someone else`
  return new GeorepError('conflict', 'GR-LINK-HELD', what, {
    stateNow: `${holder.host} (pid ${holder.pid}) holds it for "${holder.act}" since ${holder.since}`,
    next: kind === 'runner' ? `georep link describe ${link}` : 'wait for it to end, then run the command again',
  })
}

function taken({ link, act }: SessionOptions, holder: LockRecord | undefined): GeorepError {
  const by =
    holder === undefined ? 'the lock is gone' : `${holder.host} (pid ${holder.pid}) holds it for "${holder.act}"`
  return new GeorepError('conflict', 'GR-LINK-TAKEN', `link "${link}" was taken over while "${act}" was at work`, {
    stateNow: `${by}; the brokers refuse what this process would write`,
    next: `georep link describe ${link}`,
  })
}
