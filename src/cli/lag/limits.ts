import { GeorepError } from '../../core/errors.ts'
import { textFromDurationMs } from '../../core/duration.ts'
import { type GatedLag, lagVerdict, type LagVerdict } from '../../core/lag-gate.ts'
import type { Loss } from '../../core/loss.ts'
import { limitFinder, type LagLimit } from '../../core/lag-objectives.ts'
import type { Context } from '../context.ts'
import { openConfig } from '../open-clusters.ts'
import type { Style } from '../style.ts'
import type { Cell, Column } from '../table.ts'
import type { LagOptions } from './lag-options.ts'

/** How far each mirror and each group may be behind. */
export interface Limits {
  /** Of all, as it was given; null when each has the objective of georep.yaml. */
  readonly limitMs: number | null
  /** By the source's name of the topic; undefined for one without an objective. */
  readonly ofMirror: (sourceTopic: string) => LagLimit | undefined
  /** Of a group whose name is not known: undefined when none has one. */
  readonly ofGroup: (group: string | undefined) => LagLimit | undefined
}

/** The limits that the gate goes by; undefined when none was asked for. @throws GeorepError "config" when georep.yaml has no objective for lag */
export async function limitsFrom(
  { failOver, maxLag, objectives, ...options }: LagOptions,
  context: Context,
): Promise<Limits | undefined> {
  const given = failOver ?? maxLag
  if (given !== undefined) {
    const limit = { ms: given, objective: undefined }
    return { limitMs: given, ofMirror: () => limit, ofGroup: () => limit }
  }
  if (!objectives) return undefined
  const { objectives: found, file } = await openConfig(options, context)
  if (found.lagMs === undefined && found.topics.length === 0 && found.groups.length === 0) {
    throw new GeorepError('config', 'GR-NO-LAG-OBJECTIVE', `"${file}" has no objective for lag`, {
      next: 'add one, such as objectives: { lag: 30s }, or give a limit with --fail-over',
    })
  }
  const ofGroup = limitFinder(found, 'groups')
  const [ofAnyGroup] = found.groups
  return {
    limitMs: null,
    ofMirror: limitFinder(found, 'topics'),
    ofGroup: (group) => {
      if (group !== undefined) return ofGroup(group)
      if (found.lagMs !== undefined) return { ms: found.lagMs, objective: 'lag' }
      return ofAnyGroup === undefined ? undefined : { ms: ofAnyGroup.lagMs, objective: `groups.${ofAnyGroup.glob}` }
    },
  }
}

/** What a row is held to, as documents show it. All null where nothing is asked of it. */
export interface LimitView {
  readonly limitMs: number | null
  /** The objective that this is, by its place below `objectives` in georep.yaml; null for a limit that was given. */
  readonly objective: string | null
  readonly verdict: LagVerdict['kind'] | null
}

interface Judged {
  readonly status: string
  readonly lagMs: number | null
  readonly isFuture: boolean
  readonly why: string | null
  /** Of groups it is exact, or not known. */
  readonly lagKind?: Loss['kind'] | null
}

/** Of a row that is held to nothing. */
const noLimit: LimitView = { limitMs: null, objective: null, verdict: null }

export function limitView(row: Judged, limit: LagLimit | undefined): LimitView {
  if (limit === undefined || row.status === 'STOPPED') return noLimit
  return { limitMs: limit.ms, objective: limit.objective ?? null, verdict: rowVerdict(row, limit.ms).kind }
}

export function rowVerdict(row: Judged, limitMs: number): LagVerdict {
  return lagVerdict(gatedLag(row), limitMs)
}

/** As the gate sees it. */
export function gatedLag({ status, lagMs, isFuture, why, lagKind }: Judged): Omit<GatedLag, 'what' | 'limit'> {
  return { status, lagMs: lagMs ?? undefined, isFuture, isUpperBound: lagKind === 'atMost', why: why ?? undefined }
}

/** The last column of both tables, where rows have objectives of their own. */
export function objectiveColumns(rows: readonly LimitView[]): readonly Column[] {
  return rows.some(({ objective }) => objective !== null) ? [{ title: 'OBJECTIVE' }] : []
}

export function objectiveCells(row: LimitView, columns: readonly Column[], style: Style): readonly Cell[] {
  return columns.map(() => {
    const { limitMs, objective, verdict } = row
    if (limitMs === null || objective === null || verdict === null) return '-'
    const paint = { within: style.ok, over: style.bad, unknown: style.bad }[verdict]
    return { text: `${verdict} ${textFromDurationMs(limitMs)} (${objective})`, paint }
  })
}
