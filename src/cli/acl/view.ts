import { type AclBinding, bindingText } from '../../core/acl-binding.ts'
import type { AclFate, AclRow } from '../../core/acl-compare.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { AclsSeen } from '../../engines/acls.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import { type ClusterView, clusterText, clusterView, seenText, type SeenView, seenView } from '../figures.ts'
import type { Paint, Style } from '../style.ts'
import { facts, table } from '../table.ts'
import { paintOfOutcome, whyOf } from '../verdict.ts'

/** What an ACL is about, in documents. */
interface ResourceView {
  readonly type: AclBinding['resource']['type']
  readonly name: string
  readonly pattern: AclBinding['resource']['pattern']
}

/** One ACL as documents show it. */
export interface AclView {
  readonly fate: AclFate
  readonly principal: string
  readonly host: string
  readonly permission: AclBinding['permission']
  readonly operation: AclBinding['operation']
  /** Null of what is on the destination alone. */
  readonly source: ResourceView | null
  /** Null of what is not copied. */
  readonly destination: ResourceView | null
  readonly madeBy: AclRow['madeBy']
  /** What the engine does about it by itself; null where it does nothing about any, or the source was not seen. */
  readonly engine: { readonly does: 'copies' | 'leavesOut' | 'unknown'; readonly why: string | null } | null
  /** Of `acl sync`: what became of it; null of what it leaves as it is. */
  readonly outcome: Outcome['kind'] | 'planned' | null
  readonly why: string | null
}

export interface AclsView {
  readonly link: string
  readonly source: ClusterView
  readonly destination: ClusterView
  /** When the source's ACLs were seen: while it does not answer, what was written down of it last. */
  readonly sourceSeen: SeenView
  readonly acls: readonly AclView[]
  /** Of each side: about nothing that the link carries. */
  readonly outside: { readonly source: number; readonly destination: number }
  /** Of each side: of kinds that this georep does not know. */
  readonly notUnderstood: { readonly source: readonly string[]; readonly destination: readonly string[] }
  /** How the engine is called that copies some by itself. */
  readonly engine: string | null
}

/** @param outcomeOf of `acl sync`: undefined of what it leaves as it is */
export function aclsView(
  { link, source, destination }: LinkTarget,
  seen: AclsSeen,
  rows: readonly AclRow[],
  now: Date,
  outcomeOf: (row: AclRow) => Outcome | 'planned' | undefined = () => undefined,
): AclsView {
  return {
    link: link.name,
    source: clusterView(source, link.source.clusterId),
    destination: clusterView(destination, link.destination.clusterId),
    sourceSeen: seenView(seen.sourceSeen, now),
    acls: rows.flatMap((row) => aclView(row, outcomeOf(row))),
    outside: seen.outside,
    notUnderstood: seen.unknown,
    engine: seen.own?.by ?? null,
  }
}

function aclView(row: AclRow, outcome: Outcome | 'planned' | undefined): readonly AclView[] {
  const { fate, source, destination, madeBy, own } = row
  const binding = destination ?? source
  if (binding === null) return []
  const { principal, host, permission, operation } = source ?? binding
  const became = outcome === undefined || outcome === 'planned' ? (outcome ?? null) : outcome.kind
  const engine = own === null ? null : { does: own.kind, why: own.kind === 'copies' ? null : own.why }
  const why = outcome === undefined || outcome === 'planned' ? row.why : (whyOf(outcome) ?? row.why)
  return [{ fate, principal, host, permission, operation, source: source?.resource ?? null, destination: destination?.resource ?? null, madeBy, engine, outcome: became, why }] // prettier-ignore
}

/** What is not the same on both sides, and below it how much is. */
export function renderAcls(view: AclsView, style: Style): string {
  const { acls, outside, engine } = view
  const head = facts([
    ['Link', view.link],
    ['Source', clusterText(view.source)],
    ['Source seen', seenText(view.sourceSeen)],
    ['Destination', clusterText(view.destination)],
    ['Same on both', counted(acls.filter(({ fate }) => fate === 'same').length)],
    ['Not shown', `${counted(outside.source)} of the source and ${outside.destination} of the destination, about nothing that the link carries`], // prettier-ignore
  ])
  const shown = acls.filter(({ fate }) => fate !== 'same')
  if (shown.length === 0) return head
  const hasOutcomes = shown.some(({ outcome }) => outcome !== null)
  const columns = ['FATE', ...(hasOutcomes ? ['OUTCOME'] : []), 'PRINCIPAL', 'ACL', ...(engine === null ? [] : [`BY-${engine.toUpperCase()}`]), 'WHY'] // prettier-ignore
  const rows = shown.map((acl) => [
    { text: acl.fate, paint: paintOfFate(acl.fate, style) },
    ...(hasOutcomes ? [outcomeCell(acl, style)] : []),
    acl.principal,
    aclText(acl),
    ...(engine === null ? [] : [engineText(acl)]),
    acl.why ?? '',
  ])
  return `${head}\n${table(columns.map((title) => ({ title })), rows)}` // prettier-ignore
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'ACL' : 'ACLs'}`
}

/** As it is on the source, and what it is called on the destination where that differs. */
function aclText({ source, destination, ...acl }: AclView): string {
  const resource = source ?? destination
  if (resource === null) return ''
  const text = bindingText({ ...acl, resource })
  if (source === null || destination === null || (source.name === destination.name && source.pattern === destination.pattern)) return text // prettier-ignore
  return `${text}, there "${destination.name}${destination.pattern === 'prefixed' ? '*' : ''}"`
}

function engineText({ engine }: AclView): string {
  if (engine === null) return '-'
  if (engine.does === 'copies') return 'copied'
  return engine.does === 'leavesOut' ? `left out: ${engine.why ?? ''}` : `unknown: ${engine.why ?? ''}`
}

function outcomeCell({ outcome }: AclView, style: Style): { readonly text: string; readonly paint: Paint } {
  if (outcome === null) return { text: '-', paint: style.dim }
  return { text: outcome, paint: outcome === 'planned' ? style.warn : paintOfOutcome(outcome, style) }
}

function paintOfFate(fate: AclFate, style: Style): Paint {
  if (fate === 'create' || fate === 'delete') return style.warn
  return fate === 'held' ? style.bad : style.dim
}
