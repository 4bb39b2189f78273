import { GeorepError } from '../core/errors.ts'
import { inChainOrder, type Placed, type Problem } from './chain.ts'
import { staleMs, withFolderLock, type LockDeps } from './lock.ts'
import { foreignIn, problemsOf, readHistory, type History } from './read.ts'
import { stubText } from './record.ts'
import { sweepScratch, writeWhole } from './write.ts'

/** Which records stay whole: the newest so many, or those that ended after a time. */
export type Keep = { readonly kind: 'newest'; readonly count: number } | { readonly kind: 'since'; readonly ms: number }

export interface PrunePlan {
  /** Records that become stubs, the first saved first. */
  readonly prunable: readonly Placed[]
  /** Records that stay whole. */
  readonly kept: number
  /** Stubs from before. */
  readonly stubs: number
  readonly problems: readonly Problem[]
  /** What is in the folder and not georep's. */
  readonly foreign: readonly string[]
}

/** What pruning would do to the folder as it is now. @throws GeorepError as `readHistory` */
export async function planPrune(folder: string, keep: Keep): Promise<PrunePlan> {
  return planOf(await readHistory(folder), keep)
}

/**
 * Puts a stub in the place of every record that need not be kept, one atomic rename each, so that the chain holds whenever it is cut short; the same
 * call again does the rest. Looks anew under the folder's lock. Calls `onPruned` after each.
 *
 * @throws GeorepError "refused" GR-HISTORY-BROKEN, nothing changed, when the chain is not intact and `isBrokenAccepted` is false; "conflict"
 *   GR-HISTORY-LOCK when it was suspended and somebody else writes by now; the signal's reason between two records
 */
export async function pruneRuns(
  folder: string,
  keep: Keep,
  deps: LockDeps,
  options: {
    readonly isBrokenAccepted: boolean
    readonly signal: AbortSignal
    readonly onPruned: (one: Placed) => void
  },
): Promise<void> {
  await withFolderLock(folder, deps, async (hold) => {
    const { prunable, problems } = planOf(await readHistory(folder), keep)
    if (!options.isBrokenAccepted) requireIntact(folder, problems)
    const prunedAt = deps.time.now().toISOString()
    await sweepScratch(folder, { olderThan: deps.time.now().getTime() - staleMs })
    for (const one of prunable) {
      options.signal.throwIfAborted()
      await writeWhole(folder, one.name, stubText(one.run, prunedAt), { newId: deps.newId, hold })
      options.onPruned(one)
    }
  })
}

/** @throws GeorepError "refused" GR-HISTORY-BROKEN, naming the first problem */
export function requireIntact(folder: string, problems: readonly Problem[]): void {
  const [first] = problems
  if (first === undefined) return
  throw new GeorepError('refused', 'GR-HISTORY-BROKEN', `the chain of "${folder}" is broken: ${textOfProblem(first)}`, {
    stateNow: `${problems.length === 1 ? 'this is the only problem' : `${problems.length} problems in all`}; nothing was changed`,
    next: 'verify it, look for a copy, and export what is there; --accept-broken prunes all the same',
  })
}

/** `"3f9a": it was changed: ...`. */
export function textOfProblem({ id, name, what }: Problem): string {
  return `${id === undefined ? name : `"${id}"`}: ${what}`
}

function planOf(history: History, keep: Keep): PrunePlan {
  const ordered = inChainOrder(history.placed)
  const whole = ordered.filter(({ run }) => run.prunedAt === undefined)
  const prunable =
    keep.kind === 'newest'
      ? whole.slice(0, Math.max(0, whole.length - keep.count))
      : whole.filter(({ run }) => Date.parse(run.endedAt) < keep.ms)
  return {
    prunable,
    kept: whole.length - prunable.length,
    stubs: ordered.length - whole.length,
    problems: problemsOf(history),
    foreign: foreignIn(history),
  }
}
