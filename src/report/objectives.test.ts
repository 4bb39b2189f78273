import { describe, expect, it } from 'vitest'
import { drillRecord } from '../../test/support/reports.ts'
import { checksOf } from './checks.ts'
import { drillViewFrom } from './drill-view.ts'
import { findingText } from './finding-text.ts'
import { objectiveRows, outcomeText } from './objectives.ts'

const good = drillRecord('pass')
const outcomes = (more: object): readonly string[] =>
  objectiveRows(drillViewFrom({ ...good, ...more })).map(({ outcome }) => outcome)
const rto = (value: number | null): object => ({ rto: { serviceMs: { value, error: 5, unit: 'ms', why: null } } })

describe('an objective', () => {
  it.each([
    ['is met', {}, 'met'],
    ['is met, and within the error', { findings: [{ kind: 'withinErrorBar', objective: 'rtoMs' }] }, 'metWithinError'],
    ['is missed', { findings: [{ kind: 'objectiveMissed', objective: 'rtoMs' }] }, 'missed'],
    ['is missed by a lower bound, though the figure is unknown', { ...rto(null), findings: [{ kind: 'objectiveUnknown', objective: 'rtoMs' }, { kind: 'objectiveMissed', objective: 'rtoMs' }] }, 'missed'], // prettier-ignore
    ['is unknown', { findings: [{ kind: 'objectiveUnknown', objective: 'rtoMs' }] }, 'unknown'],
    ['is unknown without a figure, whatever the findings are', rto(null), 'unknown'],
    ['is unknown without findings', { findings: null }, 'unknown'],
    ['is missed by a figure above it, whatever the findings are', rto(60_001), 'missed'],
    ['was not set', { objectives: { rtoMs: null, rpoMs: null, rpoRecords: null } }, 'none'],
    ['is not on record', { objectives: undefined }, 'unknown'],
  ])('%s', (_what, more, expected) => {
    expect(outcomes(more)[0]).toBe(expected)
  })

  it('says why it is unknown', () => {
    const [row] = objectiveRows(drillViewFrom(drillRecord('unknown')))
    expect(outcomeText(row!)).toMatch(/^UNKNOWN: t8 \(steady state begins\) is missing/)
  })
})

describe('the checks', () => {
  const of = (more: object): readonly string[] =>
    checksOf(drillViewFrom({ ...good, ...more })).map(({ outcome }) => outcome)

  it('are passed where the record shows that they were made', () => {
    expect(of({ splitBrain: { acknowledgedAfterT5: 0, mirroredLate: 0 } })).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
    expect(of({ splitBrain: undefined })[1]).toBe('notExercised')
  })

  it('are unknown where it does not', () => {
    expect(of({ splitBrain: undefined, marks: null, rpo: null, group: null, observer: null })).toEqual(
      Array(5).fill('unknown'),
    )
    const unread = { records: { value: null, why: 'not read to its end' } }
    for (const mirroredLate of [0, null]) expect(of({ rpo: unread, splitBrain: { acknowledgedAfterT5: 0, mirroredLate } })[1]).toBe('unknown') // prettier-ignore
    expect(of({ splitBrain: undefined, findings: null })).toEqual([
      'unknown',
      'notExercised',
      'unknown',
      'unknown',
      'unknown',
    ])
  })

  it.each([
    ['splitBrain', 0, 'failed'],
    ['splitBrainUnknown', 0, 'unknown'],
    ['splitBrainNotExercised', 0, 'notExercised'],
    ['mirroredLate', 1, 'failed'],
    ['misplaced', 2, 'failed'],
    ['skippedByGroups', 3, 'failed'],
    ['skippedByGroupsUnknown', 3, 'unknown'],
    ['observerTooSlow', 4, 'unknown'],
    ['observerNotMeasured', 4, 'unknown'],
  ])('%s', (kind, index, outcome) => {
    expect(of({ findings: [{ kind }] })[index]).toBe(outcome)
  })
})

describe('a finding in words', () => {
  it.each([
    [{ kind: 'splitBrain', acknowledgedAfterT5: 1 }, /the source acknowledged 1 record after/],
    [{ kind: 'splitBrain', acknowledgedAfterT5: 'many' }, /acknowledged an unknown number of records after/],
    [{ kind: 'objectiveMissed', objective: 'rpoMs', actual: 7_000, limit: 5_000, isLowerBound: true }, /^RPO missed: at least 7.00 s, the objective is 5.00 s$/], // prettier-ignore
    [{ kind: 'objectiveMissed', objective: 'toString' }, /^an objective missed: unknown, the objective is unknown$/],
    [{ kind: 'objectiveUnknown', objective: 'rtoMs' }, /^RTO could not be determined: the record does not say why$/],
    [{ kind: 'mirroredLate', records: 2 }, /^the mirror took 2 records of the source after it was opened$/],
    [
      { kind: 'clockSkew', cluster: 'source', skewMs: 700.4, errorMs: 3, limitMs: 500 },
      /clock of the source is 700 ms ± 3 ms ahead/,
    ],
    [{ kind: 'newKind', records: 3 }, /^newKind: \{"records":3\}$/],
    [{ kind: 'newKind' }, /^newKind$/],
    [{ kind: 'splitBrainUnknown', why: 'x\n\u001b[2J' }, /^split brain could not be ruled out: x\\x0a\\x1b\[2J$/],
  ])('%j', (finding, text) => {
    expect(findingText(finding)).toMatch(text)
  })
})
