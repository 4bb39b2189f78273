import { describe, expect, it } from 'vitest'
import { measured, unknown } from './measured.ts'
import { type Clocks, type DrillActuals, judge, type Objectives, type SplitBrainEvidence } from './verdict.ts'

const good: DrillActuals = {
  rtoService: measured(4_000, 'ms', 100),
  rtoAtLeastMs: undefined,
  rpoMs: measured(0, 'ms', 100),
  rpoAtLeastMs: 0,
  rpoRecords: measured(0, 'records', 0),
  lostAtLeast: 0,
  acknowledged: 500,
  misplaced: 0,
  skipped: measured(0, 'records', 0),
  skippedAtLeast: 0,
  mirroredLate: 0,
}
const objectives: Objectives = { rtoMs: 10_000, rpoMs: 5_000, rpoRecords: undefined }
const clean: SplitBrainEvidence = { kind: 'checked', acknowledgedAfterT5: 0 }
const clocks: Clocks = { source: measured(2, 'ms', 1), destination: measured(-3, 'ms', 1) }
const valid = { loopDelayP99Ms: 3, canaryEveryMs: 100 }

function judged(
  actuals: Partial<DrillActuals>,
  limits: Partial<Objectives> = {},
  splitBrain: SplitBrainEvidence = clean,
  validity: { loopDelayP99Ms: number | undefined; canaryEveryMs: number } = valid,
): { verdict: string; kinds: readonly string[] } {
  const { verdict, findings } = judge(
    { ...good, ...actuals },
    { ...objectives, ...limits },
    { splitBrain, validity, clocks },
  )
  return { verdict, kinds: findings.map(({ kind }) => kind) }
}

