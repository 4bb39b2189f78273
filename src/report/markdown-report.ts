import { canaryViewFrom } from './canary-view.ts'
import { checksOf, checkWords } from './checks.ts'
import type { DrillView } from './drill-view.ts'
import { counted, figureText, shortFigureText, shortLostText } from './figure-text.ts'
import { findingText } from './finding-text.ts'
import { lostText, otherMirrorsText, unknownSendsText } from './loss-text.ts'
import { actualErrorText, actualText, limitText, objectiveRows, outcomeText } from './objectives.ts'
import { phasesFrom } from './phases.ts'
import type { ReportInput } from './report-input.ts'
import { durationOf } from './timeline-chart.ts'
import { textFromDurationMs } from '../core/duration.ts'
import { kafkaVersionText, modeMeaning, timeText, verdictMeaning, verdictWord } from './words.ts'

/** Of past runs: a ticket is no archive. */
const mostRuns = 5

/** The report of a drill for a ticket: GitHub's Markdown, which is text that can be read as it is. */
export function markdownReport(input: ReportInput): string {
  const { view, pastRuns } = input
  const { verdict, mode, scope, scenario, clusters, failure } = view
  const took = view.durationMs === undefined ? '' : `, ${textFromDurationMs(view.durationMs)}`
  const blocks = [
    `# Failover drill ${plain(view.id)}: ${plain(verdictWord(verdict))}`,
    `**${plain(verdictWord(verdict))}**: ${plain(verdictMeaning(verdict))}.`,
    bullets([
      ...(failure === undefined ? [] : [`Why: ${view.status}: ${failure.code}: ${failure.message}`]),
      `What: ${scenario === undefined ? '' : `${scenario}: `}${scope}`,
      `Mode: ${mode}: ${modeMeaning(mode)}`,
      `When: ${timeText(view.startedAt)}${took}`,
      ...(view.faultAt === undefined ? [] : [`Fault (t0): ${timeText(view.faultAt)}`]),
      ...(clusters === undefined
        ? []
        : [
            `Link: ${clusters.source.name} (${clusters.source.clusterId}, ${kafkaVersionText(clusters.source)}) to ${clusters.destination.name} (${clusters.destination.clusterId}, ${kafkaVersionText(clusters.destination)})`,
          ]),
      `Operator: ${view.operator ?? 'unknown'}; georep ${view.georepVersion}`,
      ...(view.approvals ?? []).map(
        ({ step, at, how }) => `Approval: ${step}: ${how ?? 'approved'}${at === null ? '' : `, ${timeText(at)}`}`,
      ),
    ]),
    '## Objectives and actuals',
    table(
      ['Figure', 'Objective', 'Actual', 'Error', 'Outcome'],
      objectiveRows(view).map((row) => [
        row.title,
        limitText(row),
        actualText(row, view),
        actualErrorText(row),
        outcomeText(row),
      ]),
    ),
    ...(view.rtoScope === undefined ? [] : [`RTO: ${plain(view.rtoScope)}.`]),
    '## Findings',
    view.findings === undefined
      ? 'The run came to no verdict, and has no findings.'
      : view.findings.length === 0
        ? 'Nothing was found.'
        : bullets(view.findings.map(findingText)),
    table(
      ['Check', 'Outcome', 'Found'],
      checksOf(view).map(({ name, outcome, text }) => [name, checkWords[outcome], text]),
    ),
    '## Timeline',
    table(
      ['Time', 'From', 'To', 'Value'],
      [
        ...phasesFrom(view.marks).map((phase) => [phase.name, phase.from, phase.to, durationOf(phase)]),
        ['to first write', 't0', 't6', figureText(view.rto.write)],
        ['to first read', 't0', 't7', figureText(view.rto.read)],
        ['RTO, service', 't0', 't8', figureText(view.rto.service)],
      ],
    ),
    '## Data',
    bullets([
      `Canary: ${lostText(view)}`,
      `Sends without an answer: ${unknownSendsText(view)}`,
      ...outageLine(view),
      `Read again: ${figureText(view.duplicates)}`,
      `Other mirrors of the link: ${otherMirrorsText(view)}`,
    ]),
    '## Runs of the same scope and mode',
    table(
      ['Run', 'Started', 'Verdict', 'RTO, service', 'Records lost'],
      pastRuns
        .slice(-mostRuns)
        .map(({ id, startedAt, verdict: its, rto, rpoRecords, isThis }) => [
          isThis ? `${id} (this)` : id,
          timeText(startedAt),
          verdictWord(its),
          shortFigureText(rto),
          shortLostText(rpoRecords),
        ]),
    ),
    plain(recordLine(input)),
  ]
  return `${blocks.join('\n\n')}\n`
}

function recordLine({ view: { previous }, hash, chain, madeAt }: ReportInput): string {
  const before = previous === undefined ? 'an unknown one' : (previous ?? 'none: it is the first')
  const state = chain.problems === 0 ? 'intact' : `BROKEN in ${counted(chain.problems, 'place')}`
  return `Record: SHA-256 ${hash}, after ${before}. The chain of hashes was ${state} when this report was made, ${timeText(madeAt)}.`
}

function outageLine(view: DrillView): readonly string[] {
  const outage = canaryViewFrom(view)?.outage
  return outage === undefined
    ? []
    : [`Without an acknowledgement on either side: ${textFromDurationMs(outage.toMs - outage.fromMs)}`]
}

function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${plain(item)}`).join('\n')
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`
  return [row(titles), `|${titles.map(() => '---').join('|')}|`, ...rows.map(row)].join('\n')
}

/** Text that stays text: what Markdown or HTML in it would read as markup is escaped. A line break ended its life when the record was read. */
function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>|~&#!]/g, '\\$&')
}
