import { grantCommand, type Right, rightText } from '../../core/acl.ts'
import { needsOf, rightsFor, type Side, type Verb, verbs } from '../../core/permissions.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import type { ClusterDescription } from '../../kafka/describe.ts'
import { topicRights } from '../../kafka/rights.ts'
import { LinkState, stateTopic } from '../../links/state.ts'
import { whyOr } from '../observed.ts'

/** One verb on one side of a link. */
export interface VerbPermission {
  readonly verb: Verb
  readonly side: Side
  /** Needed, and known not to be permitted. */
  readonly lacks: readonly { readonly right: string; readonly grant: string }[]
  /** Needed, and not told beforehand. */
  readonly unknown: readonly string[]
}

/** What each verb would lack on the cluster, as far as the cluster tells. Without an authorizer nothing is lacking. */
export async function permissionsOn(
  cluster: Cluster,
  { hasAuthorizer, rights }: Pick<ClusterDescription, 'hasAuthorizer' | 'rights'>,
  options: { readonly signal: AbortSignal },
): Promise<readonly VerbPermission[]> {
  const mirrorTopics = hasAuthorizer ? await mirrorsOn(cluster, options.signal) : []
  const onTopics = hasAuthorizer ? await topicRights(cluster, [stateTopic, ...mirrorTopics], options) : new Map<string, ReadonlySet<string>>() // prettier-ignore
  const mirrors = mirrorTopics.length === 0 ? ['<mirror>'] : mirrorTopics
  const subject = { link: '<link>', sourceTopics: ['<topic>'], mirrorTopics: mirrors, groups: ['<group>'] }
  const isHeld = ({ operation, resource }: Right): boolean | undefined => {
    if (!hasAuthorizer) return true
    // Who may not describe the cluster is told nothing about it.
    if (resource.type === 'cluster') return rights?.has('Describe') === true || operation === 'Describe' ? rights?.has(operation) : undefined // prettier-ignore
    return resource.type === 'topic' ? onTopics.get(resource.name)?.has(operation) : undefined
  }
  return verbs.flatMap((verb) =>
    (['source', 'destination'] as const)
      .filter((side) => needsOf(verb).some((need) => need.side === side && need.without === undefined))
      .map((side): VerbPermission => {
        const needed = rightsFor([verb], side, subject, { isOptionalLeftOut: true })
        return {
          verb,
          side,
          lacks: needed
            .filter((right) => isHeld(right) === false)
            .map((right) => ({ right: rightText(right), grant: grantCommand(right, cluster) })),
          unknown: needed.filter((right) => isHeld(right) === undefined).map(rightText),
        }
      }),
  )
}

/** Topics that links mirror to this cluster; none when its state may not be read. */
async function mirrorsOn(cluster: Cluster, signal: AbortSignal): Promise<readonly string[]> {
  const state = new LinkState(cluster)
  if (typeof (await whyOr(state.glance({ signal }), signal)) === 'string') return []
  return [...new Set(state.links().flatMap(({ name }) => state.mirrors(name).map(({ mirrorTopic }) => mirrorTopic)))]
}
