import { matcherFromGlobs } from '../core/glob.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { stateTopic } from './state-topic.ts'

/** The link whose runner carries the offsets of this group on this topic of the cluster; undefined when none does. */
export type CarriedBy = (group: string, topic: string) => string | undefined

/** Which offsets on a cluster are not to be moved there, because a runner copies them from a link's source. */
export async function carriedOffsets(
  cluster: Cluster,
  { signal }: { readonly signal: AbortSignal },
): Promise<CarriedBy> {
  const { topics } = await cluster.metadata([stateTopic], { signal, needs: 'Read' })
  if (!topics.has(stateTopic)) return () => undefined
  // Here: not every cluster keeps links, and what reads them takes its time to load.
  const { LinkState } = await import('./state.ts')
  const state = new LinkState(cluster)
  await state.refresh({ signal })
  const links = state.links().map((link) => ({
    name: link.name,
    isOfLink: matcherFromGlobs(link.groups),
    topics: new Set(state.mirrors(link.name).filter((one) => one.state.state !== 'STOPPED').map(({ mirrorTopic }) => mirrorTopic)), // prettier-ignore
  }))
  return (group, topic) => links.find(({ isOfLink, topics }) => topics.has(topic) && isOfLink(group))?.name
}

export function carriedText(link: string): string {
  return `its offsets are copied from the source of link "${link}": move it there, or stop the mirror first`
}
