import { type CanaryView, canaryViewFrom } from './canary-view.ts'
import { checksOf, checkWords } from './checks.ts'
import type { DrillView } from './drill-view.ts'
import { type Figure, shortFigureText } from './figure-text.ts'
import { findingText } from './finding-text.ts'
import { dataTable, factTable, headedFigure, heading, list, paragraph, strong } from './html-parts.ts'
import { canarySection, groupSection, lagSection, lossSection } from './html-canary.ts'
import { environmentSection, historySection, stepSection } from './html-record.ts'
import { element, type Content, type Markup } from './markup.ts'
import { actualErrorText, actualText, limitText, objectiveRows, outcomeText } from './objectives.ts'
import { phaseMeanings, phasesFrom } from './phases.ts'
import type { ReportInput } from './report-input.ts'
import { durationOf, timelineChart } from './timeline-chart.ts'
import { markMeanings } from '../core/rto.ts'
import { textFromDurationMs } from '../core/duration.ts'
import { modeMeaning, timeText, verdictMeaning, verdictWord } from './words.ts'

/**
 * The report of a drill as one HTML file that needs nothing but itself: no script, no CSS, no file or server beside it. It is well-formed XML, too.
 */
export function htmlReport(input: ReportInput): string {
  const { view } = input
  const canary = canaryViewFrom(view)
  const title = `Failover drill ${view.id}: ${verdictWord(view.verdict)}`
  const page = element(
    'html',
    { lang: 'en' },
    element(
      'head',
      {},
      element('meta', { charset: 'utf-8' }),
      element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      element('meta', { name: 'generator', content: `georep ${input.madeBy}` }),
      element('title', {}, title),
    ),
    element('body', { bgcolor: '#ffffff', text: '#1a1a1a' }, element('main', {}, ...sections(input, title, canary))),
  )
  return `<!DOCTYPE html>${page.markup}\n`
}

function sections(input: ReportInput, title: string, canary: CanaryView | undefined): readonly Content[] {
  const { view } = input
  return [
    heading(1, title),
    head(view),
    heading(2, 'Objectives and actuals'),
    objectiveTable(view),
    paragraph(`RTO: ${view.rtoScope ?? 'the record does not say what it includes'}.`),
    heading(2, 'Findings'),
    findings(view),
    checkTable(view),
    ...timeline(view),
    ...canarySection(view, canary),
    ...lagSection(view),
    ...lossSection(view),
    ...groupSection(view),
    ...historySection(input),
    ...stepSection(view),
    heading(2, 'Environment and record'),
    ...environmentSection(input),
    heading(2, 'How to read this'),
    list(notes),
  ]
}

function head(view: DrillView): Markup {
  const { verdict, scenario, scope, mode, startedAt, faultAt, endedAt, durationMs, status, failure } = view
  const took = durationMs === undefined ? '' : ` (${textFromDurationMs(durationMs)})`
  return factTable(
    'What was exercised, and what came of it',
    [
      ['Verdict', [strong(verdictWord(verdict)), `: ${verdictMeaning(verdict)}`]],
      ...(status === 'completed' ? [] : [['Status', [strong(status), ': the run came to no verdict']] as const]),
      ...(failure === undefined ? [] : [['Why', failureContent(failure)] as const]),
      ['What', [...(scenario === undefined ? [] : [strong(scenario), ': ']), scope, ...seriesText(view)]],
      ['Mode', [strong(mode), `: ${modeMeaning(mode)}`]],
      ['When', `${timeText(startedAt)} to ${timeText(endedAt)}${took}`],
      ...(faultAt === undefined ? [] : [['Fault (t0)', timeText(faultAt)] as const]),
    ],
    { border: 3 },
  )
}

function seriesText({ series }: DrillView): readonly Content[] {
  return series === undefined || series.of < 2 ? [] : [`; run ${series.run} of ${series.of} with seed ${series.seed}`]
}

function failureContent({ code, message, stateNow, data }: NonNullable<DrillView['failure']>): Content {
  const more = [
    ...(stateNow === null ? [] : [`State then: ${stateNow}`]),
    ...(data === null ? [] : [`Data: ${data}`]),
  ].flatMap((text) => text.split('\n'))
  return [`${code}: ${message}`, ...more.map((text) => [element('br', {}), text])]
}

