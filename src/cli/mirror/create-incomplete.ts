import type { Outcome } from '../../core/outcome.ts'

/** What became of one topic, and whether making its mirror was begun. */
export interface Creation {
  readonly outcome: Outcome
  readonly isBegun: boolean
}

/** What is said of the state when not every mirror that was asked for is there; undefined where the outcomes say all of it. */
export function stateAfterCreate(creations: readonly Creation[]): string | undefined {
  // It is written down as PENDING before its topic is made.
  const mayBePending = creations.some(({ outcome, isBegun }) => isBegun && outcome.kind !== 'applied')
  if (mayBePending) return 'mirrors may be PENDING: the same command goes on with them'
  return creations.some(({ outcome }) => outcome.kind === 'applied') ? undefined : 'no mirror was created'
}
