import { type Protection, whyUnprotected } from '../../core/protection.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import { lookAtMirrors, type ProtectionSeen } from '../../engines/protection.ts'
import type { LinkRecord } from '../../links/records.ts'
import { whyOr } from '../observed.ts'
import type { Style } from '../style.ts'
import type { facts } from '../table.ts'

/** Who else may write to a link's mirrors, looked at now. */
export interface LinkProtection {
  /** By the destination's ACLs, or why they could not be seen; undefined where they do not matter. */
  readonly seen: ProtectionSeen | string | undefined
  /** What its runner cannot do about it. */
  readonly told: readonly string[]
  /** Stopped, and somebody is still denied Write. */
  readonly stillDenied: readonly string[]
}

/** The same as documents show it. */
export interface ProtectRow {
  /** Null where mirrors are protected no more, and somebody is still denied Write. */
  readonly principal: string | null
  /** Mirrors that others may write to, or may be able to, and why; null when it could not be seen. */
  readonly unprotected: readonly { readonly topic: string; readonly why: string }[] | null
  readonly mirrors: number | null
  /** Why it is not known, or not kept, as a whole. */
  readonly why: readonly string[]
  /** Topics that are mirrors no more, on which somebody is still denied Write. */
  readonly stillDenied: readonly string[]
}

/** @returns undefined of a link that denies nobody */
export async function lookAtProtectionOf(
  { state, link: { name }, destination }: LinkTarget,
  options: { readonly signal: AbortSignal },
): Promise<LinkProtection | undefined> {
  const link = state.link(name)
  const denied = state.protections(name)
  if (link === undefined || (link.protect === null && denied.length === 0)) return undefined
  const isMirror = (topic: string): boolean => (state.mirror(name, topic)?.state.state ?? 'STOPPED') !== 'STOPPED'
  const topics = denied.map(({ mirrorTopic }) => mirrorTopic)
  const stillDenied = topics.filter((topic) => link.protect === null || !isMirror(topic))
  const told = state.unprotected(name)?.why ?? []
  if (link.protect === null) return { seen: undefined, told, stillDenied }
  const looked = lookAtMirrors({ state, link, destination }, link.protect.principal, options)
  return { seen: await whyOr(looked, options.signal), told, stillDenied }
}

export function protectRow(protect: LinkRecord['protect'], protection: LinkProtection | undefined): ProtectRow {
  const { seen, told = ['link describe looks at it'], stillDenied = [] } = protection ?? {}
  const principal = protect?.principal ?? null
  if (seen === undefined || typeof seen === 'string') {
    const why = seen === undefined ? told : [seen, ...told]
    return { principal, unprotected: null, mirrors: null, why, stillDenied }
  }
  const unprotected = [...seen.topics].flatMap(([topic, one]) => rowsOf(topic, one))
  return { principal, unprotected, mirrors: seen.topics.size, why: [...told, ...seen.unknown], stillDenied }
}

function rowsOf(topic: string, protection: Protection): readonly { readonly topic: string; readonly why: string }[] {
  const why = whyUnprotected(protection)
  return why === undefined ? [] : [{ topic, why }]
}

/** Mirrors in the table, at the most; documents have more. */
const maxShown = 10

export function protectFacts(row: ProtectRow, style: Style): Parameters<typeof facts>[0] {
  const { principal, unprotected, mirrors, why, stillDenied } = row
  const shown = (unprotected ?? []).slice(0, maxShown)
  const more = (unprotected?.length ?? 0) - shown.length
  const bad = (text: string) => ({ text, paint: style.bad })
  return [
    ...(principal === null ? [] : [['Protected', protectedText(row, style)] as const]),
    ...shown.map((one) => ['Not protected', bad(`"${one.topic}": ${one.why}`)] as const),
    ...(more > 0 ? [['Not protected', bad(`and ${more} more of ${mirrors ?? 0}`)] as const] : []),
    ...why.map((one) => ['Protection', { text: one, paint: style.warn }] as const),
    ...(stillDenied.length === 0 ? [] : [['Still denied', bad(`Write on topics that are mirrors no more: ${stillDenied.slice(0, maxShown).join(', ')}`)] as const]), // prettier-ignore
  ]
}

function protectedText({ principal, unprotected, mirrors }: ProtectRow, style: Style) {
  const only = `only ${principal ?? ''}, and super users, may write to its mirrors`
  if (unprotected === null) return { text: `${only}: whether that is so is not known`, paint: style.warn }
  if (unprotected.length === 0) return { text: `${only} (${mirrors ?? 0} looked at)`, paint: style.ok }
  return { text: `${only}: not so on ${unprotected.length} of ${mirrors ?? 0}`, paint: style.bad }
}