function objectiveTable(view: DrillView): Markup {
  return dataTable(
    'What was asked for, and what was measured',
    [
      { title: 'Figure' },
      { title: 'Objective', align: 'right' },
      { title: 'Actual', align: 'right' },
      { title: 'Error', align: 'right' },
      { title: 'Outcome' },
    ],
    objectiveRows(view).map((row) => [
      row.title,
      limitText(row),
      strong(actualText(row, view)),
      actualErrorText(row),
      row.outcome === 'missed' || row.outcome === 'unknown' ? strong(outcomeText(row)) : outcomeText(row),
    ]),
  )
}

function findings({ findings: found }: DrillView): Markup {
  if (found === undefined) return paragraph('The record has no findings: the run came to no verdict.')
  return found.length === 0 ? paragraph('Nothing was found.') : list(found.map(findingText))
}

function checkTable(view: DrillView): Markup {
  return dataTable(
    'What was checked beside the objectives',
    [{ title: 'Check' }, { title: 'Outcome' }, { title: 'Found' }],
    checksOf(view).map(({ name, outcome, text }) => [
      name,
      outcome === 'failed' || outcome === 'unknown' ? strong(checkWords[outcome]) : checkWords[outcome],
      text,
    ]),
  )
}

function timeline(view: DrillView): readonly Content[] {
  const title = 'Timeline'
  const drawn = timelineChart(view)
  if (drawn === undefined) {
    return [heading(2, title), paragraph('The record has no marks: when anything happened is not known.')]
  }
  const { rto, marks, approvals } = view
  return [
    headedFigure(title, [], drawn),
    dataTable(
      'How long it took',
      [
        { title: 'Time' },
        { title: 'From' },
        { title: 'To' },
        { title: 'Value ± error', align: 'right' },
        { title: 'What' },
      ],
      [
        ...phasesFrom(marks).map((phase) =>
          phase.name === 'detection'
            ? timeRow(phase.name, phase.from, phase.to, rto.detection, phaseMeanings[phase.name])
            : [phase.name, phase.from, phase.to, durationOf(phase), phaseMeanings[phase.name]],
        ),
        timeRow('tool', 't4', 't8', rto.tool, 'failover and recovery: without detection and people'),
        timeRow('human', 't2', 't3', rto.human, 'from the alarm to the decision, or in all approvals'),
        timeRow('to first write', 't0', 't6', rto.write, 'the first acknowledgement of the destination'),
        timeRow('to first read', 't0', 't7', rto.read, 'the first record that a group reads there'),
        timeRow('RTO, service', 't0', 't8', rto.service, 'from the fault until writes and reads hold'),
        ...(approvals === undefined || approvals.length === 0
          ? []
          : [timeRow('without people', 't0', 't8', rto.withoutHuman, 'the same, when nobody has to be waited for')]),
      ],
    ),
    element('br', {}),
    dataTable(
      'The marks, in milliseconds after the fault',
      [{ title: 'Mark' }, { title: 'After the fault', align: 'right' }, { title: 'What' }],
      (Object.keys(markMeanings) as (keyof typeof markMeanings)[]).map((name) => {
        const at = marks[name]
        return [name, at === undefined ? 'not seen' : `${Number(at.toFixed(1))} ms`, markMeanings[name]]
      }),
    ),
  ]
}

function timeRow(name: string, from: string, to: string, figure: Figure, what: string): readonly Content[] {
  const why = figure.value === null ? `; unknown: ${figure.why ?? 'not measured'}` : ''
  return [name, from, to, shortFigureText(figure), `${what}${why}`]
}

const notes: readonly string[] = [
  'Times come from one process with one monotonic clock, which watched both sides. The error of a figure is how far the true value may be from it.',
  'A value above its objective fails, whatever its error. One whose error reaches above the objective passes, and is flagged.',
  'What could not be determined is called unknown, never zero. The canary is a sample: none lost of N is written "none observed of N".',
  'Lost is what the source acknowledged and the destination does not have after it was read to its end. A send without an answer may be on either side, and is counted apart.',
  'Figures of different modes are never put side by side: a sandbox, a practice drill, a planned switch and a forced failover measure different things.',
]
