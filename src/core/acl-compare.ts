import { type AclBinding, bindingKey, bindingText } from './acl-binding.ts'
import { type AclScope, closedTo, denialWhy, keepsAllOff, mapped, principalsOf } from './acl-scope.ts'

/** What an engine does about ACLs by itself. */
export interface OwnAcls {
  /** How its users call it. */
  readonly by: string
  /** How long until it has copied one; undefined where that is not known. */
  readonly everyMs: number | undefined
  /** What one ACL of the source becomes by it, or why it leaves it out; of what it may do without our knowing why nothing is known. */
  readonly copyOf: (binding: AclBinding) => OwnCopy
}

export type OwnCopy =
  | { readonly kind: 'copies'; readonly to: AclBinding }
  | { readonly kind: 'leavesOut'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string }

/** What georep has written down of an ACL. */
export interface WrittenAcl {
  readonly source: AclBinding
  readonly destination: AclBinding
  /**
   * `held`: the source has it, and the destination is to have it later. `begun`: it was not on the destination, and georep began to create it.
   * `created`: georep has created it.
   */
  readonly is: 'held' | 'begun' | 'created'
}

/** The same, of a link to the same destination. */
export interface OthersAcl extends WrittenAcl {
  readonly link: string
}

/** What the source has: as it is now, or as far as it was written down before the source was gone. */
export type SourceAcls =
  { readonly seen: 'now'; readonly bindings: readonly AclBinding[] } | { readonly seen: 'written' }

export type AclFate =
  /** On both sides. */
  | 'same'
  /** Lacking on the destination, and `acl sync` creates it. */
  | 'create'
  /** Lacking on the destination, and the engine copies it by itself. */
  | 'engine'
  /** Lacking on the destination, and it would open topics that are mirrors still. */
  | 'held'
  /** Not to be copied. */
  | 'left'
  /** Created by georep, and the source has it no more, nor that of another link: `acl sync` deletes it. */
  | 'delete'
  /** On the destination alone, and not known to be georep's. */
  | 'beyond'

export interface AclRow {
  readonly fate: AclFate
  /** Null of what is on the destination alone. */
  readonly source: AclBinding | null
  /** Null of what is not copied. */
  readonly destination: AclBinding | null
  /** Why it is not the same on both sides, where that is not all said by its fate. */
  readonly why: string | null
  /** Who has put it on the destination: georep; perhaps, where that ended in the middle; null: somebody else, or it is not there. */
  readonly madeBy: 'georep' | 'perhaps' | null
  /** What the engine does by itself about an ACL of the source; null where it does nothing about any, or the source was not seen. */
  readonly own: OwnCopy | null
}

export interface Compared {
  readonly rows: readonly AclRow[]
  /** ACLs on each side that are about nothing that the link carries. */
  readonly outside: { readonly source: number; readonly destination: number }
  /** What is written down and means nothing any more. */
  readonly obsolete: readonly WrittenAcl[]
  /** Of these: there, and left to another link. Where that has left it to this one in the same moment, it is nobody's. */
  readonly yielded: readonly WrittenAcl[]
  /** There, for another link, and on this source as well: from now on georep's for this link, too. */
  readonly shared: readonly WrittenAcl[]
}

interface Sides {
  readonly source: SourceAcls
  readonly destination: readonly AclBinding[]
  readonly written: readonly WrittenAcl[]
  /** What is written down of all other links to the destination. */
  readonly others?: readonly OthersAcl[]
  readonly scope: AclScope
  /** Undefined of an engine that does nothing about ACLs. */
  readonly own: OwnAcls | undefined
}

