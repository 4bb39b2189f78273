import { letWriteCommand } from './acl.ts'
import { type AclBinding, appliesTo, bindingText } from './acl-binding.ts'

// Who may write to a mirror topic beside the link's runner, by the rules of Kafka's authorizer: DENY wins over ALLOW, and who has no ALLOW is refused.

/** Kafka's name for all principals, of whatever type. */
export const everyPrincipal = 'User:*'
const everyHost = '*'

/** What ACLs make of one topic. */
export type Protection =
  /** Nobody but the one principal may write, and super users, who are not asked. */
  | { readonly kind: 'protected' }
  /** These may write as well, and can be denied it by name. */
  | { readonly kind: 'open'; readonly writers: readonly string[] }
  /** No denial by name keeps all others off. */
  | { readonly kind: 'notPossible'; readonly why: string }

/** The ACLs about topics, by the topics that they apply to. */
export class TopicBindings {
  readonly #byName = new Map<string, AclBinding[]>()
  readonly #others: readonly AclBinding[]

  constructor(bindings: readonly AclBinding[]) {
    const about = bindings.filter(({ resource }) => resource.type === 'topic')
    const isOfOne = ({ resource }: AclBinding): boolean => resource.pattern === 'literal' && resource.name !== '*'
    for (const one of about.filter(isOfOne)) {
      this.#byName.set(one.resource.name, [...(this.#byName.get(one.resource.name) ?? []), one])
    }
    this.#others = about.filter((one) => !isOfOne(one))
  }

  of(topic: string): readonly AclBinding[] {
    return [...(this.#byName.get(topic) ?? []), ...this.#others.filter(({ resource }) => appliesTo(resource, topic))]
  }
}

/**
 * Whether only this principal may write to the topic.
 *
 * @param isOpenByDefault whether everybody may where no ACL applies; true also where that is not known
 */
export function protectionOf(
  topic: string,
  bindings: TopicBindings,
  { principal, isOpenByDefault }: { readonly principal: string; readonly isOpenByDefault: boolean },
): Protection {
  const all = bindings.of(topic)
  if (all.length === 0) {
    if (!isOpenByDefault) return { kind: 'protected' }
    return { kind: 'notPossible', why: 'no ACL applies to it, and the cluster may let everybody in then (allow.everyone.if.no.acl.found): a first denial would shut out others than it names' } // prettier-ignore
  }
  const writes = all.filter(({ operation }) => operation === 'Write' || operation === 'All')
  const denials = writes.filter(({ permission }) => permission === 'Deny')
  const isDenied = (allow: AclBinding): boolean =>
    denials.some(({ principal: who, host }) => (who === allow.principal || who === everyPrincipal) && (host === allow.host || host === everyHost)) // prettier-ignore
  const open = writes.filter((one) => one.permission === 'Allow' && one.principal !== principal && !isDenied(one))
  const forAll = open.find((one) => one.principal === everyPrincipal)
  if (forAll !== undefined) {
    return { kind: 'notPossible', why: `${bindingText(forAll)} is for everybody (${everyPrincipal}), whom no denial by name keeps off: name those who may write there instead` } // prettier-ignore
  }
  const writers = [...new Set(open.map((one) => one.principal))].toSorted()
  return writers.length === 0 ? { kind: 'protected' } : { kind: 'open', writers }
}

/** What keeps one principal from writing to one topic, wherever it comes from. */
export function denialOf(topic: string, principal: string): AclBinding {
  return { resource: { type: 'topic', name: topic, pattern: 'literal' }, principal, host: everyHost, operation: 'Write', permission: 'Deny' } // prettier-ignore
}

/** Why a mirror is not protected, as a sentence; undefined where it is. */
export function whyUnprotected(protection: Protection): string | undefined {
  switch (protection.kind) {
    case 'protected':
      return undefined
    case 'open':
      return `${protection.writers.join(', ')} may write there`
    case 'notPossible':
      return protection.why
  }
}

/** Topics in a sentence, at the most. */
const maxTopics = 10

/** `User:app on "orders", "payments"`, one text for each principal. */
export function whoIsDenied(
  denied: readonly { readonly topic: string; readonly principals: readonly string[] }[],
): readonly string[] {
  const topics = new Map<string, string[]>()
  for (const { topic, principals } of denied)
    for (const principal of principals) topics.set(principal, [...(topics.get(principal) ?? []), topic])
  return [...topics].map(([principal, on]) => {
    const more = on.length > maxTopics ? ` and ${on.length - maxTopics} more` : ''
    return `${principal} on ${on.slice(0, maxTopics).map((topic) => `"${topic}"`).join(', ')}${more}`
  }) // prettier-ignore
}

/** The commands with which whoever administers the cluster takes these denials back, and no others. */
export function letWriteCommands(
  denied: readonly { readonly topic: string; readonly principals: readonly string[] }[],
  at: { readonly bootstrap: readonly string[] },
): readonly string[] {
  const alike = new Map<string, { readonly principals: readonly string[]; readonly topics: string[] }>()
  for (const { topic, principals } of denied) {
    const key = JSON.stringify(principals)
    const own = alike.get(key) ?? { principals, topics: [] }
    own.topics.push(topic)
    alike.set(key, own)
  }
  return [...alike.values()].map(({ principals, topics }) => letWriteCommand(topics, principals, at))
}
