import { z } from 'zod'
import { whoIsDenied } from '../core/protection.ts'
import type { FailoverPlan } from '../engines/engine.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Site } from './site.ts'
import type { Observation } from './step.ts'

/** Mirrors that a step is about: by the names of their topics on the destination; all of the link unless some are named. */
export const topics = z.array(z.string().min(1)).min(1).optional()
export type Topics = readonly string[] | undefined

/** For a sentence: `every mirror`, `mirrors "orders", "payments"`. */
export function mirrorsText(named: Topics): string {
  if (named === undefined) return 'every mirror of the link'
  return `${named.length === 1 ? 'mirror' : 'mirrors'} ${quoted(named)}`
}

export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

export interface Wanted {
  readonly mirrors: readonly MirrorRecord[]
  /** Why there is nothing to be done with them. */
  readonly blocked: (Observation & { readonly kind: 'blocked' }) | undefined
}

/**
 * Reads the link's state: to its end where the link is held. A plan only looks: a run that was killed may have left a transaction open, which the next
 * holder ends, and for which a plan would have to wait.
 */
export async function readState(
  { target: { state, link }, session }: Pick<Site, 'target' | 'session'>,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  if (session() === undefined) await state.glance({ signal })
  else await state.refresh({ signal, link: link.name })
}

export async function wantedMirrors(
  site: Pick<Site, 'target' | 'session'>,
  named: Topics,
  options: { readonly signal: AbortSignal },
): Promise<Wanted> {
  const { state, link } = site.target
  await readState(site, options)
  const all = state.mirrors(link.name)
  const mirrors = named === undefined ? all : all.filter(({ mirrorTopic }) => named.includes(mirrorTopic))
  const missing = (named ?? []).filter((topic) => mirrors.every(({ mirrorTopic }) => mirrorTopic !== topic))
  const why =
    missing.length > 0
      ? `link "${link.name}" does not mirror ${quoted(missing)}`
      : mirrors.length === 0
        ? `link "${link.name}" has no mirrors`
        : undefined
  return { mirrors, blocked: why === undefined ? undefined : { kind: 'blocked', why } }
}

export function isStopped({ state }: MirrorRecord): boolean {
  return state.state === 'STOPPED'
}

/** Nobody is denied Write on it any more that georep has denied it. */
export function isWritable({ target: { state, link } }: Pick<Site, 'target'>, { mirrorTopic }: MirrorRecord): boolean {
  return state.protection(link.name, mirrorTopic) === undefined
}

/** Who stays denied Write when the mirrors are stopped, behind what a plan says; empty where nobody does. */
export function deniedText(denied: FailoverPlan['denied']): string {
  if (denied === undefined || denied.isPermitted) return ''
  return `; denied Write still, as Alter on the cluster is not permitted: ${whoIsDenied(denied.topics).join('; ')}`
}

export function partitionsOf(
  mirrors: readonly MirrorRecord[],
  side: 'sourceTopic' | 'mirrorTopic',
): readonly { readonly topic: string; readonly partition: number }[] {
  return mirrors.flatMap((record) =>
    Array.from({ length: record.partitions }, (_, partition) => ({ topic: record[side], partition })),
  )
}
