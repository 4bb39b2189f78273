/** Wall clock, for what people read and what is stored. Durations come from a `Monotonic`. */
export type Now = () => Date

/** Milliseconds from an arbitrary origin, never going back. */
export type Monotonic = () => number

/** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>

/** Clock and waiting, handed down so that hours of a drill are tested in milliseconds. */
export interface Time {
  readonly now: Now
  readonly monotonic: Monotonic
  readonly wait: Wait
}

/** What a signal of `anySignal` is made of lives as long as it does. */
const sources = new WeakMap<AbortSignal, readonly AbortSignal[]>()

/**
 * `AbortSignal.any`, which in Node 20 (nodejs/node#57736) holds what it is given weakly: a time-out that nobody else holds is collected before its time
 * has come, and whoever waits with it waits for ever.
 */
export function anySignal(...signals: readonly AbortSignal[]): AbortSignal {
  // eslint-disable-next-line no-restricted-properties -- the one place that keeps what it is made of
  const any = AbortSignal.any([...signals])
  sources.set(any, signals)
  return any
}

/** A signal that is aborted with `signal`, or with a `TimeoutError` after `ms`, whichever comes first. */
export function withDeadline(signal: AbortSignal, ms: number): AbortSignal {
  return anySignal(signal, AbortSignal.timeout(ms))
}

/** Polls until `done` answers true. Rejects with the signal's reason; never gives up by itself. */
export async function until(
  done: () => Promise<boolean>,
  options: { readonly everyMs: number; readonly wait: Wait; readonly signal: AbortSignal },
): Promise<void> {
  while (!(await done())) await options.wait(options.everyMs, options.signal)
}

/** The promise, or a rejection with the signal's reason when that comes first. What runs below is not stopped by it. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) promise.catch(() => undefined) // nobody else may be there to hear of it
  signal.throwIfAborted()
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error)
    }
    const over = (): void => {
      signal.removeEventListener('abort', onAbort)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(over, over)
    promise.then(resolve, reject)
  })
}

/** `signal.aborted`, asked anew: the compiler takes the property for a constant between two looks. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}
