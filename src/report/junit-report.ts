import { checksOf } from './checks.ts'
import { figureText } from './figure-text.ts'
import { findingText } from './finding-text.ts'
import { element, type Markup } from './markup.ts'
import { actualErrorText, actualText, limitText, objectiveRows, outcomeText } from './objectives.ts'
import type { ReportInput } from './report-input.ts'
import type { ClusterName } from './drill-view.ts'
import { kafkaVersionText, verdictMeaning, verdictWord } from './words.ts'

/** One case of the suite. `error`: it could not be determined; `skipped`: it was not asked for, or this exercise cannot tell. */
interface Case {
  readonly name: string
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped'
  readonly message: string
  /** More than fits on a line. */
  readonly details?: string
}

/**
 * The drill as a JUnit test suite: a case for the verdict, one for each objective, and one for each check. It is green when the verdict is pass, and never
 * otherwise, whatever the findings are.
 */
export function junitReport(input: ReportInput): string {
  const { view } = input
  const cases = [verdictCase(input), ...objectiveCases(input), ...checkCases(input)]
  const count = (outcome: Case['outcome']): number => cases.filter((one) => one.outcome === outcome).length
  const totals = { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') }
  const suite = element(
    'testsuite',
    {
      name: `georep.drill.${view.mode}`,
      ...totals,
      time: view.durationMs === undefined ? undefined : (view.durationMs / 1_000).toFixed(3),
      timestamp: view.startedAt.replace(/(\.\d+)?Z$/, ''),
    },
    element('properties', {}, ...propertiesOf(input).map(([name, value]) => element('property', { name, value }))),
    ...cases.map((one) => caseElement(one, `georep.drill.${view.mode}`)),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>${element('testsuites', { name: 'georep drill', ...totals }, suite).markup}\n`
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

function caseElement({ name, outcome, message, details }: Case, classname: string): Markup {
  if (outcome === 'passed') {
    return element('testcase', { name, classname }, ...(message === '' ? [] : [element('system-out', {}, message)]))
  }
  const type = { failure: 'missed', error: 'unknown', skipped: undefined }[outcome]
  return element('testcase', { name, classname }, element(outcome, { message, type }, lines(details)))
}

function lines(text = ''): readonly (string | Markup)[] {
  // One by one: a line break is no character of a name, and of a list it is.
  return text.split('\n').flatMap((one, index) => (index === 0 ? [one] : [lineBreak, one]))
}

const lineBreak: Markup = { markup: '\n' }

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
