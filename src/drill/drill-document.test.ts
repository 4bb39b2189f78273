import { describe, expect, it } from 'vitest'
import { observations, settings } from '../../test/support/drill-observations.ts'
import { expectFigures } from '../../test/support/figures.ts'
import { drillDocument } from './drill-document.ts'
import { drillResult } from './drill-result.ts'
import type { DrillObservations } from './failover-drill.ts'

const objectives = { rtoMs: 60_000, rpoMs: undefined, rpoRecords: 0 }

function printed(seen: Partial<DrillObservations> = {}, site: object = {}): Record<string, unknown> {
  const all = { ...observations, ...seen }
  const result = drillResult({ mode: 'sandbox', ...site }, settings, objectives, all)
  const text = JSON.stringify(drillDocument(result, all, { settings, objectives }), (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return JSON.parse(text) as Record<string, unknown>
}

describe('the document of a drill', () => {
  const document = printed()

  it('has the figures that scripts rely on', () => {
    const figure = { value: expect.any(Number) as number, unit: 'ms', why: null }
    expect(document).toMatchObject({
      verdict: 'pass',
      findings: [{ kind: 'noneLostObserved', of: 20 }],
      objectives: { rtoMs: 60_000, rpoMs: null, rpoRecords: 0 },
      rto: { serviceMs: figure, writeMs: figure, readMs: figure, toolMs: figure, detectionMs: figure },
      rpo: { records: { ...figure, unit: 'records' }, ms: figure, acknowledged: 20 },
      duplicates: { value: 4, error: 0, unit: 'records', why: null },
    })
  })

  it('has whole figures everywhere, and a reason for each that is unknown', () => {
    expect(expectFigures(document)).toBeGreaterThan(30)
    const gaps = printed({ marks: { ...observations.marks, t6: undefined }, loopDelayP99Ms: undefined })
    expect(expectFigures(gaps)).toBe(expectFigures(document))
    expect(gaps).toMatchObject({
      marks: { t6: { value: null, why: 't6 was not seen' }, t0: { value: 0 } },
      observer: { loopDelayP99Ms: { value: null, why: expect.any(String) as string } },
    })
  })

  it('has null, and no zero, for what the source acknowledged where nobody could count it, or it was not exercised', () => {
    expect(document).toMatchObject({ splitBrain: { acknowledgedAfterT5: 0 } })
    const unknown = { splitBrain: { acknowledgedAfterT5: null } }
    expect(printed({ marks: { ...observations.marks, t5: undefined } })).toMatchObject(unknown)
    expect(printed({ awayWhy: 'it could not be brought back' })).toMatchObject(unknown)
    expect(printed({}, { mode: 'practice' })).toMatchObject(unknown)
  })

  it('has marks in milliseconds after the fault, no finer than the clock', () => {
    expect(document['marks']).toMatchObject({ t0: { value: 0 }, t1: { value: -95 }, t8: { value: 2_030 } })
    expect(printed({ marks: { ...observations.marks, t2: 11_500.123456 } })).toMatchObject({ marks: { t2: { value: 1_500.1 } } }) // prettier-ignore
  })

  it('has offsets and counts beyond 2^53 as text, and the ledger in rows', () => {
    expect(document).toMatchObject({
      otherMirrors: { count: 1, loss: { kind: 'atLeast', records: '9007199254740994' } },
      group: { partitions: [{ translated: '6' }, { translated: '6' }] },
    })
    const { source } = document['ledger'] as { source: readonly unknown[] }
    expect(source).toHaveLength(22)
    expect(source[0]).toEqual([0, 0, 1_767_348_009_000, 'ok', '0', 1_767_348_009_005])
    expect(source[20]).toEqual([0, 10, 1_767_348_010_000, 'unknown', null, null])
  })

  it('has no more of the settings than what the drill was told, and no secret', () => {
    const secret = { settings: { source: { sasl: { password: 'hunter2' } } }, config: { password: 'hunter2' } }
    const text = JSON.stringify(printed({}, secret))
    expect(text).not.toContain('hunter2')
    expect(Object.keys(document['settings'] as object)).toEqual([
      ...['partitions', 'canaryEveryMs', 'probeEveryMs', 'failuresNeeded', 'steadyMs', 'holdMs', 'holdBack', 'phaseMs'],
    ])
  })
})
