import type { Cluster } from '../../kafka/cluster.ts'
import { clusterRights } from '../../kafka/rights.ts'
import type { Cancel, LinkPlan } from '../engine.ts'

/** The fence is a transaction marker, which a broker takes from whoever may Alter the cluster (Kafka 3.8 and newer) or has ClusterAction on it. */
export async function fenceRight(destination: Cluster, options: Cancel): Promise<LinkPlan['fence']> {
  const rights = await clusterRights(destination, options)
  if (rights === undefined) return 'unknown'
  return rights.has('alter') || rights.has('clusterAction') ? 'permitted' : 'notPermitted'
}
