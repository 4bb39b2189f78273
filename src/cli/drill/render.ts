import { textFromDurationMs } from '../../core/duration.ts'
import type { Loss } from '../../core/loss.ts'
import type { Measured } from '../../core/measured.ts'
import { type Marks, markMeanings } from '../../core/rto.ts'
import type { Finding } from '../../core/verdict.ts'
import { rtoScopes, rpoScopes } from '../../drill/drill-document.ts'
import type { DrillResult } from '../../drill/drill-result.ts'
import type { RunData } from '../../history/record.ts'
import type { Style } from '../style.ts'
import { facts, table } from '../table.ts'

/** The drill's outcome for a person: phases, figures, what they amount to. */
export function renderDrill(result: DrillResult, { scope }: Pick<RunData, 'scope'>, style: Style): string {
  const { rto, rpo, duplicates, verdict, marks, group } = result
  const paint = verdict === 'pass' ? style.ok : verdict === 'unknown' ? style.warn : style.bad
  const figures = facts([
    ['Scope', scope],
    ['RTO, service', `${figureText(rto.service)}   (${rtoScopes[result.mode]})`],
    ['  to first write', figureText(rto.write)],
    ['  to first read', figureText(rto.read)],
    [
      '  detection',
      result.mode === 'practice' || result.mode === 'planned' ? 'not exercised' : figureText(rto.detection),
    ],
    ['  tool', figureText(rto.tool)],
    ['RPO, records', `${lostText(result)}${result.mode === 'planned' ? `   (${rpoScopes.planned})` : ''}`],
    ['RPO, time', `${figureText(rpo.ms)}   (at ${rpo.rate.value?.toString() ?? '?'} records/s a partition)`],
    ['Read again', `${figureText(duplicates.again)} by group ${group.name}`],
    ['Group goes on', groupText(result)],
    ['Other mirrors', otherText(result.otherMirrors)],
    ['Lag before', lagText(result)],
    ['Clocks', clocksText(result)],
    ['Verdict', { text: verdictText(result), paint }],
  ])
  const findings = result.findings.map((finding) => `  - ${findingText(finding)}\n`).join('')
  return `${phases(marks)}\n${figures}${findings === '' ? '' : `Findings:\n${findings}`}`
}

function phases(marks: Marks): string {
  const { t0 } = marks
  return table(
    [{ title: 'MARK' }, { title: 'AFTER FAULT', align: 'right' }, { title: 'WHAT' }],
    (Object.keys(markMeanings) as (keyof Marks)[]).map((name) => {
      const at = marks[name]
      const after = at === undefined || t0 === undefined ? 'not seen' : textFromDurationMs(at - t0)
      return [name, after, markMeanings[name]]
    }),
  )
}

function lostText({ rpo, acknowledgedAfterT5 }: DrillResult): string {
  const { value } = rpo.records
  const lost = value === 0 ? 'none observed' : figureText(rpo.records)
  const suffix = value === null ? `, at least ${rpo.lostAtLeast}` : ` of ${rpo.acknowledged} acknowledged`
  const { survived, absent, undetermined } = rpo.unknownSends
  const unknown = survived + absent + undetermined
  const open = unknown === 0 ? '' : `; ${counted(unknown, 'more send')} had no answer, ${survived} of them arrived`
  const late =
    acknowledgedAfterT5 === 0 ? '' : `; ${acknowledgedAfterT5} more were acknowledged by the source after the switch`
  return `${lost}${suffix}${open}${late}`
}

function groupText({ group }: DrillResult): string {
  const places = group.partitions.map(
    ({ partition, committedOnSource, translated, firstRead }) =>
      `${partition}: ${text(committedOnSource)} → ${text(translated)}, first read ${text(firstRead)}`,
  )
  const missed = group.missed.value === 0 ? 'nothing missed' : `missed ${figureText(group.missed)}`
  return `${missed} (committed → translated; ${places.join('; ')})`
}

function text(offset: bigint | undefined): string {
  return offset === undefined ? 'unknown' : offset.toString()
}

