import type { Right } from '../core/acl.ts'
import type { Cluster } from './cluster.ts'
import { clusterRights, hasAuthorizer, topicRights } from './rights.ts'

/**
 * Tells of a right whether our principal has it; undefined where the cluster does not say, as of groups and transactional ids. Without an authorizer
 * nobody lacks anything.
 *
 * @param topics those that will be asked about
 */
export async function heldRights(
  cluster: Cluster,
  topics: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<(right: Right) => boolean | undefined> {
  if (!(await hasAuthorizer(cluster, options))) return () => true
  const [onCluster, onTopics] = await Promise.all([
    clusterRights(cluster, options),
    topicRights(cluster, topics, options),
  ])
  return ({ operation, resource }) => {
    if (resource.type === 'topic') return onTopics.get(resource.name)?.has(operation)
    if (resource.type !== 'cluster') return undefined
    // Who may not describe the cluster is told nothing about it.
    return onCluster?.has('Describe') === true || operation === 'Describe' ? onCluster?.has(operation) : undefined
  }
}
