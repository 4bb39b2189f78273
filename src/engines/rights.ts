import { type AclOperation, topicRight } from '../core/acl.ts'
import type { Subject } from '../core/filled-rights.ts'
import { rightsFor, type Verb } from '../core/permissions.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { requireRights } from '../kafka/held-rights.ts'
import { clusterRights } from '../kafka/rights.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Cancel, LinkClusters, LinkPlan } from './engine.ts'

/** The fence is a transaction marker, which a broker takes from whoever may Alter the cluster (Kafka 3.8 and newer) or has ClusterAction on it. */
export async function fenceRight(destination: Cluster, options: Cancel): Promise<LinkPlan['fence']> {
  const rights = await clusterRights(destination, options)
  if (rights === undefined) return 'unknown'
  return rights.has('Alter') || rights.has('ClusterAction') ? 'permitted' : 'notPermitted'
}

/**
 * What an act needs on mirror topics, looked at before anything is done: a mirror that was fenced, or marked, and may not be finished would be stuck.
 *
 * @param needed on each; AlterConfigs counts only where the mirror has settings that wait for its end
 * @throws DeniedError
 */
export async function requireTopicRights(
  destination: Cluster,
  mirrors: readonly { readonly record: Pick<MirrorRecord, 'mirrorTopic' | 'deferredConfigs'> }[],
  needed: readonly AclOperation[],
  options: Cancel,
): Promise<void> {
  const rights = mirrors.flatMap(({ record: { mirrorTopic, deferredConfigs } }) => {
    const isClosing = Object.keys(deferredConfigs).length > 0
    const own = needed.filter((operation) => operation !== 'AlterConfigs' || isClosing)
    return own.map((operation) => topicRight(operation, mirrorTopic))
  })
  await requireRights(destination, rights, options)
}

/**
 * All that a verb needs by the table that is documented, looked at before it does anything: one that fails half-way for want of a right has kept
 * producers off for nothing. But for the fence on the destination, for which there is more than one right: see `fenceRight`.
 *
 * @throws DeniedError
 */
export async function requireListed(
  clusters: Partial<LinkClusters>,
  verb: Verb,
  on: Subject,
  options: Cancel,
): Promise<void> {
  for (const side of ['source', 'destination'] as const) {
    const cluster = clusters[side]
    if (cluster === undefined) continue
    const rights = rightsFor([verb], side, on, { isOptionalLeftOut: true }).filter(
      ({ resource: { type } }) => side === 'source' || type !== 'cluster',
    )
    await requireRights(cluster, rights, options)
  }
}
