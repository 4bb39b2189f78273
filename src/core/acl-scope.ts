import { type AclBinding, appliesTo, bindingKey } from './acl-binding.ts'
import { matcherFromGlobs } from './glob.ts'

// Which ACLs of the source are about what a link carries, and what they would be on the destination.

/** A mirror, as far as ACLs go. */
export interface AclMirror {
  readonly sourceTopic: string
  readonly mirrorTopic: string
}

export interface AclScope {
  readonly mirrors: readonly AclMirror[]
  /** Topics of the destination that are mirrors still, of whatever link. */
  readonly closedTopics: readonly string[]
  /** Globs of the groups that the link carries. */
  readonly groups: readonly string[]
  /** As which georep itself comes in on the source; undefined where it is not known. */
  readonly ownPrincipal: string | undefined
  /** Source topics whose fence is georep's own. */
  readonly fencedTopics: ReadonlySet<string>
  /** Denials that are georep's own, for as long as a topic is a mirror on that side: their `bindingKey`s, as far as they may be known. */
  readonly ownDenials: { readonly source: ReadonlySet<string>; readonly destination: ReadonlySet<string> }
}

/** What becomes of one ACL of the source. */
export type Mapped =
  /** About nothing that the link carries. */
  | { readonly kind: 'outside' }
  /** Not to be copied, whatever is asked for. */
  | { readonly kind: 'left'; readonly why: string }
  /** What it is on the destination: one ACL for each way in which names change. */
  | { readonly kind: 'copied'; readonly to: readonly AclBinding[] }

/** Who may do something with a topic that the link carries: their groups and transactional ids go along. */
export function principalsOf(bindings: readonly AclBinding[], topics: readonly string[]): ReadonlySet<string> {
  const about = bindings.filter(({ resource }) => resource.type === 'topic' && topics.some((topic) => appliesTo(resource, topic))) // prettier-ignore
  return new Set(about.map(({ principal }) => principal))
}

/** @param principals of the source, see `principalsOf` */
export function mapped(binding: AclBinding, scope: AclScope, principals: ReadonlySet<string>): Mapped {
  const { resource, principal } = binding
  const isAbout = resource.type === 'topic' ? scope.mirrors.some(({ sourceTopic }) => appliesTo(resource, sourceTopic)) : principals.has(principal) || isOfCarriedGroup(binding, scope.groups) // prettier-ignore
  if (!isAbout) return { kind: 'outside' }
  if (principal === scope.ownPrincipal) return { kind: 'left', why: 'it is of the principal as which georep comes in: georep cluster describe says what that needs on each side' } // prettier-ignore
  switch (resource.type) {
    case 'topic':
      return mappedTopic(binding, scope)
    case 'group':
    case 'transactionalId':
      return { kind: 'copied', to: [binding] }
    case 'cluster':
      return { kind: 'left', why: 'it is about the whole cluster, not about what the link carries: grant it there by hand if it is wanted' } // prettier-ignore
    case 'delegationToken':
    case 'user':
      return { kind: 'left', why: 'tokens and users are not carried by links' }
  }
}

function mappedTopic(binding: AclBinding, { mirrors, fencedTopics, ownDenials }: AclScope): Mapped {
  const { resource } = binding
  if (ownDenials.source.has(bindingKey(binding))) return { kind: 'left', why: denialWhy }
  if (isFenceOf(binding, fencedTopics)) return { kind: 'left', why: "it is georep's own fence of the source" }
  if (keepsAllOff(binding)) return { kind: 'left', why: 'it keeps all producers off, as a fence does: there it would do the same' } // prettier-ignore
  const about = mirrors.filter(({ sourceTopic }) => appliesTo(resource, sourceTopic))
  if (resource.pattern === 'literal' && resource.name !== '*') {
    const names = [...new Set(about.map(({ mirrorTopic }) => mirrorTopic))]
    return { kind: 'copied', to: names.map((name) => ({ ...binding, resource: { ...resource, name } })) }
  }
  const added = about.map(({ sourceTopic, mirrorTopic }) => (mirrorTopic.endsWith(sourceTopic) ? mirrorTopic.slice(0, mirrorTopic.length - sourceTopic.length) : undefined)) // prettier-ignore
  const prefixes = [...new Set(added)]
  if (prefixes.includes(undefined)) return { kind: 'left', why: 'mirrors that it applies to have names that do not end with those of their topics' } // prettier-ignore
  const begins = resource.name === '*' && resource.pattern === 'literal' ? '' : resource.name
  return {
    kind: 'copied',
    to: prefixes.map((prefix = '') => ({
      ...binding,
      resource: prefix === '' ? resource : { type: 'topic', name: `${prefix}${begins}`, pattern: 'prefixed' },
    })),
  }
}

/** Of a denial that protects a mirror. */
export const denialWhy = 'georep denies it there while the topic is a mirror (--protect acl)'

/** Keeps every producer off whatever it applies to: how georep, and operators, fence a topic. */
export function keepsAllOff({ resource, principal, host, operation, permission }: AclBinding): boolean {
  const isForAll = principal === 'User:*' && host === '*'
  return (
    isForAll && resource.type === 'topic' && permission === 'Deny' && (operation === 'Write' || operation === 'All')
  )
}

function isFenceOf(binding: AclBinding, topics: ReadonlySet<string>): boolean {
  const { resource, operation } = binding
  return keepsAllOff(binding) && operation === 'Write' && resource.pattern === 'literal' && topics.has(resource.name)
}

const reading: ReadonlySet<AclBinding['operation']> = new Set(['Read', 'Describe', 'DescribeConfigs'])

/**
 * The topics that are mirrors still and that this ACL, put on the destination, would let somebody change, or keep somebody from changing: clients that
 * write into a mirror break it, and what is denied may be what writes the mirror.
 */
export function closedTo({ resource, operation }: AclBinding, { closedTopics }: AclScope): readonly string[] {
  if (resource.type !== 'topic' || reading.has(operation)) return []
  return closedTopics.filter((topic) => appliesTo(resource, topic))
}

/** May it apply to a group that the globs name? A prefix and a glob may both go on in ways that agree. */
function isOfCarriedGroup({ resource }: AclBinding, globs: readonly string[]): boolean {
  if (resource.type !== 'group') return false
  const { name, pattern } = resource
  const begins = pattern === 'prefixed' ? name : name === '*' ? '' : undefined
  return globs.some((glob) => {
    const fixed = /^[^*?]*/.exec(glob)?.[0] ?? ''
    if (begins === undefined) return matcherFromGlobs([glob])(name)
    return fixed.startsWith(begins) || (fixed.length < glob.length && begins.startsWith(fixed))
  })
}