describe('verdict', () => {
  it('passes, and says how many were looked at', () => {
    const { verdict, findings } = judge(good, objectives, { splitBrain: clean, validity: valid, clocks })
    expect(verdict).toBe('pass')
    expect(findings).toEqual([{ kind: 'noneLostObserved', of: 500 }])
  })

  it.each<[string, Partial<DrillActuals>, Partial<Objectives>, string, readonly string[]]>([
    ['over the RTO', { rtoService: measured(10_001, 'ms', 500) }, {}, 'fail', ['objectiveMissed', 'noneLostObserved']],
    ['at the RTO', { rtoService: measured(10_000, 'ms') }, {}, 'pass', ['noneLostObserved']],
    [
      'under it by less than the error',
      { rtoService: measured(9_950, 'ms', 100) },
      {},
      'pass',
      ['withinErrorBar', 'noneLostObserved'],
    ],
    ['over the RPO', { rpoMs: measured(5_001, 'ms', 1) }, {}, 'fail', ['objectiveMissed', 'noneLostObserved']],
    ['loss without an objective for it', { rpoRecords: measured(9, 'records', 0), lostAtLeast: 9 }, {}, 'pass', []],
    [
      'one record over zero',
      { rpoRecords: measured(1, 'records', 0), lostAtLeast: 1 },
      { rpoRecords: 0 },
      'fail',
      ['objectiveMissed'],
    ],
    ['not measured, no objective', { rpoRecords: unknown('records', 'x') }, {}, 'pass', []],
    ['not measured', { rpoRecords: unknown('records', 'x') }, { rpoRecords: 3 }, 'unknown', ['objectiveUnknown']],
    [
      'not all measured, but enough',
      { rpoRecords: unknown('records', 'x'), lostAtLeast: 4 },
      { rpoRecords: 3 },
      'fail',
      ['objectiveMissed', 'objectiveUnknown'],
    ],
    [
      'away for longer than the RTO',
      { rtoService: unknown('ms', 't8'), rtoAtLeastMs: 12_000 },
      {},
      'fail',
      ['objectiveMissed', 'objectiveUnknown', 'noneLostObserved'],
    ],
    [
      'away, and we stopped looking early',
      { rtoService: unknown('ms', 't8'), rtoAtLeastMs: 9_000 },
      {},
      'unknown',
      ['objectiveUnknown', 'noneLostObserved'],
    ],
    [
      'over one and unknown in another',
      { rtoService: measured(11_000, 'ms'), rpoMs: unknown('ms', 'x') },
      {},
      'fail',
      ['objectiveMissed', 'objectiveUnknown', 'noneLostObserved'],
    ],
    [
      'too old a loss in one partition, and unknown in another',
      { rpoMs: unknown('ms', 'x'), rpoAtLeastMs: 5_001 },
      {},
      'fail',
      ['objectiveMissed', 'objectiveUnknown', 'noneLostObserved'],
    ],
    ['misplaced', { misplaced: 2 }, {}, 'fail', ['misplaced', 'noneLostObserved']],
    ['skipped', { skipped: measured(2, 'records') }, {}, 'fail', ['skippedByGroups', 'noneLostObserved']],
    [
      'skips unknown',
      { skipped: unknown('records', 'x') },
      {},
      'unknown',
      ['skippedByGroupsUnknown', 'noneLostObserved'],
    ],
    [
      'some skipped, and unknown whether more',
      { skipped: unknown('records', 'x'), skippedAtLeast: 2 },
      {},
      'fail',
      ['skippedByGroups', 'skippedByGroupsUnknown', 'noneLostObserved'],
    ],
    ['no group took part', { skipped: undefined }, {}, 'pass', ['noneLostObserved']],
  ])('%s', (_what, actuals, limits, verdict, kinds) => {
    // prettier-ignore
    expect(judged(actuals, limits)).toEqual({ verdict, kinds })
  })

  it('split brain outranks a missed objective', () => {
    const found = judged({ rtoService: measured(99_999, 'ms') }, {}, { kind: 'checked', acknowledgedAfterT5: 1 })
    expect(found).toEqual({ verdict: 'splitBrain', kinds: ['splitBrain', 'objectiveMissed', 'noneLostObserved'] })
  })

  it('does not pass when nobody looked for split brain, unless the drill leaves the source alone', () => {
    expect(judged({}, {}, { kind: 'unknown', why: 'the writer had stopped' }).verdict).toBe('unknown')
    expect(judged({}, {}, { kind: 'notExercised', why: 'practice' }).verdict).toBe('pass')
  })

  it('takes no time from an observer that stood still, but counts', () => {
    const slow = { loopDelayP99Ms: 101, canaryEveryMs: 100 }
    expect(judged({ rtoService: measured(99_999, 'ms') }, {}, clean, slow).verdict).toBe('unknown')
    expect(judged({}, {}, clean, { ...slow, loopDelayP99Ms: undefined }).verdict).toBe('unknown')
    const lost = { rpoRecords: measured(2, 'records', 0), lostAtLeast: 2 }
    expect(judged(lost, { rpoRecords: 0 }, clean, slow).verdict).toBe('fail')
    expect(judged({}, {}, clean, { ...slow, loopDelayP99Ms: 100 }).verdict).toBe('pass')
  })
})

describe('the clocks of the clusters', () => {
  const withSource = (skewMs: number, errorMs: number): readonly string[] =>
    judge(good, objectives, {
      splitBrain: clean,
      validity: valid,
      clocks: { ...clocks, source: measured(skewMs, 'ms', errorMs) },
    }).findings.map(({ kind }) => kind)

  it('are told of beyond a tenth of the tightest objective, whichever way they are off', () => {
    expect(withSource(500, 0)).toEqual(['noneLostObserved'])
    expect(withSource(502, 1)).toEqual(['clockSkew', 'noneLostObserved'])
    expect(withSource(-502, 1)).toEqual(['clockSkew', 'noneLostObserved'])
  })
  it('are not blamed for a slow answer', () => {
    expect(withSource(900, 500)).toEqual(['noneLostObserved'])
  })
  it('decide nothing, being no part of RTO and RPO', () => {
    const off = { ...clocks, destination: measured(60_000, 'ms', 1) }
    expect(judge(good, objectives, { splitBrain: clean, validity: valid, clocks: off }).verdict).toBe('pass')
    const unseen = { ...clocks, source: unknown('ms', 'denied') }
    expect(judge(good, objectives, { splitBrain: clean, validity: valid, clocks: unseen }).findings).toHaveLength(1)
  })
})

it('a mirror that took records of the source after it was opened fails', () => {
  expect(judged({ mirroredLate: 1 })).toEqual({ verdict: 'fail', kinds: ['mirroredLate', 'noneLostObserved'] })
})
