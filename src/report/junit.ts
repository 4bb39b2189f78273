import { element, type Markup } from './markup.ts'

/** One case of the suite. `error`: it could not be determined; `skipped`: it was not asked for, or this exercise cannot tell. */
export interface JunitCase {
  readonly classname: string
  readonly name: string
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped'
  readonly message: string
  /** More than fits on a line. */
  readonly details?: string
}

export interface JunitSuite {
  /** Of the whole document. */
  readonly name: string
  readonly suite: string
  readonly durationMs: number | undefined
  /** An ISO date in UTC. */
  readonly startedAt: string
  readonly properties: readonly (readonly [name: string, value: string])[]
  readonly cases: readonly JunitCase[]
}

/** A JUnit document of one test suite. */
export function junitText({ name, suite, durationMs, startedAt, properties, cases }: JunitSuite): string {
  const count = (outcome: JunitCase['outcome']): number => cases.filter((one) => one.outcome === outcome).length
  const totals = { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') }
  const content = element(
    'testsuite',
    {
      name: suite,
      ...totals,
      time: durationMs === undefined ? undefined : (durationMs / 1_000).toFixed(3),
      timestamp: startedAt.replace(/(\.\d+)?Z$/, ''),
    },
    element('properties', {}, ...properties.map(([key, value]) => element('property', { name: key, value }))),
    ...cases.map((one) => caseElement(one)),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>${element('testsuites', { name, ...totals }, content).markup}\n`
}

function caseElement({ classname, name, outcome, message, details }: JunitCase): Markup {
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
