/** A topic, by the id of its cluster: two names of the file may stand for one cluster. */
export interface TopicPlace {
  readonly clusterId: string
  readonly topic: string
}

export interface Ancestry {
  /** The topics that a topic is mirrored from, directly and by way of others; itself when its records go round already. */
  readonly from: readonly TopicPlace[]
  /** Why there may be more; empty when there are none. */
  readonly unknown: readonly string[]
}

/**
 * Where a topic comes from.
 *
 * @param parentsOf the topics that one is mirrored from, or why that is not known; asked once for each place
 */
export async function ancestryOf(
  place: TopicPlace,
  parentsOf: (place: TopicPlace) => Promise<readonly TopicPlace[] | string>,
): Promise<Ancestry> {
  const from = new Map<string, TopicPlace>()
  const unknown = new Set<string>()
  const open = [place]
  for (const one of open) {
    const parents = await parentsOf(one)
    if (typeof parents === 'string') {
      unknown.add(parents)
      continue
    }
    for (const parent of parents) {
      const key = `${parent.clusterId}/${parent.topic}`
      if (from.has(key)) continue
      from.set(key, parent)
      open.push(parent)
    }
  }
  return { from: [...from.values()], unknown: [...unknown] }
}

/**
 * What a mirror would close.
 *
 * - loop: the mirror topic is one that the source topic comes from
 * - comesBack: the source topic comes from another topic of the destination
 * - unknown: some cluster that feeds it could not be asked
 */
export type Loop = { readonly kind: 'none' } | { readonly kind: 'loop' | 'comesBack' | 'unknown'; readonly why: string }

/** What a mirror of a topic with this ancestry would close on the destination. */
export function loopIn(
  { from, unknown }: Ancestry,
  { sourceTopic, mirrorTopic }: { readonly sourceTopic: string; readonly mirrorTopic: string },
  destination: { readonly name: string; readonly clusterId: string },
): Loop {
  const { name } = destination
  const home = from.filter(({ clusterId }) => clusterId === destination.clusterId)
  if (home.some(({ topic }) => topic === mirrorTopic)) {
    return { kind: 'loop', why: `"${sourceTopic}" is itself mirrored from "${mirrorTopic}" on "${name}": its records would go round` }
  }
  const [first] = home
  if (first !== undefined) return { kind: 'comesBack', why: `"${sourceTopic}" comes from "${first.topic}" on "${name}": a copy of it would come back` }
  if (unknown.length === 0) return { kind: 'none' }
  return { kind: 'unknown', why: `whether "${sourceTopic}" comes from "${name}" is not known: ${unknown.join('; ')}` }
} // prettier-ignore
