import { describe, expect, it } from 'vitest'
import {
  acknowledged,
  destinationLedger,
  destinationReads,
  drained,
  everywhere,
  observations,
  partitions,
  send,
  settings,
  sourceLedger,
} from '../../test/support/drill-observations.ts'
import { offset } from '../core/offset.ts'
import type { Objectives } from '../core/verdict.ts'
import { type DrillResult, drillResult } from './drill-result.ts'
import type { DrillObservations } from './failover-drill.ts'

const objectives: Objectives = { rtoMs: 60_000, rpoMs: 5_000, rpoRecords: undefined }

function resultOf(
  seen: Partial<DrillObservations> = {},
  limits: Partial<Objectives> = {},
  mode: 'sandbox' | 'practice' = 'sandbox',
): DrillResult {
  return drillResult({ mode }, settings, { ...objectives, ...limits }, { ...observations, ...seen })
}

function kinds({ findings }: DrillResult): readonly string[] {
  return findings.map(({ kind }) => kind)
}

/** The first `count` records of each partition did not arrive. */
const lastThreeLost = {
  drained: { ...observations.drained, source: partitions.map((partition) => drained(partition, 7, 0)) },
}

describe('a drill in which all is well', () => {
  const result = resultOf()
  it('passes, and says of how many nothing was lost', () => {
    expect(result.verdict).toBe('pass')
    expect(result.findings).toEqual([{ kind: 'noneLostObserved', of: 20 }])
  })
  it('has times from the marks, each with the error of both', () => {
    const { write, read, service, tool, detection, human } = result.rto
    expect(result.marks.t8).toBe(12_030)
    expect([write, read, service].map(({ value, error }) => [value, error])).toEqual([[2_005, 101], [2_030, 101], [2_030, 101]]) // prettier-ignore
    expect([tool, detection, human].map(({ value, error }) => [value, error])).toEqual([[520, 100], [1_500, 501], [0, 500]]) // prettier-ignore
  })
  it('counts nothing lost, and keeps what was not answered apart', () => {
    expect(result.rpo).toMatchObject({ records: { value: 0 }, ms: { value: 0 }, acknowledged: 20, misplaced: [] })
    expect(result.rpo.unknownSends).toEqual({ survived: 0, absent: 1, undetermined: 0 })
    expect(result.source).toEqual({ sends: 22, ok: 20, fail: 1, unknown: 1 })
    expect(result.destination).toEqual({ sends: 30, ok: 30, fail: 0, unknown: 0 })
  })
  it('tells where the group goes on, and what it reads again', () => {
    expect(result.duplicates.again).toEqual({ value: 4, error: 0, unit: 'records', why: null })
    expect(result.group.missed.value).toBe(0)
    expect(result.group.partitions).toEqual(
      partitions.map((partition) => ({ partition, committedOnSource: 8n, translated: 6n, firstRead: 6n })),
    )
  })
  it('does not mix the loss of other mirrors with the canary', () => {
    expect(result.otherMirrors).toMatchObject({
      count: 1,
      reconciled: { kind: 'unknown' },
      loss: { kind: 'atLeast', records: 9_007_199_254_740_994n },
    })
  })
})

describe('objectives', () => {
  it('are missed by what was lost', () => {
    const result = resultOf(lastThreeLost, { rpoRecords: 5 })
    expect(result.rpo).toMatchObject({ records: { value: 6, error: 0 }, ms: { value: 10_000 - 9_705, error: 101 } })
    expect(result.rpo.perPartition.map(({ lost }) => lost)).toEqual([[7, 8, 9], [7, 8, 9]]) // prettier-ignore
    expect(result.verdict).toBe('fail')
    expect(result.findings).toContainEqual({ kind: 'objectiveMissed', objective: 'rpoRecords', limit: 5, actual: 6, error: 0, isLowerBound: false }) // prettier-ignore
    expect(resultOf(lastThreeLost).verdict).toBe('pass')
    expect(resultOf(lastThreeLost, { rpoMs: 294 }).verdict).toBe('fail')
  })
  it('are missed by the time', () => {
    expect(resultOf({}, { rtoMs: 2_029 }).verdict).toBe('fail')
    expect(resultOf({}, { rtoMs: 2_030 }).verdict).toBe('pass')
  })
})

