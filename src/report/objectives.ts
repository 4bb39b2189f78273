import type { ObjectiveName } from '../core/verdict.ts'
import type { DrillView } from './drill-view.ts'
import { printable } from '../core/printable.ts'
import { errorText, type Figure, valueText } from './figure-text.ts'
import { shortened } from './shortened.ts'

/** What came of an objective. `none`: there was none for that figure; `unknown` too where it is not on record. */
export type ObjectiveOutcome = 'met' | 'metWithinError' | 'missed' | 'unknown' | 'none'

export interface ObjectiveRow {
  readonly name: ObjectiveName
  readonly title: string
  /** Undefined: there was none, or it is not on record. */
  readonly limit: number | undefined
  readonly unit: 'ms' | 'records'
  readonly actual: Figure
  readonly outcome: ObjectiveOutcome
  /** Why it is unknown; empty where it is not. */
  readonly why: string
}

const outcomeWords = {
  met: 'met',
  metWithinError: 'met; the error bar reaches above it',
  missed: 'MISSED',
  unknown: 'UNKNOWN',
  none: 'no objective was set',
} as const satisfies Record<ObjectiveOutcome, string>

/** The objectives beside the actuals. The drill's own findings decide; what contradicts them, or has none, is not called met. */
export function objectiveRows(view: DrillView): readonly ObjectiveRow[] {
  const row = (name: ObjectiveName, title: string, unit: 'ms' | 'records', actual: Figure): ObjectiveRow => {
    const limit = view.objectives?.[name]
    const outcome = outcomeOf(view, name, limit, actual)
    return {
      name,
      title,
      limit,
      unit,
      actual,
      outcome,
      why: outcome === 'unknown' ? whyUnknown(view, name, actual) : '',
    }
  }
  return [
    row('rtoMs', 'RTO: fault until service is back', 'ms', view.rto.service),
    row('rpoMs', 'RPO: age of the oldest lost record', 'ms', view.rpo.ms),
    row('rpoRecords', 'RPO: acknowledged records lost', 'records', view.rpo.records),
  ]
}

function outcomeOf(
  { findings, objectives }: DrillView,
  name: ObjectiveName,
  limit: number | undefined,
  { value }: Figure,
): ObjectiveOutcome {
  if (limit === undefined) return objectives === undefined ? 'unknown' : 'none'
  const kinds = new Set(findings?.filter(({ objective }) => objective === name).map(({ kind }) => kind))
  if (kinds.has('objectiveMissed')) return 'missed'
  if (findings === undefined || kinds.has('objectiveUnknown') || value === null) return 'unknown'
  if (value > limit) return 'missed'
  return kinds.has('withinErrorBar') ? 'metWithinError' : 'met'
}

function whyUnknown({ findings, objectives }: DrillView, name: ObjectiveName, { why }: Figure): string {
  if (objectives === undefined) return 'what it was is not on record'
  const found = findings?.find(({ kind, objective }) => kind === 'objectiveUnknown' && objective === name)?.['why']
  return typeof found === 'string' ? printable(shortened(found, 500)) : (why ?? 'the record does not say why')
}

/** `at most 5.00 s`, `none`, or `unknown` where it is not on record. */
export function limitText({ limit, unit, outcome }: ObjectiveRow): string {
  if (limit !== undefined) return `at most ${valueText(limit, unit)}`
  return outcome === 'none' ? 'none' : 'unknown'
}

/** `2.03 s`, `none observed of 177`, `unknown`. */
export function actualText({ name, actual }: ObjectiveRow, { rpo }: DrillView): string {
  if (actual.value === null) return 'unknown'
  if (name === 'rpoRecords' && actual.value === 0) return `none observed of ${rpo.acknowledged ?? 'an unknown number'}`
  return valueText(actual.value, actual.unit)
}

/** `± 101 ms`, `exact`, `unknown`. */
export function actualErrorText({ actual }: ObjectiveRow): string {
  if (actual.value === null) return 'unknown'
  const error = errorText(actual)
  return error === '' ? 'exact' : error
}

/** `met`, `UNKNOWN: why`. */
export function outcomeText({ outcome, why }: ObjectiveRow): string {
  return why === '' ? outcomeWords[outcome] : `${outcomeWords[outcome]}: ${why}`
}
