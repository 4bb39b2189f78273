import { type Ancestry, ancestryOf, type Loop, loopIn, type TopicPlace } from '../core/ancestry.ts'
import { messageOf } from '../core/errors.ts'
import { withDeadline } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { isOfCluster } from '../kafka/of-cluster.ts'
import { LinkState } from '../links/state.ts'
import type { Cancel, LinkTarget } from './engine.ts'

const askMs = 5_000

/**
 * Where topics come from, by the links of all clusters: those that end on a cluster are in its own state topic. Stopped mirrors are topics of their
 * own, and come from nowhere. What was read is kept: make one anew for each act, or look.
 */
export class Lineage {
  readonly #target: LinkTarget
  readonly #states = new Map<string, Promise<LinkState | string>>()
  #others: Promise<ReadonlyMap<string, Cluster>> | undefined

  constructor(target: LinkTarget) {
    this.#target = target
  }

  /** Asks the topic's own cluster, and those that feed it: no cluster that has nothing to do with it. */
  async of(place: TopicPlace, options: Cancel): Promise<Ancestry> {
    return await ancestryOf(place, async ({ clusterId, topic }) => {
      const state = await this.#stateOf(clusterId, options)
      if (typeof state === 'string') return state
      return state.links().flatMap((link) => {
        if (link.destination.clusterId !== clusterId) return []
        const mirror = state.mirror(link.name, topic)
        if (mirror === undefined || mirror.state.state === 'STOPPED') return []
        return [{ clusterId: link.source.clusterId, topic: mirror.sourceTopic }]
      })
    })
  }

  async #stateOf(clusterId: string, options: Cancel): Promise<LinkState | string> {
    const known = this.#states.get(clusterId) ?? this.#readState(clusterId, options)
    this.#states.set(clusterId, known)
    return await known
  }

  async #readState(clusterId: string, options: Cancel): Promise<LinkState | string> {
    const { link, source, destination } = this.#target
    const own = new Map([
      [link.source.clusterId, source],
      [link.destination.clusterId, destination],
    ])
    const cluster = own.get(clusterId) ?? (await this.#otherClusters(options)).get(clusterId)
    if (cluster === undefined) return `the cluster with the id ${clusterId}, which feeds it, cannot be asked for its links` // prettier-ignore
    const state = new LinkState(cluster)
    const deadline = withDeadline(options.signal, askMs)
    try {
      await state.glance({ signal: deadline })
      return state
    } catch (error) {
      options.signal.throwIfAborted()
      if (!deadline.aborted && !isOfCluster(error)) throw error
      return `cluster "${cluster.name}" cannot be asked for its links: ${messageOf(error)}`
    }
  }

  async #otherClusters(options: Cancel): Promise<ReadonlyMap<string, Cluster>> {
    this.#others ??= Promise.all(
      (this.#target.others ?? []).map(async (cluster) => {
        const deadline = withDeadline(options.signal, askMs)
        try {
          const { clusterId } = await cluster.metadata([], { signal: deadline })
          return [[clusterId, cluster] as const]
        } catch (error) {
          options.signal.throwIfAborted()
          if (!deadline.aborted && !isOfCluster(error)) throw error
          return []
        }
      }),
    ).then((found) => new Map(found.flat()))
    return await this.#others
  }
}

/** What a mirror of this name would close. */
export async function loopOf(
  lineage: Lineage,
  { link }: Pick<LinkTarget, 'link'>,
  names: { readonly sourceTopic: string; readonly mirrorTopic: string },
  options: Cancel,
): Promise<Loop> {
  const ancestry = await lineage.of({ clusterId: link.source.clusterId, topic: names.sourceTopic }, options)
  return loopIn(ancestry, names, link.destination)
}
