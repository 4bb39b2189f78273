/** By what a record is known again on another cluster. */
export interface Fingerprint {
  readonly timestampMs: bigint
  /** The broker gave the time, not the producer: a copy has another one (KIP-32). */
  readonly isLogAppendTime: boolean
  /** Of key, value and headers. */
  readonly hash: string
}

/** A record where it stands. */
export interface SeenRecord extends Fingerprint {
  readonly offset: bigint
}

/** Nothing speaks against the one being a copy of the other. A time that a broker gave does not count. */
export function isAlike(a: Fingerprint, b: Fingerprint): boolean {
  if (a.hash !== b.hash) return false
  return a.isLogAppendTime || b.isLogAppendTime || a.timestampMs === b.timestampMs
}