describe('what was not seen is unknown, and is named', () => {
  it.each([
    ['t6', 'write', 'first destination acknowledgement'],
    ['t7', 'read', 'first read by a group'],
  ] as const)('%s', (mark, figure, meaning) => {
    const result = resultOf({ marks: { ...observations.marks, [mark]: undefined } })
    expect(result.verdict).toBe('unknown')
    expect(result.rto[figure]).toMatchObject({ value: null, why: expect.stringContaining(`${mark} (${meaning}`) as string }) // prettier-ignore
    for (const one of [result.rto.service, result.rto.tool]) {
      expect(one).toMatchObject({ value: null, why: expect.stringMatching(`t8 .*: ${mark} .* was not seen`) as string })
    }
    expect(result.findings).toContainEqual(expect.objectContaining({ kind: 'objectiveUnknown', objective: 'rtoMs' }))
  })
  it('what a source acknowledges that could not be brought back', () => {
    const awayWhy = 'it could not be brought back: the command has exited with 4'
    const result = resultOf({ awayWhy })
    expect(result.verdict).toBe('unknown')
    expect(result.findings).toContainEqual({ kind: 'splitBrainUnknown', why: awayWhy })
    // What it was heard to acknowledge is no less for it.
    const late = send(0, 99, 11_900, acknowledged(11_900, 99n))
    const both = { awayWhy, source: { runId: 's', ledger: () => [...sourceLedger, late] } }
    expect(resultOf(both).verdict).toBe('splitBrain')
  })
  it('what a drill measured whose source was lost for real', () => {
    const lostForRealWhy = 'it does not answer: connect ECONNREFUSED'
    const result = resultOf({ lostForRealWhy }, {}, 'practice')
    expect(result.verdict).toBe('unknown')
    expect(result.findings).toContainEqual({ kind: 'lostForReal', why: lostForRealWhy })
    expect(resultOf({ lostForRealWhy }, { rtoMs: 2_029 }, 'practice').verdict).toBe('fail')
  })
  it('a service that did not come back is over a limit that was already past', () => {
    const gone = { marks: { ...observations.marks, t6: undefined } }
    const result = resultOf(gone, { rtoMs: 3_399 })
    expect(result.verdict).toBe('fail')
    expect(kinds(result)).toEqual(expect.arrayContaining(['objectiveMissed', 'objectiveUnknown']))
    expect(resultOf(gone, { rtoMs: 3_400 }).verdict).toBe('unknown')
  })
  it('a steady state that did not hold, with the reason', () => {
    const stops = destinationReads.filter(({ readAt }) => readAt < 12_300)
    const result = resultOf({ destinationReader: { ...observations.destinationReader, reads: () => stops } })
    expect(result.rto.service).toMatchObject({ value: null, why: expect.stringMatching(/^t8 .* is missing: \S/) as string }) // prettier-ignore
  })
  it('a destination that was not read to its end: late is not lost', () => {
    const source = partitions.map((partition) => ({ ...drained(partition, 3, 0), incomplete: 'not finished' }))
    const result = resultOf({ drained: { ...observations.drained, source } }, { rpoRecords: 0 })
    expect(result.rpo.records.value).toBe(null)
    expect(result.group.missed).toMatchObject({ value: null, why: 'not finished' })
    expect(result.mirroredLate).toBeUndefined()
    expect(result.verdict).toBe('unknown')
  })
  it('one partition of the destination: what the others lost decides where it is over', () => {
    const [first, second] = lastThreeLost.drained.source
    if (first === undefined || second === undefined) throw new Error('two partitions')
    const source = [first, { ...second, incomplete: 'not finished' }]
    const seen = { drained: { ...observations.drained, source } }
    expect(resultOf(seen, { rpoMs: 294 }).verdict).toBe('fail')
    expect(resultOf(seen, { rpoMs: 295 }).verdict).toBe('unknown')
  })
  it('when the destination became writable: then a split brain cannot be ruled out', () => {
    const result = resultOf({ marks: { ...observations.marks, t5: undefined } })
    expect(kinds(result)).toContain('splitBrainUnknown')
    expect(result.verdict).toBe('unknown')
  })
  it('the observer that stood still: times decide nothing, counted records do', () => {
    for (const loopDelayP99Ms of [100.1, undefined]) {
      const result = resultOf({ loopDelayP99Ms })
      expect(result.verdict).toBe('unknown')
      expect(kinds(result)).toContain(loopDelayP99Ms === undefined ? 'observerNotMeasured' : 'observerTooSlow')
      expect(resultOf({ loopDelayP99Ms, ...lastThreeLost }, { rpoRecords: 0 }).verdict).toBe('fail')
    }
    expect(resultOf({ loopDelayP99Ms: 100 }).verdict).toBe('pass')
  })
})

