import { matcherFromGlobs } from './glob.ts'

/** For topics or groups whose names a glob matches. */
export interface LagObjective {
  readonly glob: string
  readonly lagMs: number
}

/** How far mirrors and groups may be behind. */
export interface LagObjectives {
  /** Of all that have none of their own; undefined when those have none. */
  readonly lagMs: number | undefined
  /** Of mirrors, by the source's name of the topic. */
  readonly topics: readonly LagObjective[]
  /** Of groups, in whatever topic. */
  readonly groups: readonly LagObjective[]
}

export interface LagLimit {
  readonly ms: number
  /** The objective that it is, by its place below `objectives`: `lag`, `topics.orders-*`; undefined when it was given for all. */
  readonly objective: string | undefined
}

/**
 * The objective of a mirror's topic, or of a group: the most specific that matches its name, else the one of all; undefined when it has none.
 *
 * A name without `*` and `?` is more specific than any with them, and of those the one with more other characters. Of equals the shortest lag holds, so that
 * the order in the file does not matter.
 */
export function limitFinder(
  { lagMs, ...own }: LagObjectives,
  of: 'topics' | 'groups',
): (name: string) => LagLimit | undefined {
  const ranked = own[of].toSorted(bySpecificity).map((one) => ({ ...one, isMatch: matcherFromGlobs([one.glob]) }))
  const ofAll = lagMs === undefined ? undefined : { ms: lagMs, objective: 'lag' }
  const known = new Map<string, LagLimit | undefined>()
  return (name) => {
    if (known.has(name)) return known.get(name)
    const found = ranked.find(({ isMatch }) => isMatch(name))
    const limit = found === undefined ? ofAll : { ms: found.lagMs, objective: `${of}.${found.glob}` }
    known.set(name, limit)
    return limit
  }
}

function bySpecificity(a: LagObjective, b: LagObjective): number {
  return rank(b.glob) - rank(a.glob) || a.lagMs - b.lagMs
}

function rank(glob: string): number {
  const literal = glob.replace(/[*?]/g, '').length
  return literal === glob.length ? Number.POSITIVE_INFINITY : literal
}
