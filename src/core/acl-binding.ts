/** What Kafka's authorizers know ACLs about. */
export const aclResourceTypes = ['topic', 'group', 'cluster', 'transactionalId', 'delegationToken', 'user'] as const
export type AclResourceType = (typeof aclResourceTypes)[number]

/** Operations in ACLs: more than georep needs itself, see `AclOperation`. */
export const boundOperations = [
  'All',
  'Read',
  'Write',
  'Create',
  'Delete',
  'Alter',
  'Describe',
  'ClusterAction',
  'DescribeConfigs',
  'AlterConfigs',
  'IdempotentWrite',
  'CreateTokens',
  'DescribeTokens',
  'TwoPhaseCommit',
] as const
export type BoundOperation = (typeof boundOperations)[number]

/** What an ACL is about. `*` as a literal stands for all, a prefix for all that begin so (KIP-290). */
export interface AclPattern {
  readonly type: AclResourceType
  readonly name: string
  readonly pattern: 'literal' | 'prefixed'
}

/** One ACL, as an authorizer keeps it. */
export interface AclBinding {
  readonly resource: AclPattern
  readonly principal: string
  readonly host: string
  readonly operation: BoundOperation
  readonly permission: 'Allow' | 'Deny'
}

/** Equal for equal ACLs, and for no others. */
export function bindingKey({ resource, principal, host, operation, permission }: AclBinding): string {
  return JSON.stringify([resource.type, resource.pattern, resource.name, principal, host, operation, permission])
}

const typeNames = { topic: 'topic', group: 'group', transactionalId: 'transactional id', delegationToken: 'delegation token', user: 'user' } as const // prettier-ignore

/** `ALLOW Write on topic "orders"`, `DENY Read on groups that begin with "app-" from 10.0.0.1`; the principal is left out. */
export function bindingText({ resource, host, operation, permission }: AclBinding): string {
  const from = host === '*' ? '' : ` from ${host}`
  return `${permission.toUpperCase()} ${operation} on ${patternText(resource)}${from}`
}

function patternText({ type, name, pattern }: AclPattern): string {
  if (type === 'cluster') return 'the cluster'
  if (pattern === 'prefixed') return `${typeNames[type]}s that begin with "${name}"`
  return name === '*' ? `every ${typeNames[type]}` : `${typeNames[type]} "${name}"`
}

/** Does an ACL about this apply to that name? */
export function appliesTo({ name: own, pattern }: AclPattern, name: string): boolean {
  if (pattern === 'prefixed') return name.startsWith(own)
  return own === '*' || own === name
}
