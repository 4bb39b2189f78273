import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drillRecord, expectPlainHtml, inputOf, parsedXml } from '../../test/support/reports.ts'
import { drillMetrics } from './drill-metrics.ts'
import { drillViewFrom } from './drill-view.ts'
import { htmlReport } from './html-report.ts'
import { junitReport } from './junit-report.ts'
import { markdownReport } from './markdown-report.ts'

const good = drillRecord('pass')

describe('a record as a report reads it', () => {
  it('is read whole, with nothing that is not understood', () => {
    const view = drillViewFrom(good)
    expect({ unreadable: view.unreadable, notShown: view.notShown }).toEqual({ unreadable: [], notShown: [] })
    expect(view).toMatchObject({ id: 'ab12', mode: 'sandbox', verdict: 'pass', durationMs: 16_000, kind: 'drill' })
    expect(view.ledger?.source).toHaveLength(22)
  })

  it('names what it cannot read, and treats it as unknown', () => {
    const view = drillViewFrom({
      ...good,
      rto: {
        serviceMs: { value: '2030', error: 1, unit: 'ms', why: null },
        writeMs: { value: 1, error: -5, unit: 'ms' },
      },
      ledger: { source: [[0, 0, 1, 'ok', '0', 1, 'more']], destination: [] },
      marks: { t0: 7, t8: { value: 1e300 } },
      findings: 'none',
      duplicates: null,
      objectives: { rtoMs: -1 },
      settings: { a: 1, nested: { b: 2 }, c: null },
      surprise: 1,
    })
    expect(view.unreadable).toEqual([
      'ledger.source',
      'findings',
      'objectives',
      'rto.serviceMs',
      'marks.t0',
      'marks.t8',
    ])
    expect(view.rto.service).toEqual({ value: null, error: null, unit: 'ms', why: 'the record does not say' })
    expect(view.rto.write).toEqual({ value: 1, error: null, unit: 'ms', why: null })
    expect(view).toMatchObject({ ledger: undefined, findings: undefined, objectives: undefined })
    expect(view.duplicates.value).toBeNull()
    expect(view.settings).toEqual([['a', '1']])
    expect(view.notShown).toEqual(['surprise'])
  })

  it('is not fooled by the names that every object has', () => {
    const view = drillViewFrom(
      JSON.parse('{"__proto__": {"verdict": "pass"}, "rto": {"constructor": 1}}') as typeof good,
    )
    expect(view.verdict).toBe('unknown')
    expect(drillViewFrom({ ...good, verdict: 'constructor', mode: '__proto__' })).toMatchObject({
      verdict: 'constructor',
    })
    expectPlainHtml(
      htmlReport(inputOf({ ...good, verdict: 'constructor', mode: '__proto__', findings: [{ kind: 'toString' }] })),
    )
  })

  it('is cut where it is too long for people', () => {
    const { scope } = drillViewFrom({ ...good, scope: 'x'.repeat(100_000) })
    expect(scope).toBe(`${'x'.repeat(2_000)}… (98000 more characters)`)
  })
})

const hostile =
  '</svg></title><script>alert("1")</script><style>*{}</style>\n| `a` *b* [c](d) & \' " \u001b[2J\u0000\ud800\u202e]]>'

/** Every text of a record replaced, and the words on which something depends left. */
function withText(value: unknown, text: string): unknown {
  if (typeof value === 'string')
    return /^(ok|fail|unknown|exact|atLeast|ms|records|records\/s|-?\d+|georep\.run\/1)$/.test(value) ? value : text
  if (Array.isArray(value)) return value.map((one) => withText(one, text))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withText(one, text)]))
}

describe('no text in a record becomes markup', () => {
  const record = withText(
    {
      ...drillRecord('unknown'),
      error: { code: 'x', message: 'x', stateNow: 'x', data: 'x' },
      approvals: [{ step: 'x', at: 'x', how: 'x' }],
    },
    hostile,
  ) as typeof good
  const input = inputOf({ ...record, [hostile]: 1, settings: { [hostile]: hostile } })

  it('of HTML', () => {
    const text = htmlReport(input)
    expectPlainHtml(text)
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    expect(text).toContain('&lt;script&gt;')
  })

  it('of XML', () => {
    const text = junitReport(input)
    expect(() => parsedXml(text)).not.toThrow()
    expect(text).toContain('&lt;script&gt;')
  })

  it('of Markdown', () => {
    const text = markdownReport(input)
    for (const line of text.split('\n')) expect(line.replace(/\\.|^\*\*UNKNOWN\*\*/g, '')).not.toMatch(/[<`*[&]/)
    const [titles = '', , ...rows] = text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .slice(0, 5)
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(titles.split('|').length)
  })

  it('of Prometheus', () => {
    const text = drillMetrics(input)
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) |georep_drill_[a-z_]+\{([a-z]+="(\\.|[^"\\])*",?)+\} \S+$)/)
  })
})

it('makes every report of whatever a record may be, and throws at none', () => {
  const names = Object.keys(good)
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record({
      value: fc.option(fc.double()),
      error: fc.option(fc.double()),
      unit: fc.constantFrom('ms', 'records', 'x'),
      why: fc.option(fc.string()),
    }),
    fc.array(
      fc.record({
        kind: fc.constantFrom('splitBrain', 'objectiveMissed', 'x'),
        objective: fc.string(),
        limit: fc.double(),
      }),
    ),
  )
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), anything), (changes) => {
      const record = JSON.parse(JSON.stringify({ ...good, ...changes })) as typeof good
      const input = inputOf(record)
      expectPlainHtml(htmlReport(input))
      parsedXml(junitReport(input))
      expect(markdownReport(input)).toMatch(/^# Failover drill /)
      expect(drillMetrics(input)).toMatch(/^# HELP georep_drill_rto_seconds/)
    }),
    { numRuns: 25 },
  )
})
