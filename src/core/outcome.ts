/** What became of one item of a bulk act. Failure of the call is an exception; failure of an item is a value. */
export type Outcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'unchanged'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }
  /** `next`: the command that grants what was lacking. */
  | { readonly kind: 'failed'; readonly why: string; readonly next?: string }
  /** A request left and no answer came, or the effect could not be observed. */
  | { readonly kind: 'unknown'; readonly why: string }
  /** Asked for and still going on when the time was up. */
  | { readonly kind: 'pending'; readonly why: string }
  /** Done but for what is named, with which the same command goes on; `next` comes before that. */
  | { readonly kind: 'incomplete'; readonly why: string; readonly next?: string }

/** What the outcomes amount to; cli/exit.ts turns it into an exit code. */
export type Verdict = 'done' | 'failed' | 'refused' | 'unknown' | 'incomplete' | 'timedOut'

/** The worst thing that happened decides, and not knowing is worse than having failed. */
export function verdictOf(outcomes: readonly Outcome[]): Verdict {
  const seen = new Set(outcomes.map((outcome) => outcome.kind))
  if (seen.has('unknown')) return 'unknown'
  if (seen.has('incomplete')) return 'incomplete'
  const isPartlyDone = seen.has('applied') || seen.has('unchanged')
  if (seen.has('failed')) return isPartlyDone || seen.has('pending') ? 'incomplete' : 'failed'
  if (seen.has('refused')) return seen.has('applied') || seen.has('pending') ? 'incomplete' : 'refused'
  if (seen.has('pending')) return 'timedOut'
  return 'done'
}
