import type { PlannedCommit } from '../core/offset-plan.ts'
import type { Time } from '../core/time.ts'

/** Brokers take more only when they were started anew: it is tried again after this time. */
const againMs = 600_000

/** How much the destination takes beside a commit (`offset.metadata.max.bytes`), as far as its refusals have told. It counts as strings do here, in UTF-16. */
export class MetadataLimit {
  readonly #time: Pick<Time, 'monotonic'>
  #refusedLength = Number.POSITIVE_INFINITY
  #untilMs = 0

  constructor(time: Pick<Time, 'monotonic'>) {
    this.#time = time
  }

  /** The commit, without what stands beside it where that would be refused. */
  within(commit: PlannedCommit): PlannedCommit {
    return this.isPast(commit) ? { ...commit, metadata: '' } : commit
  }

  isPast({ metadata }: Pick<PlannedCommit, 'metadata'>): boolean {
    return metadata.length >= this.#refusedLength && this.#time.monotonic() < this.#untilMs
  }

  /** One of these was refused: the longest of them, whichever else. */
  refused(commits: readonly { readonly metadata?: string }[]): void {
    const now = this.#time.monotonic()
    if (now >= this.#untilMs) {
      this.#refusedLength = Number.POSITIVE_INFINITY
      this.#untilMs = now + againMs
    }
    const longest = Math.max(...commits.map(({ metadata = '' }) => metadata.length))
    // Nothing beside a commit is never too much.
    if (longest > 0) this.#refusedLength = Math.min(this.#refusedLength, longest)
  }
}
