/** How often a coordinator looks for transactions whose time has run out: transaction.abort.timed.out.transaction.cleanup.interval.ms. */
const coordinatorLooksMs = 10_000

/** States of a transaction that is open, or being ended. */
const openStates: ReadonlySet<string> = new Set(['Ongoing', 'PrepareCommit', 'PrepareAbort', 'PrepareEpochFence'])

/** A transaction that is open in a partition, and what its coordinator has of it. */
export interface OpenTransactionView {
  /** How long its first record has stood in the partition; undefined when not known. */
  readonly ageMs: number | undefined
  /** As the coordinator names it. */
  readonly state: string
  readonly timeoutMs: number
  /** By the coordinator, how long it is open; undefined when it has none open. */
  readonly openForMs: number | undefined
  /** Whether the partition is part of what the coordinator has open, and it is of the same producer epoch. */
  readonly isPart: boolean
}

/**
 * Whether a transaction is open for longer than its time-out because nobody ends it: its coordinator does not, or has none open that the partition is part of
 * (a hanging transaction, KIP-664). Not of one that was decided and gets its markers: to abort that would take what was committed.
 */
export function isLeftOpen({ ageMs, state, timeoutMs, openForMs, isPart }: OpenTransactionView): boolean {
  if (timeoutMs <= 0) return false
  const mostMs = timeoutMs + coordinatorLooksMs
  // One that ended between the two answers is not older than that.
  if (!openStates.has(state) || !isPart) return ageMs !== undefined && ageMs > mostMs
  return state === 'Ongoing' && openForMs !== undefined && Math.min(openForMs, ageMs ?? openForMs) > mostMs
}
