import type { DrillView } from './drill-view.ts'
import { counted, figureText, shortFigureText, shortLostText } from './figure-text.ts'
import { historyChart } from './history-chart.ts'
import { code, dataTable, factTable, headedFigure, heading, paragraph } from './html-parts.ts'
import type { Content } from './markup.ts'
import type { ReportInput } from './report-input.ts'
import { kafkaVersionText, timeText, verdictWord } from './words.ts'

/** Enough to see a trend, and few enough for a page. */
const mostRuns = 40

export function historySection({ view, pastRuns }: ReportInput): readonly Content[] {
  const shown = pastRuns.slice(-mostRuns)
  const title = 'Runs of the same scope and mode'
  if (shown.length === 0) return [heading(2, title), paragraph('This run is not on record.')]
  const left = pastRuns.length - shown.length
  return [
    headedFigure(title, [], historyChart(shown, view.objectives?.rtoMs)),
    dataTable(
      `Mode ${view.mode}, oldest first${left === 0 ? '' : `; ${left} before these are left out`}`,
      [
        { title: 'Run' },
        { title: 'Started' },
        { title: 'Status' },
        { title: 'Verdict' },
        { title: 'RTO, service', align: 'right' },
        { title: 'Records lost', align: 'right' },
        { title: 'RPO, time', align: 'right' },
      ],
      shown.map(({ id, startedAt, status, verdict, rto, rpoRecords, rpoMs, isThis }) => [
        isThis ? `${id} (this)` : id,
        timeText(startedAt),
        status,
        verdictWord(verdict),
        shortFigureText(rto),
        shortLostText(rpoRecords),
        shortFigureText(rpoMs),
      ]),
    ),
  ]
}

export function environmentSection({ view, hash, chain, madeAt, madeBy }: ReportInput): readonly Content[] {
  const { clusters, operator, georepVersion, loopDelayP99Ms, settings, unreadable, notShown } = view
  const cluster = (side: 'source' | 'destination'): string =>
    clusters === undefined
      ? 'unknown'
      : `${clusters[side].name}, cluster id ${clusters[side].clusterId}, ${kafkaVersionText(clusters[side])}`
  return [
    factTable('Who, where and with what', [
      ['Run', code(view.id)],
      ['Operator', operator ?? 'unknown'],
      ['Approvals', approvalsText(view)],
      ['Source', cluster('source')],
      ['Destination', cluster('destination')],
      ['georep', georepVersion],
      ...(view.runbook === undefined
        ? []
        : [['Runbook', [`${view.runbook.name}, SHA-256 `, code(view.runbook.hash)]] as const]),
      ['Observer', `its event loop stood still for ${figureText(loopDelayP99Ms)} (p99)`],
      ['Clocks', clocksText(view)],
      ['Settings', settings.length === 0 ? 'unknown' : settings.map(([name, value]) => `${name} ${value}`).join(', ')],
      ['This record', ['SHA-256 ', code(hash)]],
      ['Record before it', previousText(view)],
      ['History', chainText(chain)],
      [
        'This report',
        `made ${timeText(madeAt)} by georep ${madeBy}, from the record; georep drill report ${view.id} makes it again`,
      ],
    ]),
    ...(unreadable.length === 0
      ? []
      : [paragraph(`Parts of the record that could not be read, and count as unknown: ${unreadable.join(', ')}.`)]),
    ...(notShown.length === 0
      ? []
      : [paragraph(`Parts of the record that this report does not show: ${notShown.join(', ')}.`)]),
  ]
}

function previousText({ previous, previousId }: DrillView): Content {
  if (previous === null) return 'none: it is the first'
  if (previous === undefined) return 'unknown'
  return [previousId === undefined ? '' : `run ${previousId}, `, 'SHA-256 ', code(previous)]
}

function approvalsText({ approvals }: DrillView): string {
  if (approvals === undefined || approvals.length === 0) return 'none on record'
  return approvals
    .map(({ step, at, how }) => `${step}: ${how ?? 'approved'}${at === null ? '' : `, ${timeText(at)}`}`)
    .join('; ')
}

export function stepSection({ steps = [] }: DrillView): readonly Content[] {
  if (steps.length === 0) return []
  return [
    heading(2, 'Steps'),
    dataTable(
      'What was done, step by step',
      ['Step', 'What it does', 'Outcome', 'Attempts', 'Began', 'Ended', 'Seen'].map((title) => ({ title })),
      steps.map(({ id, does, outcome, attempts, startedAt, endedAt, what }) => [
        id,
        does,
        outcome ?? 'not come to',
        attempts,
        startedAt === null ? '' : timeText(startedAt),
        endedAt === null ? '' : timeText(endedAt),
        what ?? '',
      ]),
    ),
  ]
}

/** Of the clusters; RTO and RPO are told by the clock of the observer alone. */
function clocksText({ clocks }: DrillView): string {
  if (clocks === undefined) return 'how far those of the clusters are off is not on record'
  return `source ${figureText(clocks.source)}, destination ${figureText(clocks.destination)} ahead of the observer's`
}

function chainText({ records, problems }: ReportInput['chain']): string {
  const state =
    problems === 0
      ? 'the chain of hashes was intact'
      : `the chain of hashes was BROKEN in ${counted(problems, 'place')}`
  return `${state} when this report was made (${records} records); georep history verify checks it again`
}
