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

/** A signal that is aborted with `signal`, or with a `TimeoutError` after `ms`, whichever comes first. */
export function withDeadline(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)])
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
  promise.catch(() => undefined) // nobody else may be there to hear of it
  signal.throwIfAborted()
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort)
    })
  })
}

/** `signal.aborted`, asked anew: the compiler takes the property for a constant between two looks. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}
