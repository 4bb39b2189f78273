/** Why a call failed, in the terms of what an operator's script must do next. One exit code each: see cli/exit.ts. */
export type ErrorKind =
  | 'usage' // bad flags
  | 'config' // bad file
  | 'refused' // a safety check said no; nothing was changed
  | 'unsupported' // cannot be done on this cluster, or by this engine; nothing was changed
  | 'conflict' // someone else holds the link, or the plan is stale
  | 'unreachable' // no answer from a cluster, and nothing was changed
  | 'denied' // the cluster does not permit it
  | 'failed' // tried, not done
  | 'unknown' // a request left and no answer came: observe before doing anything
  | 'incomplete' // some applied, some not
  | 'timedOut' // still going on
  | 'interrupted'

/** A stable name that scripts and runbooks may rely on. */
export type ErrorCode = `GR-${string}`

export interface ErrorDetails {
  /** What holds now, one sentence a line. */
  readonly stateNow?: string
  /** What it means for the data. */
  readonly data?: string
  /** The command to type next, or a sentence that says what to do. */
  readonly next?: string
  readonly cause?: unknown
}

/**
 * A failure the operator can act on. Anything else that is thrown is a bug and keeps its stack.
 *
 * Message: lower case, names the thing in quotes, no full stop.
 */
export class GeorepError extends Error {
  override readonly name = 'GeorepError'
  readonly kind: ErrorKind
  readonly code: ErrorCode
  readonly stateNow: string | undefined
  readonly data: string | undefined
  readonly next: string | undefined

  constructor(kind: ErrorKind, code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.kind = kind
    this.code = code
    this.stateNow = details.stateNow
    this.data = details.data
    this.next = details.next
  }

  /** The same error with these details in place of its own, or beside them. */
  with({ kind = this.kind, ...details }: ErrorDetails & { readonly kind?: ErrorKind }): GeorepError {
    const { code, message, stateNow, data, next, cause } = this
    const own = {
      ...(stateNow === undefined ? {} : { stateNow }),
      ...(data === undefined ? {} : { data }),
      ...(next === undefined ? {} : { next }),
      cause,
    }
    return new GeorepError(kind, code, message, { ...own, ...details })
  }
}

/** The message of whatever was thrown, for a sentence that quotes it. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // What Node says of it, that an operation was aborted, is of no use to an operator.
  return isTimeout(error) ? 'no answer in time' : error.message
}

/** A time-out of `AbortSignal.timeout`. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}

/**
 * What was thrown, taken apart: `await using` throws a `SuppressedError` when cleaning up fails after the work has failed. What the operator must
 * know first is the failure of the work.
 */
export function failuresOf(thrown: unknown): { readonly work: unknown; readonly cleanup: readonly unknown[] } {
  const cleanup: unknown[] = []
  let work = thrown
  // By its name: Node 20 has no such class, and what the compiler puts in its place is none either.
  while (work instanceof Error && work.name === 'SuppressedError' && 'suppressed' in work && 'error' in work) {
    cleanup.push(work.error)
    work = work.suppressed
  }
  return { work, cleanup }
}

export function assertNever(value: never): never {
  throw new TypeError(`unhandled case: ${JSON.stringify(value)}`)
}
