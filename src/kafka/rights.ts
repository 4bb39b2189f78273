import type { Cluster } from './cluster.ts'
import { BrokerError } from './error-codes.ts'
import { describeCluster } from './wire/messages/describe-cluster.ts'

/** Codes of Kafka's ACL operations; the bit of this number stands for it, KIP-430. */
const operations = {
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
} as const
export type ClusterOperation = keyof typeof operations

const notKnown = -(2 ** 31)

/** What our principal may do with the cluster as a whole; undefined when the cluster does not say. */
export async function clusterRights(
  cluster: Cluster,
  options: { readonly signal: AbortSignal },
): Promise<ReadonlySet<ClusterOperation> | undefined> {
  const answer = await cluster.sendToAny(describeCluster, { includeAuthorizedOperations: true }, options)
  if (answer.error !== 0) throw new BrokerError(`cluster "${cluster.name}"`, answer.error, answer.errorMessage)
  if (answer.authorizedOperations === notKnown) return undefined
  const names = Object.keys(operations) as ClusterOperation[]
  return new Set(names.filter((name) => (answer.authorizedOperations & (1 << operations[name])) !== 0))
}
