import {
  type AclBinding,
  type AclResourceType,
  bindingKey,
  bindingText,
  type BoundOperation,
} from '../core/acl-binding.ts'
import { type AclResource, clusterRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import type { Outcome } from '../core/outcome.ts'
import { isAborted, until, withDeadline } from '../core/time.ts'
import type { Cluster } from './cluster.ts'
import { deniedError } from './denied.ts'
import { BrokerError, Code, codeName, isDenied } from './error-codes.ts'
import { operationCodes } from './rights.ts'
import { changing, type Effect } from './topics.ts'
import { createAcls } from './wire/messages/create-acls.ts'
import { deleteAcls } from './wire/messages/delete-acls.ts'
import { describeAcls } from './wire/messages/describe-acls.ts'

const lookEveryMs = 100
const knownTimeoutMs = 15_000

// Kafka's ResourceType, PatternType, AclOperation and AclPermissionType.
const any = 1
const match = 2
const types = { topic: 2, group: 3, cluster: 4, transactionalId: 5, delegationToken: 6, user: 7 } as const satisfies Record<AclResourceType, number> // prettier-ignore
const patterns = { literal: 3, prefixed: 4 } as const satisfies Record<AclBinding['resource']['pattern'], number>
const permissions = { Deny: 2, Allow: 3 } as const satisfies Record<AclBinding['permission'], number>
const operations: Readonly<Record<BoundOperation, number>> = {
  ...operationCodes,
  All: 2,
  CreateTokens: 13,
  DescribeTokens: 14,
  TwoPhaseCommit: 15,
}

/** What a cluster's authorizer holds, as one broker knows it by now. */
export interface HeldAcls {
  readonly bindings: readonly AclBinding[]
  /** Those of kinds that this georep does not know, one text each. */
  readonly unknown: readonly string[]
}

/**
 * All ACLs of a cluster.
 *
 * @param options.denying only denials that apply to this
 * @throws DeniedError; GeorepError "unsupported" GR-ACL-NO-AUTHORIZER: without one there are none to tell of, which is not the same as none
 */
export async function allAcls(
  cluster: Cluster,
  {
    nodeId,
    signal,
    denying,
  }: { readonly signal: AbortSignal; readonly nodeId?: number; readonly denying?: AclResource },
): Promise<HeldAcls> {
  const all = { type: any, name: null, patternType: any, principal: null, host: null, operation: any, permission: any }
  const request = denying === undefined ? all : { ...all, ...patternsOver(denying), permission: permissions.Deny }
  const answer =
    nodeId === undefined
      ? await cluster.sendToAny(describeAcls, request, { signal })
      : await cluster.sendTo(nodeId, describeAcls, request, { signal })
  const error = errorOf(cluster, 'ACLs', answer, 'Describe')
  if (error !== undefined) throw error
  const bindings: AclBinding[] = []
  const unknown: string[] = []
  for (const { type, name, patternType, acls } of answer.resources) {
    const resource = { type: nameOf(types, type), name, pattern: nameOf(patterns, patternType) }
    for (const { principal, host, operation, permission } of acls) {
      const bound = { operation: nameOf(operations, operation), permission: nameOf(permissions, permission) }
      if (isKnown(resource) && isKnown(bound)) bindings.push({ resource, principal, host, ...bound })
      else unknown.push(`${principal}: permission ${permission}, operation ${operation} on resource type ${type} "${name}", pattern type ${patternType}`) // prettier-ignore
    }
  }
  return { bindings, unknown }
}

/**
 * Creates ACLs; one that is there already stays as it is. The controller has them when this returns, the brokers soon.
 *
 * @returns one outcome an ACL, in their order
 * @throws DeniedError; GeorepError "unsupported" GR-ACL-NO-AUTHORIZER; "unknown" when no answer came
 */
export async function createBindings(
  cluster: Cluster,
  bindings: readonly AclBinding[],
  options: Effect,
): Promise<readonly Outcome[]> {
  if (bindings.length === 0) return []
  const request = { creations: bindings.map(entryOf) }
  const { results } = await changing(cluster, 'creating ACLs', () => cluster.sendToAny(createAcls, request, options))
  return bindings.map((binding, index) => outcomeOf(cluster, binding, results[index]))
}

/**
 * Deletes exactly these ACLs, and no other that looks like them. What is not there is not missed.
 *
 * @returns and throws as createBindings
 */
export async function deleteBindings(
  cluster: Cluster,
  bindings: readonly AclBinding[],
  options: Effect,
): Promise<readonly Outcome[]> {
  if (bindings.length === 0) return []
  const request = { filters: bindings.map(entryOf) }
  const { results } = await changing(cluster, 'deleting ACLs', () => cluster.sendToAny(deleteAcls, request, options))
  return bindings.map((binding, index) => {
    const result = results[index]
    const failed = result?.matching.find(({ error }) => error !== 0)
    return outcomeOf(cluster, binding, result?.error === 0 ? (failed ?? result) : result)
  })
}

/**
 * Waits until every broker goes by a change: the controller has taken it when it answers, and each of them hears of it then.
 *
 * @param there, gone keys of ACLs, see `bindingKey`
 * @param options.isOnce each is asked once, and not waited for
 * @returns false when some broker had not heard of it after 15 s
 * @throws DeniedError; GeorepError "unsupported" GR-ACL-NO-AUTHORIZER
 */
export async function isKnownToAll(
  cluster: Cluster,
  { there, gone }: { readonly there: readonly string[]; readonly gone: readonly string[] },
  options: { readonly signal: AbortSignal; readonly isOnce?: boolean },
): Promise<boolean> {
  const { brokers } = await cluster.metadata([], options)
  const deadline = withDeadline(options.signal, knownTimeoutMs)
  const isKnown = async (nodeId: number): Promise<boolean> => {
    const { bindings } = await allAcls(cluster, { signal: deadline, nodeId })
    const held = new Set(bindings.map(bindingKey))
    return there.every((key) => held.has(key)) && !gone.some((key) => held.has(key))
  }
  try {
    for (const { nodeId } of brokers) {
      if (options.isOnce === true) {
        if (!(await isKnown(nodeId))) return false
      } else
        await until(async () => await isKnown(nodeId), { everyMs: lookEveryMs, wait: cluster.wait, signal: deadline })
    }
    return true
  } catch (error) {
    options.signal.throwIfAborted()
    if (!isAborted(deadline)) throw error
    return false
  }
}

function patternsOver(resource: AclResource): { readonly type: number; readonly name: string; readonly patternType: number } {
  return { type: types[resource.type], name: resource.type === 'cluster' ? 'kafka-cluster' : resource.name, patternType: match }
} // prettier-ignore

/** Literal and prefixed as filters mean that one pattern, not what it matches. */
function entryOf({ resource, principal, host, operation, permission }: AclBinding) {
  return {
    type: types[resource.type],
    name: resource.name,
    patternType: patterns[resource.pattern],
    principal,
    host,
    operation: operations[operation],
    permission: permissions[permission],
  }
}

interface Answer {
  readonly error: number
  readonly errorMessage: string | null
}

function outcomeOf(cluster: Cluster, binding: AclBinding, answer: Answer | undefined): Outcome {
  if (answer === undefined) return { kind: 'unknown', why: 'the broker did not tell what became of it' }
  const error = errorOf(cluster, `${bindingText(binding)} for ${binding.principal}`, answer, 'Alter')
  if (error === undefined) return { kind: 'applied' }
  // What holds for one of them holds for all.
  if (!(error instanceof GeorepError) || error.kind !== 'failed') throw error
  return { kind: 'failed', why: `${codeName(answer.error)}${answer.errorMessage === null ? '' : `: ${answer.errorMessage}`}` } // prettier-ignore
}

function errorOf(
  cluster: Cluster,
  what: string,
  { error, errorMessage }: Answer,
  needed: 'Alter' | 'Describe',
): Error | undefined {
  if (error === 0) return undefined
  if (isDenied(error)) return deniedError(cluster, error, clusterRight(needed))
  if (error === Code.securityDisabled) {
    return new GeorepError('unsupported', 'GR-ACL-NO-AUTHORIZER', `cluster "${cluster.name}" has no authorizer`, {
      stateNow: 'whether anybody may do anything there is not told by ACLs; nothing was changed',
      next: 'set authorizer.class.name on its brokers first',
    })
  }
  const { message } = new BrokerError(`${what} on cluster "${cluster.name}"`, error, errorMessage)
  return new GeorepError('failed', 'GR-BROKER-REFUSED', message)
}

function nameOf<Name extends string>(codes: Readonly<Record<Name, number>>, code: number): Name | undefined {
  return (Object.keys(codes) as Name[]).find((name) => codes[name] === code)
}

function isKnown<T extends object>(value: T): value is { [Key in keyof T]: NonNullable<T[Key]> } {
  return Object.values(value).every((one) => one !== undefined)
}
