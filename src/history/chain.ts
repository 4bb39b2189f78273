import { headFileName, type ReadHead } from './head.ts'
import { fileNameOf, type RunSummary } from './record.ts'

/** A record in its place: a file of the folder, or a line of an export. */
export interface Placed {
  /** The name of its file, without folders. */
  readonly name: string
  readonly run: RunSummary
}

export interface Problem {
  /** The record where the chain does not hold; undefined where it is a file that holds none. */
  readonly id: string | undefined
  readonly name: string
  readonly what: string
}

/**
 * Every place where the records are not one chain, from the first to the one that the head names: one that was changed, is missing, was copied, or
 * was renamed. Empty when it is intact. A record that was saved after the one the head names is no break: its save was cut short.
 *
 * @param unreadable the ids of records that are there, and cannot be read
 */
export function chainProblems(
  placed: readonly Placed[],
  head: ReadHead,
  unreadable: ReadonlySet<string> = new Set(),
): readonly Problem[] {
  const byHash = new Set(placed.map(({ run }) => run.hash))
  const byId = countsOf(placed.map(({ run }) => run.id))
  const claims = countsOf(placed.map(({ run }) => run.previous))
  const problems: Problem[] = []
  const at = ({ name, run }: Placed, what: string): void => {
    problems.push({ id: run.id, name, what })
  }
  const lacks = (id: string): string => (unreadable.has(id) ? 'cannot be read' : 'is missing')
  const changed = (id: string | null | undefined): Placed | undefined => placed.find(({ run }) => run.id === id)
  for (const one of placed) {
    const { run, name } = one
    const expected = fileNameOf(run)
    if (name !== expected) at(one, `its file is not named after it: that would be ${expected}`)
    if ((byId.get(run.id) ?? 0) > 1) at(one, 'another record has the same id')
    else if ((claims.get(run.previous) ?? 0) > 1)
      at(one, 'another record claims the same place after the one before it')
    if (run.previous === null || byHash.has(run.previous)) continue
    const before = changed(run.previousId)
    if (before !== undefined) at(before, `it was changed: "${run.id}", saved after it, names it by another hash`)
    else if (typeof run.previousId === 'string')
      at(one, `the record before it, "${run.previousId}", ${lacks(run.previousId)}`)
    else at(one, 'the record before it is missing, or was changed')
  }
  if (head.kind === 'unreadable') problems.push({ id: undefined, name: headFileName, what: head.why })
  if (head.kind === 'head' && !byHash.has(head.head.hash)) {
    const { id } = head.head
    const newest = changed(id)
    if (newest !== undefined) at(newest, `it was changed: ${headFileName} names it by another hash`)
    else problems.push({ id, name: headFileName, what: `the record saved last, "${id}", ${lacks(id)}` })
  }
  return problems
}

/** From the first saved to the last, by the chain and not by any clock; where it is broken, the pieces by the time they ended. */
export function inChainOrder(placed: readonly Placed[]): readonly Placed[] {
  const hashes = new Set(placed.map(({ run }) => run.hash))
  const after = new Map<string, Placed[]>()
  const starts: Placed[] = []
  for (const one of placed) {
    const { previous } = one.run
    if (previous === null || !hashes.has(previous)) starts.push(one)
    else after.set(previous, [...(after.get(previous) ?? []), one])
  }
  const byTime = (a: Placed, b: Placed): number => (a.run.endedAt < b.run.endedAt ? -1 : 1)
  const ordered = new Set<Placed>()
  const waiting = starts.sort(byTime)
  for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
    if (ordered.has(one)) continue
    ordered.add(one)
    waiting.unshift(...(after.get(one.run.hash) ?? []).sort(byTime))
  }
  return [...ordered]
}

/**
 * The record that the next one comes after: what the head names, or what was saved after that when a save was cut short.
 * The head is believed although no record has its hash: the next record then shows that it was lost or changed.
 */
export function tipOf(
  placed: readonly Placed[],
  head: ReadHead,
): { readonly id: string; readonly hash: string } | null {
  if (head.kind !== 'head') {
    const followed = new Set(placed.map(({ run }) => run.previous))
    const ends = placed.filter(({ run }) => !followed.has(run.hash)) // several, when somebody deleted or copied files
    return ends.sort((a, b) => (a.run.endedAt < b.run.endedAt ? 1 : -1))[0]?.run ?? null
  }
  let tip: { readonly id: string; readonly hash: string } = head.head
  const passed = new Set<string>()
  while (!passed.has(tip.hash)) {
    passed.add(tip.hash)
    tip = placed.find(({ run }) => run.previous === tip.hash)?.run ?? tip
  }
  return tip
}

function countsOf<T>(values: readonly T[]): ReadonlyMap<T, number> {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
