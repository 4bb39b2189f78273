import { describe, expect, it } from 'vitest'
import { drillMetrics } from '../../src/report/drill-metrics.ts'
import { htmlReport } from '../../src/report/html-report.ts'
import { junitReport } from '../../src/report/junit-report.ts'
import { markdownReport } from '../../src/report/markdown-report.ts'
import { drillRecord, expectPlainHtml, inputOf, parsedXml, recordOf } from '../support/reports.ts'
import { expectGolden } from './golden.ts'

// Each kind of report of drills that are fixed here. The HTML is looked at in a browser whenever its golden file changes: docs/reports.md says how.

const interrupted = recordOf({
  ...{ kind: 'drill', mode: 'practice', scope: 'practice: link east-west', status: 'interrupted', verdict: 'unknown' },
  ...{
    startedAt: '2026-01-02T10:00:00.000Z',
    endedAt: '2026-01-02T10:00:04.200Z',
    georepVersion: '0.0.0',
    operator: 'test',
  },
  error: { code: 'GR-INTERRUPTED', message: 'interrupted by SIGINT', stateNow: 'one\ntwo', data: null },
})

/** What drills put on record beside that. */
const full = drillRecord('fail', {
  scenario: 'region-kill',
  series: { run: 2, of: 10, seed: 'abc' },
  splitBrain: { acknowledgedAfterT5: 0, mirroredLate: 0 },
  lag: {
    beforeFault: { value: 2, error: null, unit: 'records', why: null },
    worstBeforeFault: { value: 4, error: null, unit: 'records', why: null },
    atFailover: { value: 6, error: 0, unit: 'records', why: null },
    samples: [[-1_000, 4], [-500, 2], [0, 3], [500, null], [1_000, 6], [2_000, 6]], // prettier-ignore
  },
  clocks: {
    source: { value: 1.5, error: 1.2, unit: 'ms', why: null },
    destination: { value: null, error: null, unit: 'ms', why: 'the clock was not asked' },
  },
  otherMirrors: {
    count: 1,
    loss: { kind: 'atLeast', records: '9007199254740993' },
    mirrors: [
      {
        topic: 'orders',
        loss: { kind: 'atLeast', records: '9007199254740993' },
        atFault: { kind: 'atLeast', records: '9007199254740994' },
        reconciled: { kind: 'unknown', records: null },
        why: 'the source was not brought back',
      },
    ],
  },
  runbook: { name: 'forced-failover', hash: 'e'.repeat(64) },
  approvals: [{ step: 'ask', at: '2026-01-02T10:00:11.500Z', how: 'approved at a terminal by ann@desk' }],
  steps: [
    {
      ...{ id: 'ask', kind: 'approve', does: 'have it approved at the terminal', outcome: 'ok', attempts: 1 },
      ...{ startedAt: '2026-01-02T10:00:11.000Z', endedAt: '2026-01-02T10:00:11.500Z', what: 'approved' },
    },
    {
      ...{ id: 'tell', kind: 'exec', does: 'run ./tell.sh', outcome: null, attempts: 0 },
      ...{ startedAt: null, endedAt: null, what: null },
    },
  ],
  brandNew: { more: true },
})

const records = {
  pass: drillRecord('pass'),
  fail: full,
  unknown: drillRecord('unknown'),
  splitBrain: drillRecord('splitBrain'),
  practice: drillRecord('pass', { mode: 'practice' }),
  interrupted,
}

describe.each(Object.entries(records))('the report of a drill: %s', (name, record) => {
  const input = inputOf(record)

  it('as HTML, without script and CSS, well formed', () => {
    const text = htmlReport(input)
    expectPlainHtml(text)
    expectGolden(`report-${name}.html`, text)
  })

  it('as Markdown', () => {
    expectGolden(`report-${name}.md`, markdownReport(input))
  })

  it('as JUnit XML, green only when it passed', () => {
    const text = junitReport(input)
    expectGolden(`report-${name}.xml`, text)
    const { name: root, attributes, children } = parsedXml(text)
    expect(root).toBe('testsuites')
    const cases = children[0]?.children.filter((one) => one.name === 'testcase') ?? []
    const of = (kind: string): string => cases.filter((one) => one.children.some((child) => child.name === kind)).length.toString() // prettier-ignore
    expect(attributes).toEqual({
      name: 'georep drill',
      tests: cases.length.toString(),
      failures: of('failure'),
      errors: of('error'),
      skipped: of('skipped'),
    })
    expect(children[0]?.attributes).toMatchObject({ ...attributes, name: expect.any(String) as string })
    expect(attributes['failures'] === '0' && attributes['errors'] === '0').toBe(record['verdict'] === 'pass')
  })

  it('as text for Prometheus', () => {
    expectGolden(`report-${name}.prom`, drillMetrics(input))
  })
})

it('of a history that is broken says so, and does not tell the last success', () => {
  const input = inputOf(records.pass, { chain: { records: 5, problems: 2 } })
  expect(htmlReport(input)).toContain('BROKEN in 2 places')
  expect(markdownReport(input)).toContain('BROKEN in 2 places')
  expect(drillMetrics(input)).toMatch(/last_success_timestamp_seconds\{.*\} NaN\n/)
})