describe('split brain', () => {
  const writes = [...sourceLedger, send(0, 11, 11_700, acknowledged(11_801, 10n))]
  it('is a source that takes a record after the destination was writable, and outranks all', () => {
    const result = resultOf({ source: { runId: 'run1-source', ledger: () => writes } }, { rtoMs: 1, rpoRecords: 0 })
    expect(result.verdict).toBe('splitBrain')
    expect(result.findings[0]).toEqual({ kind: 'splitBrain', acknowledgedAfterT5: 1 })
  })
  it('is not exercised where the source was not lost', () => {
    const result = resultOf({ source: { runId: 'run1-source', ledger: () => writes } }, {}, 'practice')
    expect(kinds(result)).toContain('splitBrainNotExercised')
    expect(result.verdict).toBe('pass')
  })
})

describe('the group', () => {
  it('fails when it goes on behind what it had committed', () => {
    const result = resultOf({ translated: everywhere(9n) })
    expect(result.findings).toContainEqual({ kind: 'skippedByGroups', records: 2 })
    expect(result.verdict).toBe('fail')
  })
  it('fails when it misses a record that is there', () => {
    const [first, ...others] = destinationReads
    expect(first).toMatchObject({ partition: 0, offset: 6n })
    const result = resultOf({ destinationReader: { ...observations.destinationReader, reads: () => others } })
    expect(result.group.missed.value).toBe(1)
    expect(result.verdict).toBe('fail')
  })
  it('fails when it misses one record, whatever else of it is unknown', () => {
    const { committed } = observations.sourceReader
    const [, ...others] = destinationReads
    const result = resultOf({
      sourceReader: { ...observations.sourceReader, committed: () => new Map([...committed()].slice(1)) },
      destinationReader: { ...observations.destinationReader, reads: () => others },
    })
    expect(kinds(result)).toEqual(expect.arrayContaining(['skippedByGroups', 'skippedByGroupsUnknown']))
    expect(result.verdict).toBe('fail')
  })
  it('is unknown without a translated offset, and when reads come out of order', () => {
    const none = resultOf({ translated: new Map([[0, offset(6n)]]) })
    expect(none.verdict).toBe('unknown')
    expect(none.duplicates.again).toMatchObject({ value: null, why: expect.stringContaining('partition 1') as string })
    const elsewhere = destinationReads.map((read) => ({ ...read, offset: offset(read.offset + 1_000n) }))
    const twice = () => [...destinationReads, ...elsewhere]
    const repeated = resultOf({ destinationReader: { ...observations.destinationReader, reads: twice } })
    expect(repeated.group.missed).toMatchObject({ value: null, why: expect.stringContaining('out of order') as string })
    expect(repeated.verdict).toBe('unknown')
  })
  it('is known when its member had to begin anew, and read a place twice', () => {
    const twice = () => [...destinationReads, ...destinationReads.slice(-3)]
    const result = resultOf({ destinationReader: { ...observations.destinationReader, reads: twice } })
    expect(result.group.missed.value).toBe(0)
    expect(result.verdict).toBe('pass')
  })
})

it('a record at another offset than on the source fails', () => {
  const source = partitions.map((partition) => drained(partition, 10, partition))
  const result = resultOf({ drained: { ...observations.drained, source } })
  expect(result.findings).toContainEqual({ kind: 'misplaced', records: 10 })
  expect(result.verdict).toBe('fail')
})

it('writes that are late do not begin a steady state', () => {
  const late = destinationLedger.map((entry) =>
    entry.seq === 2 ? send(entry.partition, entry.seq, entry.scheduledAt, { kind: 'fail', why: 'refused' }) : entry,
  )
  const result = resultOf({ destination: { runId: 'run1-destination', ledger: () => late } })
  expect(result.marks.t8).toBeGreaterThan(12_200)
})
