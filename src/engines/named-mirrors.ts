import type { MirrorRecord } from '../links/records.ts'
import type { LinkState } from '../links/state.ts'

/** The mirrors of a link that are meant by their topics, or all of them; and what was named and is none of its mirrors. */
export function namedMirrors(
  state: LinkState,
  link: string,
  topics: readonly string[] | 'all',
): { readonly wanted: readonly MirrorRecord[]; readonly missing: readonly string[] } {
  const all = state.mirrors(link)
  if (topics === 'all') return { wanted: all, missing: [] }
  const isNamed = new Set(topics)
  return {
    wanted: all.filter(({ mirrorTopic }) => isNamed.has(mirrorTopic)),
    missing: [...isNamed].filter((topic) => all.every(({ mirrorTopic }) => mirrorTopic !== topic)),
  }
}
