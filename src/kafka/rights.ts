import type { AclOperation } from '../core/acl.ts'
import type { Cluster } from './cluster.ts'
import { BrokerError, Code, isDenied } from './error-codes.ts'
import { describeAcls } from './wire/messages/describe-acls.ts'
import { describeCluster } from './wire/messages/describe-cluster.ts'
import { metadata } from './wire/messages/metadata.ts'
import { noUuid } from './wire/schema.ts'

/** Codes of Kafka's ACL operations, as a broker takes them in an ACL; the bit of this number stands for it, KIP-430. */
export const operationCodes: Readonly<Record<AclOperation, number>> = {
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  ClusterAction: 9,
  DescribeConfigs: 10,
  AlterConfigs: 11,
  IdempotentWrite: 12,
}

const notKnown = -(2 ** 31)
/** Of Kafka's ResourceType, PatternType, AclOperation and AclPermissionType: whatever it is. */
const any = 1

/**
 * What our principal may do with the cluster as a whole; undefined when the cluster does not say. Without Describe on the cluster it is told that it
 * may do nothing, whatever else it was granted.
 */
export async function clusterRights(
  cluster: Cluster,
  options: { readonly signal: AbortSignal },
): Promise<ReadonlySet<AclOperation> | undefined> {
  const { signal } = options
  const answer = await cluster.sendToAny(describeCluster, { includeAuthorizedOperations: true }, { signal })
  if (answer.error !== 0) throw new BrokerError(`cluster "${cluster.name}"`, answer.error, answer.errorMessage)
  return operationsIn(answer.authorizedOperations)
}

/**
 * What our principal may do with each of these topics, be they there or not; nothing for one that it may not even see.
 *
 * @returns a topic of which the cluster does not say it is left out
 */
export async function topicRights(
  cluster: Cluster,
  topics: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, ReadonlySet<AclOperation>>> {
  if (topics.length === 0) return new Map()
  const request = {
    topics: topics.map((name) => ({ topicId: noUuid, name })),
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: true,
  }
  const answer = await cluster.sendToAny(metadata, request, options)
  const found = new Map<string, ReadonlySet<AclOperation>>()
  for (const { name, error, authorizedOperations } of answer.topics) {
    if (name === null) continue
    const rights = isDenied(error) ? new Set<AclOperation>() : operationsIn(authorizedOperations)
    if (rights !== undefined) found.set(name, rights)
  }
  return found
}

/** Whether ACLs bind anybody there. */
export async function hasAuthorizer(cluster: Cluster, options: { readonly signal: AbortSignal }): Promise<boolean> {
  // Nobody has ACLs on that, so that the answer is short.
  const request = { type: any, name: 'georep', patternType: any, principal: null, host: null, operation: any, permission: any } // prettier-ignore
  const { error, errorMessage } = await cluster.sendToAny(describeAcls, request, options)
  if (error === 0 || isDenied(error)) return true
  if (error === Code.securityDisabled) return false
  throw new BrokerError(`ACLs of cluster "${cluster.name}"`, error, errorMessage)
}

/** The operations that an answer names (KIP-430); undefined when it does not tell. */
export function operationsIn(bits: number): ReadonlySet<AclOperation> | undefined {
  if (bits === notKnown) return undefined
  const names = Object.keys(operationCodes) as AclOperation[]
  return new Set(names.filter((name) => (bits & (1 << operationCodes[name])) !== 0))
}
