import { checksOf } from './checks.ts'
import { figureText } from './figure-text.ts'
import { findingText } from './finding-text.ts'
import { junitText, type JunitCase } from './junit.ts'
import { actualErrorText, actualText, limitText, objectiveRows, outcomeText } from './objectives.ts'
import type { ReportInput } from './report-input.ts'
import type { ClusterName } from './drill-view.ts'
import { kafkaVersionText, verdictMeaning, verdictWord } from './words.ts'

type Case = Omit<JunitCase, 'classname'>

/**
 * The drill as a JUnit test suite: a case for the verdict, one for each objective, and one for each check. It is green when the verdict is pass, and never
 * otherwise, whatever the findings are.
 */
export function junitReport(input: ReportInput): string {
  const { view } = input
  const cases = [verdictCase(input), ...objectiveCases(input), ...checkCases(input)]
  return junitText({
    name: 'georep drill',
    suite: `georep.drill.${view.mode}`,
    durationMs: view.durationMs,
    startedAt: view.startedAt,
    properties: propertiesOf(input),
    cases: cases.map((one) => ({ ...one, classname: `georep.drill.${view.mode}` })),
  })
}

function verdictCase({ view }: ReportInput): Case {
  const { verdict, failure, status, findings = [] } = view
  const word = `${verdictWord(verdict)}: ${verdictMeaning(verdict)}`
  const name = 'verdict'
  if (verdict === 'pass') return { name, outcome: 'passed', message: word }
  const details = findings.map((finding) => findingText(finding)).join('\n')
  if (verdict === 'fail' || verdict === 'splitBrain') return { name, outcome: 'failure', message: word, details }
  const why = failure === undefined ? word : `${status}: ${failure.code}: ${failure.message}`
  return { name, outcome: 'error', message: why, details }
}

function objectiveCases({ view }: ReportInput): readonly Case[] {
  const outcomes = {
    met: 'passed',
    metWithinError: 'passed',
    missed: 'failure',
    unknown: 'error',
    none: 'skipped',
  } as const
  return objectiveRows(view).map((row) => {
    const { title, outcome } = row
    const actual = `${actualText(row, view)} (${actualErrorText(row)})`
    const compared = outcome === 'none' ? '' : `${actual}, the objective is ${limitText(row)}: `
    return { name: title, outcome: outcomes[outcome], message: `${compared}${outcomeText(row)}` }
  })
}

function checkCases({ view }: ReportInput): readonly Case[] {
  // What a pass could do without was not known, and did not decide.
  const unknown = view.verdict === 'pass' ? 'skipped' : 'error'
  const outcomes = { ok: 'passed', failed: 'failure', unknown, notExercised: 'skipped' } as const
  return checksOf(view).map(({ name, outcome, text }) => ({ name, outcome: outcomes[outcome], message: text }))
}

function propertiesOf({ view, hash, madeBy, madeAt }: ReportInput): readonly (readonly [string, string])[] {
  const { clusters } = view
  return [
    ['run', view.id],
    ['mode', view.mode],
    ...(view.scenario === undefined ? [] : [['scenario', view.scenario] as const]),
    ['scope', view.scope],
    ['status', view.status],
    ['verdict', view.verdict],
    ['startedAt', view.startedAt],
    ['faultAt', view.faultAt ?? 'unknown'],
    ['endedAt', view.endedAt],
    ['operator', view.operator ?? 'unknown'],
    ['georep', view.georepVersion],
    ['source', clusterText(clusters?.source)],
    ['destination', clusterText(clusters?.destination)],
    ['rtoService', figureText(view.rto.service)],
    ['rpoRecords', figureText(view.rpo.records)],
    ['rpoTime', figureText(view.rpo.ms)],
    ['sha256', hash],
    ['previousSha256', view.previous === undefined ? 'unknown' : (view.previous ?? 'none')],
    ['reportBy', `georep ${madeBy}, ${madeAt}`],
  ]
}

function clusterText(cluster: ClusterName | undefined): string {
  return cluster === undefined ? 'unknown' : `${cluster.name} ${cluster.clusterId}, ${kafkaVersionText(cluster)}`
}
