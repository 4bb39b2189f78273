import { textFromDurationMs } from '../core/duration.ts'
import { printable } from '../core/printable.ts'
import type { Finding, ObjectiveName } from '../core/verdict.ts'
import { counted } from './figure-text.ts'
import { shortened } from './shortened.ts'

/** A finding as a verdict or a record has it: one of a record may be of a kind that this georep does not know, or lack something. */
export interface AnyFinding {
  readonly kind: string
  readonly [field: string]: unknown
}

const objectiveNames = {
  rtoMs: 'RTO',
  rpoMs: 'RPO',
  rpoRecords: 'RPO records',
} as const satisfies Record<ObjectiveName, string>

/** A finding in words, without a full stop. */
export function findingText(finding: AnyFinding): string {
  const text = Object.hasOwn(texts, finding.kind) ? texts[finding.kind] : undefined
  return printable(shortened(text === undefined ? unknownKind(finding) : text(finding), longest))
}

/** A reason is quoted as it was given, and may be anything. */
const longest = 2_000

type Texts = Readonly<Record<string, (finding: AnyFinding) => string>>

// Kinds that this georep does not find are those of a newer one, whose record this may be.
const texts: Texts & Readonly<Record<Finding['kind'], Texts[string]>> = {
  splitBrain: (of) =>
    `split brain: the source acknowledged ${records(of, 'acknowledgedAfterT5')} after the destination was writable`,
  splitBrainUnknown: (of) => `split brain could not be ruled out: ${why(of)}`,
  splitBrainNotExercised: (of) => `split brain was not exercised: ${why(of)}`,
  objectiveMissed: (of) =>
    `${objective(of)} missed: ${of['isLowerBound'] === true ? 'at least ' : ''}${limit(of, 'actual')}, the objective is ${limit(of, 'limit')}`,
  objectiveUnknown: (of) => `${objective(of)} could not be determined: ${why(of)}`,
  withinErrorBar: (of) =>
    `${objective(of)} is met, and its error bar reaches above the objective of ${limit(of, 'limit')}`,
  misplaced: (of) => `at another offset than on the source, or twice: ${records(of, 'records')}`,
  skippedByGroups: (of) => `skipped by the group, though they arrived: ${records(of, 'records')}`,
  skippedByGroupsUnknown: (of) => `whether the group skips records could not be determined: ${why(of)}`,
  mirroredLate: (of) => `the mirror took ${records(of, 'records')} of the source after it was opened`,
  clockSkew: (of) =>
    `the clock of the ${of['cluster'] === 'destination' ? 'destination' : 'source'} is ${milliseconds(of, 'skewMs')} ± ${milliseconds(of, 'errorMs')} ahead, more than a tenth of an objective (${milliseconds(of, 'limitMs')}): seconds told by record times are unreliable; RTO and RPO are told by the observer's clock`,
  lostForReal: (of) =>
    `the source was lost, and not by the drill: ${why(of)}; the figures are not those of this exercise`,
  observerTooSlow: (of) =>
    `the observer stood still for ${milliseconds(of, 'loopDelayP99Ms')} (p99), longer than the canary's interval of ${milliseconds(of, 'canaryEveryMs')}: times do not count`,
  observerNotMeasured: () => 'the observer was not measured: times do not count',
  noneLostObserved: (of) => `no loss observed of ${records(of, 'of', 'acknowledged record')}; a canary is a sample`,
}

function objective(finding: AnyFinding): string {
  const name = finding['objective']
  return typeof name === 'string' && Object.hasOwn(objectiveNames, name)
    ? objectiveNames[name as ObjectiveName]
    : 'an objective'
}

function limit(finding: AnyFinding, field: string): string {
  const value = numberIn(finding, field)
  if (value === undefined) return 'unknown'
  return finding['objective'] === 'rpoRecords' ? counted(value, 'record') : textFromDurationMs(value)
}

function records(finding: AnyFinding, field: string, what = 'record'): string {
  const value = numberIn(finding, field)
  return value === undefined ? `an unknown number of ${what}s` : counted(value, what)
}

function milliseconds(finding: AnyFinding, field: string): string {
  const value = numberIn(finding, field)
  return value === undefined ? 'an unknown time' : `${Math.round(value)} ms`
}

function why(finding: AnyFinding): string {
  const text = finding['why']
  return typeof text === 'string' ? text : 'the record does not say why'
}

function numberIn(finding: AnyFinding, field: string): number | undefined {
  const value = finding[field]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function unknownKind({ kind, ...rest }: AnyFinding): string {
  return `${kind}${Object.keys(rest).length === 0 ? '' : `: ${JSON.stringify(rest)}`}`
}