function otherText({ count, loss, reconciled }: DrillResult['otherMirrors']): string {
  if (count === 0) return 'none'
  // The source came back: what it has and the mirrors have not is known, and no bound any more.
  if (reconciled.kind === 'exact') return `${count}, ${counted(reconciled.records, 'record')} on the source alone`
  return `${count}, ${lossText(loss)}`
}

function lagText({ lag }: DrillResult): string {
  return `${figureText(lag.beforeFault)}, at worst ${figureText(lag.worstBeforeFault)}`
}

function clocksText({ clocks }: DrillResult): string {
  return `source ${figureText(clocks.source)}, destination ${figureText(clocks.destination)} ahead of here`
}

function lossText(loss: Loss): string {
  switch (loss.kind) {
    case 'exact':
      return `${counted(loss.records, 'record')} lost`
    case 'atLeast':
      return `at least ${counted(loss.records, 'record')} lost (lower bound: the source is gone)`
    case 'unknown':
      return 'loss unknown'
  }
}

function verdictText({ verdict, findings }: DrillResult): string {
  const isMissed = findings.some(({ kind }) => kind === 'objectiveMissed')
  const fail = isMissed ? 'FAIL: an objective was missed' : 'FAIL'
  return { pass: 'PASS', fail, unknown: 'UNKNOWN', splitBrain: 'SPLIT BRAIN' }[verdict]
}

function counted(count: number | bigint, what: string): string {
  return `${count.toString()} ${what}${count.toString() === '1' ? '' : 's'}`
}

export function figureText({ value, error, unit, why }: Measured): string {
  if (value === null) return `unknown (${why ?? 'not measured'})`
  const show = (one: number): string =>
    unit === 'ms' ? textFromDurationMs(one) : unit === 'records' ? counted(one, 'record') : `${one} ${unit}`
  return error === null || error === 0 ? show(value) : `${show(value)} ± ${show(error)}`
}

const objectiveNames = { rtoMs: 'RTO', rpoMs: 'RPO', rpoRecords: 'RPO records' } as const

function findingText(finding: Finding): string {
  switch (finding.kind) {
    case 'splitBrain':
      return `split brain: the source acknowledged ${counted(finding.acknowledgedAfterT5, 'record')} after the destination was writable`
    case 'splitBrainUnknown':
      return `split brain could not be ruled out: ${finding.why}`
    case 'splitBrainNotExercised':
      return `split brain was not exercised: ${finding.why}`
    case 'objectiveMissed':
      return `${objectiveNames[finding.objective]} missed: ${finding.isLowerBound ? 'at least ' : ''}${limitText(finding.objective, finding.actual)}, the objective is ${limitText(finding.objective, finding.limit)}`
    case 'objectiveUnknown':
      return `${objectiveNames[finding.objective]} could not be determined: ${finding.why}`
    case 'withinErrorBar':
      return `${objectiveNames[finding.objective]} is met, and its error bar reaches above the objective of ${limitText(finding.objective, finding.limit)}`
    case 'misplaced':
      return `at another offset than on the source, or twice: ${counted(finding.records, 'record')}`
    case 'skippedByGroups':
      return `skipped by the group, though they arrived: ${counted(finding.records, 'record')}`
    case 'skippedByGroupsUnknown':
      return `whether the group skips records could not be determined: ${finding.why}`
    case 'mirroredLate':
      return `the mirror took ${counted(finding.records, 'record')} of the source after it was opened`
    case 'clockSkew':
      return `the clock of the ${finding.cluster} is ${finding.skewMs.toFixed(0)} ms ± ${finding.errorMs.toFixed(0)} ms ahead, more than a tenth of an objective (${finding.limitMs.toFixed(0)} ms): seconds told by record times are unreliable; RTO and RPO are told by the clock here`
    case 'observerTooSlow':
      return `the observer stood still for ${finding.loopDelayP99Ms.toFixed(0)} ms (p99), longer than the canary's interval of ${finding.canaryEveryMs} ms: times do not count`
    case 'observerNotMeasured':
      return 'the observer was not measured: times do not count'
    case 'noneLostObserved':
      return `no loss observed of ${counted(finding.of, 'acknowledged record')}; a canary is a sample`
  }
}

function limitText(objective: keyof typeof objectiveNames, value: number): string {
  return objective === 'rpoRecords' ? counted(value, 'record') : textFromDurationMs(value)
}
