import { matcherFromGlobs } from '../core/glob.ts'
import type { Observed } from './observed.ts'
import { printable } from './printable.ts'

// Whoever names a topic or a group wants it to be looked at: that there is none is said, so that a name that was mistyped is not taken for good news.

/** A sentence where nothing that the links mirror, or are to mirror, is like `topic`, by the source's names. `observed` has all mirrors. */
export function unmatchedTopic({ links }: Observed, topic: string | undefined): string | undefined {
  if (topic === undefined) return undefined
  const isLike = matcherFromGlobs([topic])
  const views = links.flatMap((one) => (one.kind === 'observed' ? [one.view] : []))
  const mirrors = views.flatMap((view) => view.mirrors.map(({ record }) => record))
  if (mirrors.some(({ sourceTopic }) => isLike(sourceTopic))) return undefined
  if (views.some(({ unmirrored }) => unmirrored.some((one) => isLike(one.topic)))) return undefined
  const named = mirrors.find(({ mirrorTopic }) => isLike(mirrorTopic))
  const hint = named === undefined ? '' : `; topics are named as on the source, where "${printable(named.mirrorTopic)}" is "${printable(named.sourceTopic)}"` // prettier-ignore
  return `no mirror that was seen is of a topic like "${printable(topic)}"${hint}`
}

/** A sentence for each of `asked`, names or patterns, that none of the groups that were seen is like. */
export function unmatchedGroups(asked: readonly string[] | undefined, seen: ReadonlySet<string>): readonly string[] {
  return unlike(asked, seen).map(
    (glob) => `no group of the links that was seen to have committed in these topics is like "${printable(glob)}"`,
  )
}

/** Those of `asked`, names or patterns, that none of the names is like. */
export function unlike(asked: readonly string[] | undefined, names: ReadonlySet<string>): readonly string[] {
  return (asked ?? []).filter((glob) => ![...names].some(matcherFromGlobs([glob])))
}
