import type { AclOperation, AclResource, Right } from '../core/acl.ts'
import type { Cluster } from './cluster.ts'
import { lookUpCoordinators } from './coordinators.ts'
import { lacking } from './denied.ts'
import { isDenied } from './error-codes.ts'
import { askPastGone } from './past-gone.ts'
import { clusterRights, operationsIn, topicRights } from './rights.ts'
import { createTopics } from './wire/messages/create-topics.ts'
import { describeGroups } from './wire/messages/describe-groups.ts'
import { endTxn } from './wire/messages/end-txn.ts'

interface Cancel {
  readonly signal: AbortSignal
}

type Operations = ReadonlyMap<string, ReadonlySet<AclOperation>>

/** In the way in which they are sent here they change nothing: an answer that is lost leaves nothing in doubt. */
const wouldCreate = { ...createTopics, isQuery: true } as const
const wouldEnd = { ...endTxn, isQuery: true } as const

/** Stands for several names, or for one that is not known. */
const isTemplate = /[*?<>]/

/**
 * Which of these rights our principal has, as the cluster tells beforehand; undefined where it does not, as of patterns and placeholders. Asking needs
 * no right and changes nothing, and what the rights are about need not be there yet. Without an authorizer nobody lacks anything.
 */
export async function heldRights(
  cluster: Cluster,
  asked: readonly Right[],
  options: Cancel,
): Promise<(right: Right) => boolean | undefined> {
  const rights = asked.filter(isOfOne)
  const creates = rights.filter(({ operation, resource }) => operation === 'Create' && resource.type === 'topic')
  const isClusterAsked = creates.length > 0 || rights.some(({ resource }) => resource.type === 'cluster')
  const [onCluster, topics, groups, ids] = await Promise.all([
    isClusterAsked ? clusterRights(cluster, options) : undefined,
    topicRights(cluster, namesOf('topic', rights), options),
    askPastGone(cluster, async () => await groupRights(cluster, namesOf('group', rights), options), options),
    writableIds(cluster, namesOf('transactionalId', rights), options),
  ])
  // Who may not describe the cluster is told nothing about it.
  const isTold = onCluster?.has('Describe') === true
  /** Who may create any topic needs it on none of them. */
  const isCreatable = (name: string): boolean | undefined => topics.get(name)?.has('Create') === true || (isTold ? onCluster.has('Create') : undefined) // prettier-ignore
  const untold = namesOf('topic', creates).filter((name) => isCreatable(name) === undefined)
  const creatable = await creatableTopics(cluster, untold, options)
  return (right) => {
    const { operation, resource } = right
    if (!isOfOne(right)) return undefined
    switch (resource.type) {
      case 'cluster':
        // Alter would bring Describe along.
        return isTold || operation === 'Describe' || operation === 'Alter' ? onCluster?.has(operation) : undefined
      case 'topic':
        if (operation !== 'Create') return topics.get(resource.name)?.has(operation)
        return isCreatable(resource.name) ?? creatable.has(resource.name)
      case 'group':
        return groups.get(resource.name)?.has(operation)
      case 'transactionalId':
        return operation === 'Write' ? ids.has(resource.name) : undefined
    }
  }
}

/** @throws DeniedError naming the first of these rights that our principal is known to lack */
export async function requireRights(cluster: Cluster, rights: readonly Right[], options: Cancel): Promise<void> {
  const isHeld = await heldRights(cluster, rights, options)
  const first = rights.find((right) => isHeld(right) === false)
  if (first !== undefined) throw lacking(cluster, first)
}

function isOfOne({ resource }: Right): boolean {
  return resource.type === 'cluster' || !isTemplate.test(resource.name)
}

function namesOf(type: Exclude<AclResource['type'], 'cluster'>, rights: readonly Right[]): readonly string[] {
  return [...new Set(rights.flatMap(({ resource }) => (resource.type === type ? [resource.name] : [])))]
}

/** Topics that we might make, were they not there: a broker says so before it looks for them. */
async function creatableTopics(
  cluster: Cluster,
  names: readonly string[],
  options: Cancel,
): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set()
  const topics = names.map((name) => ({ name, partitions: -1, replicationFactor: -1, assignments: [], configs: [] }))
  const request = { topics, timeoutMs: 10_000, validateOnly: true }
  const answer = await cluster.sendToController(wouldCreate, request, options)
  return new Set(answer.topics.filter(({ error }) => !isDenied(error)).map(({ name }) => name))
}

async function groupRights(cluster: Cluster, groups: readonly string[], options: Cancel): Promise<Operations> {
  const found = new Map<string, ReadonlySet<AclOperation>>()
  const { found: coordinators, denied } = await lookUpCoordinators(cluster, 'group', groups, 'Describe', options)
  for (const group of denied.keys()) found.set(group, new Set())
  await Promise.all(
    [...new Set(coordinators.values())].map(async (nodeId) => {
      const own = groups.filter((group) => coordinators.get(group) === nodeId)
      const request = { groups: own, includeAuthorizedOperations: true }
      for (const one of (await cluster.sendTo(nodeId, describeGroups, request, options)).groups) {
        const operations = isDenied(one.error) ? new Set<AclOperation>() : operationsIn(one.authorizedOperations)
        if (operations !== undefined) found.set(one.groupId, operations)
      }
    }),
  )
  return found
}

/** Ids that we may write to: others may not even try to end a transaction, and a producer that there is none of has none to end. */
async function writableIds(cluster: Cluster, ids: readonly string[], options: Cancel): Promise<ReadonlySet<string>> {
  const writable = new Set<string>()
  for (const transactionalId of ids) {
    const request = { transactionalId, producerId: -1n, producerEpoch: -1, isCommitted: false }
    const { error } = await cluster.sendToAny(wouldEnd, request, options)
    if (!isDenied(error)) writable.add(transactionalId)
  }
  return writable
}
