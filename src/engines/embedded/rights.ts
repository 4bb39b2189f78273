import { type AclOperation, topicRight } from '../../core/acl.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { DeniedError } from '../../kafka/denied.ts'
import { Code } from '../../kafka/error-codes.ts'
import { clusterRights, topicRights } from '../../kafka/rights.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { Cancel, LinkPlan } from '../engine.ts'

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
  const rights = await topicRights(destination, mirrors.map(({ record }) => record.mirrorTopic), options) // prettier-ignore
  for (const { record } of mirrors) {
    const has = rights.get(record.mirrorTopic)
    const isClosing = Object.keys(record.deferredConfigs).length > 0
    const lacking = needed.find(
      (operation) => has?.has(operation) === false && (operation !== 'AlterConfigs' || isClosing),
    )
    if (lacking === undefined) continue
    throw new DeniedError(destination, topicRight(lacking, record.mirrorTopic), Code.topicAuthorizationFailed)
  }
}
