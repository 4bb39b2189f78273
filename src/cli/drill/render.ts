import { textFromDurationMs } from '../../core/duration.ts'
import type { Loss } from '../../core/loss.ts'
import { type Marks, markMeanings } from '../../core/rto.ts'
import { rpoScopes } from '../../drill/drill-document.ts'
import type { DrillResult } from '../../drill/drill-result.ts'
import type { RunData } from '../../history/record.ts'
import { counted, figureText, lostFigureText } from '../../report/figure-text.ts'
import { findingText } from '../../report/finding-text.ts'
import type { MarkTimes } from '../../report/phases.ts'
import type { Style } from '../style.ts'
import { facts, table } from '../table.ts'
import { timelineText } from './timeline-text.ts'

/** The drill's outcome for a person: phases, figures, what they amount to. `columns` is the width of the terminal, if it is printed on one. */
export function renderDrill(
  result: DrillResult,
  { scope }: Pick<RunData, 'scope'>,
  style: Style,
  columns: number | undefined,
): string {
  const { rto, rpo, duplicates, verdict, marks, group } = result
  const paint = verdict === 'pass' ? style.ok : verdict === 'unknown' ? style.warn : style.bad
  const figures = facts([
    ['Scope', scope],
    ['RTO, service', `${figureText(rto.service)}   (${result.rtoScope})`],
    ...(result.isHumanAsked
      ? [['  people', figureText(rto.human)] as const, ['  without people', figureText(rto.withoutHuman)] as const]
      : []),
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
  return `${timelineText(afterFault(marks), columns)}\n\n${markTable(marks)}\n${figures}${findings === '' ? '' : `Findings:\n${findings}`}`
}

function markTable(marks: Marks): string {
  const after = afterFault(marks)
  return table(
    [{ title: 'MARK' }, { title: 'AFTER FAULT', align: 'right' }, { title: 'WHAT' }],
    markNames.map((name) => {
      const at = after[name]
      return [name, at === undefined ? 'not seen' : textFromDurationMs(at), markMeanings[name]]
    }),
  )
}

const markNames = Object.keys(markMeanings) as (keyof Marks)[]

/** Without t0 nothing can be said of any of them. */
function afterFault(marks: Marks): MarkTimes {
  const { t0 } = marks
  const times = markNames.map((name) => {
    const at = marks[name]
    return [name, at === undefined || t0 === undefined ? undefined : at - t0]
  })
  return Object.fromEntries(times) as MarkTimes
}

function lostText({ rpo, acknowledgedAfterT5 }: DrillResult): string {
  const { value } = rpo.records
  const lost = lostFigureText(rpo.records)
  const suffix = value === null ? `, at least ${rpo.lostAtLeast}` : ` of ${rpo.acknowledged} acknowledged`
  const { survived, absent, undetermined } = rpo.unknownSends
  const unknown = survived + absent + undetermined
  const open = unknown === 0 ? '' : `; ${counted(unknown, 'more send')} had no answer, ${survived} of them arrived`
  const late =
    (acknowledgedAfterT5 ?? 0) === 0
      ? ''
      : `; ${acknowledgedAfterT5} more were acknowledged by the source after the switch`
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
  if (count === 0) return 'none failed over'
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
    case 'atMost':
      return `up to ${counted(loss.records, 'record')} lost (upper bound: how far the mirror was, was written down late)`
    case 'atLeast':
      if (loss.records === 0n) return 'loss unknown (none is known of)'
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