/** What a link's ACLs are on both sides, and what `acl sync` would do about each. */
export function compareAcls(sides: Sides): Compared {
  const { source, scope, own, others = [] } = sides
  const there = new Map(sides.destination.map((binding) => [bindingKey(binding), binding]))
  /** What protects a mirror goes when that is opened, and is nobody else's there. */
  const isThere = (key: string): boolean => there.has(key) && !scope.ownDenials.destination.has(key)
  const written = new Map(sides.written.map((one) => [bindingKey(one.destination), one]))
  const claims = claimsOf(others)
  /** What the destination may have because of the source. */
  const explained = new Set<string>()
  const rows: AclRow[] = []
  const shared: WrittenAcl[] = []
  const principals = new Set(source.seen === 'now' ? principalsOf(source.bindings, scope.mirrors.map(({ sourceTopic }) => sourceTopic)) : sides.written.map((one) => one.source.principal)) // prettier-ignore
  let outside = 0
  for (const { binding, to } of wantedOf(sides, principals)) {
    if (to.kind === 'outside') {
      outside++
      continue
    }
    const copy = own?.copyOf(binding) ?? null
    if (copy?.kind === 'copies') explained.add(bindingKey(copy.to))
    const row = { source: binding, madeBy: null, own: source.seen === 'now' ? copy : null } as const
    if (to.kind === 'left') {
      rows.push({ ...row, fate: 'left', destination: null, why: to.why })
      continue
    }
    for (const destination of to.to) {
      const key = bindingKey(destination)
      explained.add(key)
      const found = { ...row, destination, ...fateOf(destination, isThere(key), written.get(key), copy, sides) }
      const isShared = found.fate === 'same' && found.madeBy !== 'georep' && (claims.get(key)?.isCreated ?? false)
      rows.push(isShared ? { ...found, madeBy: 'georep' } : found)
      if (isShared && source.seen === 'now') shared.push({ source: binding, destination, is: 'created' })
    }
  }
  const sourceKeys = new Set(source.seen === 'now' ? source.bindings.map(bindingKey) : [])
  const isGone = (one: WrittenAcl): boolean => source.seen === 'now' && !sourceKeys.has(bindingKey(one.source))
  const topics = scope.mirrors.map(({ mirrorTopic }) => mirrorTopic)
  const known = new Set([...principals, ...principalsOf(sides.destination, topics)])
  let beyond = 0
  for (const [key, binding] of there) {
    if (explained.has(key)) continue
    const one = written.get(key)
    if (one?.is === 'created' && isGone(one)) rows.push(goneRow(binding, claims.get(key)))
    else if (mapped(binding, onDestination(scope), known).kind === 'outside') beyond++
    else
      rows.push(
        scope.ownDenials.destination.has(key)
          ? protectionRow(binding)
          : beyondRow(binding, one, source, claims.get(key)),
      )
  }
  // What another link has made its own as well is its to delete from then on.
  const meansNothing = (one: WrittenAcl, key: string): boolean =>
    one.is === 'held' || !there.has(key) || (one.is === 'created' && (claims.get(key)?.isCreated ?? false))
  const obsolete = sides.written.filter((one) => isGone(one) && meansNothing(one, bindingKey(one.destination)))
  const yielded = obsolete.filter((one) => one.is === 'created' && there.has(bindingKey(one.destination)))
  return { rows: rows.toSorted(byText), outside: { source: outside, destination: beyond }, obsolete, yielded, shared }
}

/** Other links whose sources have an ACL, as far as it is written down. */
interface Claim {
  readonly links: readonly string[]
  /** Georep has created it for one of them: it is theirs to delete. */
  readonly isCreated: boolean
}

function claimsOf(others: readonly OthersAcl[]): ReadonlyMap<string, Claim> {
  const claims = new Map<string, Claim>()
  for (const { link, destination, is } of others) {
    const key = bindingKey(destination)
    const { links = [], isCreated = false } = claims.get(key) ?? {}
    claims.set(key, { links: [...links, link], isCreated: isCreated || is === 'created' })
  }
  return claims
}

function linksText({ links }: Claim): string {
  const [first = '', ...more] = links.toSorted()
  return more.length === 0 ? `link "${first}"` : `link "${first}" and ${more.length} more`
}

