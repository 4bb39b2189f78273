import { type AclBinding, appliesTo } from './acl-binding.ts'

/** An operation of Kafka's authorizer, as `kafka-acls` takes it. */
export type AclOperation =
  | 'Read'
  | 'Write'
  | 'Create'
  | 'Delete'
  | 'Alter'
  | 'Describe'
  | 'ClusterAction'
  | 'DescribeConfigs'
  | 'AlterConfigs'
  | 'IdempotentWrite'

/** What a right is about. A name that ends with `*` stands for every name that begins so (KIP-290). */
export type AclResource =
  { readonly type: 'topic' | 'group' | 'transactionalId'; readonly name: string } | { readonly type: 'cluster' }

/** What a principal must be allowed to do on one cluster. */
export interface Right {
  readonly operation: AclOperation
  readonly resource: AclResource
}

export const topicRight = (operation: AclOperation, name: string): Right => ({ operation, resource: { type: 'topic', name } }) // prettier-ignore
export const groupRight = (operation: AclOperation, name: string): Right => ({ operation, resource: { type: 'group', name } }) // prettier-ignore
export const idRight = (operation: AclOperation, name: string): Right => ({ operation, resource: { type: 'transactionalId', name } }) // prettier-ignore
export const clusterRight = (operation: AclOperation): Right => ({ operation, resource: { type: 'cluster' } })

/** `Write on topic "orders"`, `Alter on the cluster`. */
export function rightText({ operation, resource }: Right): string {
  if (resource.type === 'cluster') return `${operation} on the cluster`
  const type = resource.type === 'transactionalId' ? 'transactional id' : resource.type
  return `${operation} on ${type} "${resource.name}"`
}

const flags = { topic: '--topic', group: '--group', transactionalId: '--transactional-id' } as const

/**
 * The command with which whoever administers the cluster grants a right.
 *
 * @param to the principal, such as `User:georep`; undefined when it is not known here
 */
export function grantCommand(
  { operation, resource }: Right,
  to: { readonly principal: string | undefined; readonly bootstrap: readonly string[] },
): string {
  const head = `kafka-acls.sh --bootstrap-server ${to.bootstrap.join(',')} --command-config admin.properties`
  const grant = `${head} --add --allow-principal ${quoted(to.principal ?? '<principal>')} --operation ${operation}`
  if (resource.type === 'cluster') return `${grant} --cluster`
  const { name, pattern } = patternOf(resource.name)
  const suffix = pattern === 'prefixed' ? ' --resource-pattern-type prefixed' : ''
  return `${grant} ${flags[resource.type]} ${quoted(name)}${suffix}`
}

/** The command with which whoever administers the cluster takes denials of Write back: of each of these principals, on each of these topics. */
export function letWriteCommand(
  topics: readonly string[],
  principals: readonly string[],
  { bootstrap }: { readonly bootstrap: readonly string[] },
): string {
  const head = `kafka-acls.sh --bootstrap-server ${bootstrap.join(',')} --command-config admin.properties --remove --force`
  const who = principals.map((principal) => `--deny-principal ${quoted(principal)}`)
  return [head, ...who, '--operation Write', ...topics.map((topic) => `--topic ${quoted(topic)}`)].join(' ')
}

/** The command with which whoever administers the cluster takes one denial back, and nothing else. */
export function removeDenialCommand(
  { resource: { type, name, pattern }, principal, host, operation }: AclBinding,
  { bootstrap }: { readonly bootstrap: readonly string[] },
): string {
  const head = `kafka-acls.sh --bootstrap-server ${bootstrap.join(',')} --command-config admin.properties --remove --force`
  const from = host === '*' ? '' : ` --deny-host ${quoted(host)}`
  const denial = `${head} --deny-principal ${quoted(principal)}${from} --operation ${operation}`
  if (!isNamed(type)) return `${denial} --cluster`
  return `${denial} ${flags[type]} ${quoted(name)}${pattern === 'prefixed' ? ' --resource-pattern-type prefixed' : ''}`
}

function isNamed(type: string): type is keyof typeof flags {
  return type in flags
}

/**
 * The denials that keep a principal from what it may be granted: in Kafka a DENY wins. Without Describe nothing that we do with a topic, group or id is answered.
 *
 * @param principal where it is not known, those for everybody alone
 */
export function denialsOf(
  { operation, resource }: Right,
  principal: string | undefined,
  bindings: readonly AclBinding[],
): readonly AclBinding[] {
  const denied = ['All', operation, ...(resource.type === 'cluster' ? [] : ['Describe'])]
  return bindings.filter(
    (one) =>
      one.permission === 'Deny' &&
      (one.principal === principal || one.principal === 'User:*') &&
      denied.includes(one.operation) &&
      one.resource.type === resource.type &&
      (resource.type === 'cluster' || appliesTo(one.resource, resource.name)),
  )
}

/** How Kafka writes the name of a resource down: `*` alone is a literal that stands for all. */
export function patternOf(name: string): { readonly name: string; readonly pattern: 'literal' | 'prefixed' } {
  return name.length > 1 && name.endsWith('*')
    ? { name: name.slice(0, -1), pattern: 'prefixed' }
    : { name, pattern: 'literal' }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
