import { clusterRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import type { Cluster } from './cluster.ts'
import { deniedError } from './denied.ts'
import { BrokerError, Code, isDenied } from './error-codes.ts'
import { changing, type Effect } from './topics.ts'
import { createAcls } from './wire/messages/create-acls.ts'
import { deleteAcls } from './wire/messages/delete-acls.ts'
import { describeAcls } from './wire/messages/describe-acls.ts'

const topicResource = 2
const patterns = { match: 2, literal: 3 } as const
const anything = 1
/** DENY Write for every user, from any host: deny wins over whatever is allowed. */
const denial = { principal: 'User:*', host: '*', operation: 4, permission: 2 } as const
export const denialText = 'DENY Write for User:*'

export interface TopicAcls {
  /** There is exactly that denial on the topic by its literal name. */
  readonly isWriteDenied: boolean
  /** All ACLs that apply to the topic: by its name, by a prefix of it, and by `*`. */
  readonly count: number
}

/**
 * The ACLs that apply to a topic, as one broker knows them by now: it hears of a change after the controller has made it. KIP-290.
 *
 * @throws DeniedError; GeorepError "unsupported" GR-NO-AUTHORIZER
 */
export async function topicAcls(
  cluster: Cluster,
  topic: string,
  { nodeId, signal }: { readonly signal: AbortSignal; readonly nodeId?: number },
): Promise<TopicAcls> {
  const any = { principal: null, host: null, operation: anything, permission: anything } as const
  const request = { type: topicResource, name: topic, patternType: patterns.match, ...any }
  const answer =
    nodeId === undefined
      ? await cluster.sendToAny(describeAcls, request, { signal })
      : await cluster.sendTo(nodeId, describeAcls, request, { signal })
  assertDone(cluster, `ACLs of topic "${topic}"`, answer, 'Describe')
  const isDenial = answer.resources
    .filter(({ name, patternType }) => name === topic && patternType === patterns.literal)
    .flatMap(({ acls }) => acls)
    .some(({ principal, host, operation, permission }) =>
      principal === denial.principal && host === denial.host && operation === denial.operation && permission === denial.permission) // prettier-ignore
  return { isWriteDenied: isDenial, count: answer.resources.flatMap(({ acls }) => acls).length }
}

/**
 * Denies Write on the topics to every user. Where that is so already nothing changes. The controller has it when this returns, the brokers soon.
 *
 * @throws DeniedError; GeorepError "unsupported" GR-NO-AUTHORIZER; "unknown" when no answer came
 */
export async function denyWrites(cluster: Cluster, topics: readonly string[], options: Effect): Promise<void> {
  if (topics.length === 0) return
  const request = { creations: topics.map(denialOf) }
  const answer = await changing(cluster, 'creating ACLs', () => cluster.sendToAny(createAcls, request, options))
  for (const [index, topic] of topics.entries())
    assertDone(cluster, `an ACL of topic "${topic}"`, answer.results[index], 'Alter')
}

/**
 * Takes exactly those denials back, and no other ACL. What is not there is not missed.
 *
 * @throws GeorepError as denyWrites
 */
export async function undenyWrites(cluster: Cluster, topics: readonly string[], options: Effect): Promise<void> {
  if (topics.length === 0) return
  const request = { filters: topics.map(denialOf) }
  const answer = await changing(cluster, 'deleting ACLs', () => cluster.sendToAny(deleteAcls, request, options))
  for (const [index, topic] of topics.entries()) {
    const result = answer.results[index]
    assertDone(cluster, `an ACL of topic "${topic}"`, result, 'Alter')
    for (const deleted of result.matching) assertDone(cluster, `an ACL of topic "${topic}"`, deleted, 'Alter')
  }
}

function denialOf(topic: string) {
  return { type: topicResource, name: topic, patternType: patterns.literal, ...denial } as const
}

function assertDone<R extends { readonly error: number; readonly errorMessage: string | null }>(
  cluster: Cluster,
  what: string,
  result: R | undefined,
  needed: 'Alter' | 'Describe',
): asserts result is R {
  const error = result?.error ?? -1
  if (error === 0) return
  if (isDenied(error)) throw deniedError(cluster, error, clusterRight(needed))
  if (error !== Code.securityDisabled) {
    const { message } = new BrokerError(`${what} on cluster "${cluster.name}"`, error, result?.errorMessage)
    throw new GeorepError('failed', 'GR-BROKER-REFUSED', message)
  }
  const why = `cluster "${cluster.name}" has no authorizer: ACLs bind nobody there`
  throw new GeorepError('unsupported', 'GR-NO-AUTHORIZER', why, {
    stateNow: 'nothing was changed',
    next: 'fence the source with --fence hook:<command>, or stop its producers and say so with --fence none',
  })
}