/** Created by georep, and the source has it no more: it stays for as long as that of another link has it. */
function goneRow(destination: AclBinding, claim: Claim | undefined): AclRow {
  const row = { source: null, destination, madeBy: 'georep', own: null } as const
  if (claim === undefined) return { ...row, fate: 'delete', why: 'the source has it no more' }
  return { ...row, fate: 'beyond', why: `the source has it no more; it stays for ${linksText(claim)}, whose source had it when it was asked last` } // prettier-ignore
}

/** ACLs of the source, with what each is on the destination. */
function wantedOf({ source, scope, written }: Sides, principals: ReadonlySet<string>) {
  return source.seen === 'now'
    ? source.bindings.map((binding) => ({ binding, to: mapped(binding, scope, principals) }))
    : written.map((one) => ({ binding: one.source, to: { kind: 'copied', to: [one.destination] } as const }))
}

function fateOf(
  destination: AclBinding,
  isThere: boolean,
  written: WrittenAcl | undefined,
  copy: OwnCopy | null,
  { scope, own, source }: Sides,
): Pick<AclRow, 'fate' | 'why' | 'madeBy'> {
  if (isThere) return { fate: 'same', why: null, madeBy: makerOf(written) }
  const closed = closedTo(destination, scope)
  // What it copies while it carries is its own affair.
  if (source.seen === 'now' && copy?.kind === 'copies' && bindingKey(copy.to) === bindingKey(destination)) {
    const when = own?.everyMs === undefined ? '' : ` within ${own.everyMs / 1_000} s`
    return { fate: 'engine', why: `${own?.by ?? ''} copies it${when}`, madeBy: null }
  }
  if (closed.length === 0) return { fate: 'create', why: null, madeBy: null }
  const names = closed.slice(0, 3).map((topic) => `"${topic}"`)
  const more = closed.length > names.length ? ` and ${closed.length - names.length} more` : ''
  return { fate: 'held', why: `mirrored still: ${names.join(', ')}${more}`, madeBy: null }
}

function makerOf(written: WrittenAcl | undefined): AclRow['madeBy'] {
  if (written?.is === 'created') return 'georep'
  return written?.is === 'begun' ? 'perhaps' : null
}

function beyondRow(
  binding: AclBinding,
  written: WrittenAcl | undefined,
  source: SourceAcls,
  claim: Claim | undefined,
): AclRow {
  if (claim?.isCreated === true && written === undefined) return { fate: 'beyond', source: null, destination: binding, why: `georep brought it over for ${linksText(claim)}`, madeBy: 'georep', own: null } // prettier-ignore
  const fence = keepsAllOff(binding) ? 'it keeps all producers off' : undefined
  const unsure = written?.is === 'begun' ? 'an act that created it ended in the middle, so that it is not known whose it is' : undefined // prettier-ignore
  const unseen = source.seen === 'written' ? 'whether the source has it is not known' : undefined
  return { fate: 'beyond', source: null, destination: binding, why: fence ?? unsure ?? unseen ?? null, madeBy: makerOf(written), own: null } // prettier-ignore
}

/** Of this link or another one; whoever opens the mirror takes it back. */
function protectionRow(binding: AclBinding): AclRow {
  return { fate: 'beyond', source: null, destination: binding, why: denialWhy, madeBy: 'georep', own: null } // prettier-ignore
}

/** The same scope, looked at from the other side. */
function onDestination(scope: AclScope): AclScope {
  const mirrors = scope.mirrors.map((one) => ({ ...one, sourceTopic: one.mirrorTopic }))
  return {
    ...scope,
    mirrors,
    ownPrincipal: undefined,
    fencedTopics: new Set(),
    ownDenials: { source: new Set(), destination: new Set() },
  }
}

const order = ['create', 'delete', 'held', 'engine', 'left', 'beyond', 'same'] as const satisfies readonly AclFate[]

function byText(a: AclRow, b: AclRow): number {
  const [left, right] = [a, b].map((row) => {
    const binding = row.destination ?? row.source
    return `${order.indexOf(row.fate)} ${binding === null ? '' : `${binding.principal} ${bindingText(binding)}`}`
  })
  return (left ?? '') < (right ?? '') ? -1 : 1
}
