import { textFromDurationMs } from '../core/duration.ts'
import { type Loss, whyOf } from '../core/loss.ts'
import type { Cluster } from '../kafka/cluster.ts'

// How counts of records, ages and clusters are printed, the same in every verb.

/** In documents: `records` is null when nothing is known. */
export interface LossView {
  readonly kind: Loss['kind']
  readonly records: bigint | null
  /** Why it is not known, where a cluster answered that: the right that is missing, the topic that is not there. */
  readonly why: string | null
}

/** Before a figure of that kind. */
export const boundSigns = { exact: '', atLeast: '>=', atMost: '<=' } as const

export function lossView(loss: Loss): LossView {
  return { kind: loss.kind, records: loss.kind === 'unknown' ? null : loss.records, why: whyOf(loss) ?? null }
}

/** For a column: `12`, `>=12`, `<=12` or `unknown`. */
export function lossText({ kind, records }: Omit<LossView, 'why'>): string {
  if (kind === 'unknown' || records === null) return 'unknown'
  return `${boundSigns[kind]}${records.toString()}`
}

/**
 * For a column, of one partition of a mirror: `12`, `<=12`, `>=12` of a source that was not read now, or a mirror that has FAILED, `unknown`, or `-` of one
 * that is stopped.
 */
export function lagText(
  lag: bigint | null,
  { kind, isCurrent, isStopped }: { readonly kind: Loss['kind'] | null; readonly isCurrent: boolean; readonly isStopped: boolean }, // prettier-ignore
): string {
  if (isStopped) return '-'
  if (lag === null) return 'unknown'
  if (kind === 'atMost') return `${boundSigns.atMost}${lag.toString()}`
  return `${boundSigns[isCurrent && (kind !== 'atLeast' || lag < 0n) ? 'exact' : 'atLeast']}${lag.toString()}`
}

/** When the source's ends were last read: `at` null where nobody has written that down, as on links of MirrorMaker 2 while the source does not answer. */
export interface SeenView {
  readonly isCurrent: boolean
  readonly at: string | null
  readonly ageMs: number | null
}

export function seenView(seen: 'now' | Date | undefined, now: Date): SeenView {
  if (seen === undefined) return { isCurrent: false, at: null, ageMs: null }
  if (seen === 'now') return { isCurrent: true, at: now.toISOString(), ageMs: 0 }
  // The runner's clock may be ahead of ours: an age below zero is none.
  return { isCurrent: false, at: seen.toISOString(), ageMs: Math.max(0, now.getTime() - seen.getTime()) }
}

export function seenText({ isCurrent, ageMs }: SeenView): string {
  if (isCurrent) return 'now'
  return ageMs === null ? 'unknown' : `${textFromDurationMs(ageMs)} ago`
}

/** For a sentence about a source that does not answer: `last seen 3m20s ago`. */
export function lastSeenText(seen: SeenView): string {
  return seen.ageMs === null ? 'last seen at a time that is not known' : `last seen ${seenText(seen)}`
}

export interface ClusterView {
  readonly name: string
  readonly clusterId: string
  readonly bootstrap: readonly string[]
}

export function clusterView({ name, bootstrap }: Cluster, clusterId: string): ClusterView {
  return { name, clusterId, bootstrap }
}

export function clusterText({ name, clusterId, bootstrap }: ClusterView): string {
  return `${name} (id ${clusterId}, ${bootstrap.join(',')})`
}

/** A source as documents show it; one that answers and cannot be asked has a refusal. */
interface SourceAnswer {
  readonly isReachable: boolean | null
  readonly refusal: string | null
}

export function isAnswering({ isReachable, refusal }: SourceAnswer): boolean {
  return isReachable === true && refusal === null
}

export function answersText(source: SourceAnswer): string {
  if (isAnswering(source)) return 'answers'
  return source.refusal === null ? 'does not answer' : 'cannot be asked'
}
