import type { CanaryRead } from '../../src/core/canary-reads.ts'
import type { LedgerEntry, SendOutcome } from '../../src/core/ledger.ts'
import { measured } from '../../src/core/measured.ts'
import { type Offset, offset } from '../../src/core/offset.ts'
import type { DrainedPartition } from '../../src/core/rpo.ts'
import type { DrillObservations } from '../../src/drill/failover-drill.ts'
import type { DrillSettings } from '../../src/drill/site.ts'

// A drill as it goes when all is well, made by hand: two partitions, a record in each every 100 ms, the fault at 10 s.
// Ten records a partition arrived (offsets 0 to 9); the fence took offset 10; the destination's own begin at 11.
// The group had committed 8 and goes on at 6.

export const partitions = [0, 1] as const
const t0 = 10_000
const wallAtStart = 1_767_348_000_000
export const sourceRun = 'run1-source'
export const destinationRun = 'run1-destination'

export const settings: DrillSettings = {
  runId: 'run1',
  partitions: partitions.length,
  canaryEveryMs: 100,
  probeEveryMs: 500,
  failuresNeeded: 3,
  steadyMs: 1_000,
  holdMs: 1_000,
  failoverTimeoutMs: 60_000,
  holdBack: undefined,
  phaseMs: 420,
  report: () => undefined,
  onStatus: () => undefined,
}

export function acknowledged(at: number, where: bigint): SendOutcome {
  return { kind: 'ok', offset: offset(where), acknowledgedAt: at, acknowledgedWallMs: wallAtStart + at }
}

export function send(partition: number, seq: number, scheduledAt: number, outcome: SendOutcome): LedgerEntry {
  return { partition, seq, scheduledAt, scheduledWallMs: wallAtStart + scheduledAt, outcome }
}

export const sourceLedger: readonly LedgerEntry[] = [
  ...each(10, (partition, n) => send(partition, n, 9_000 + n * 100, acknowledged(9_005 + n * 100, BigInt(n)))),
  send(0, 10, t0, { kind: 'unknown', why: 'may be written: ECONNRESET' }),
  send(1, 10, t0, { kind: 'fail', why: 'not sent: ECONNREFUSED' }),
]

export const destinationLedger: readonly LedgerEntry[] = each(15, (partition, n) =>
  send(partition, n, 12_000 + n * 100, acknowledged(12_005 + n * 100, 11n + BigInt(n))),
)

export function read(partition: number, where: number, run: string, seq: number, readAt: number): CanaryRead {
  return { partition, offset: offset(BigInt(where)), canary: { runId: run, seq }, readAt }
}

export const destinationReads: readonly CanaryRead[] = [
  ...each(4, (partition, n) => read(partition, 6 + n, sourceRun, 6 + n, 12_030)),
  ...each(15, (partition, n) => read(partition, 11 + n, destinationRun, n, 12_040 + n * 100)),
]

export const observations: DrillObservations = {
  offsetMapping: 'identical',
  marks: {
    ...{ t0, t1: 9_905, t2: 11_500, t3: 11_500, t4: 11_510, t5: 11_800 },
    ...{ t6: 12_005, t7: 12_030, t8: undefined },
  },
  cutAt: t0,
  injectionUncertaintyMs: 1,
  source: { runId: sourceRun, ledger: () => sourceLedger },
  destination: { runId: destinationRun, ledger: () => destinationLedger },
  sourceReader: { reads: () => [], committed: () => everywhere(8n) },
  destinationReader: { reads: () => destinationReads, committed: () => new Map() },
  translated: everywhere(6n),
  failover: [
    {
      topic: 'georep-canary-run1',
      outcome: { kind: 'applied' },
      ends: [offset(10n), offset(10n)],
      loss: { kind: 'atLeast', records: 0n },
    },
    {
      topic: 'orders',
      outcome: { kind: 'applied' },
      ends: [offset(9_007_199_254_740_993n)],
      loss: { kind: 'atLeast', records: 9_007_199_254_740_993n },
    },
  ],
  otherMirrors: [
    {
      topic: 'orders',
      loss: { kind: 'atLeast', records: 9_007_199_254_740_993n },
      atFault: { kind: 'atLeast', records: 9_007_199_254_740_994n },
      reconciled: undefined,
      unreconciledWhy: 'the source was not brought back',
    },
  ],
  drained: {
    source: partitions.map((partition) => drained(partition, 10, 0)),
    destination: partitions.map((partition) => drained(partition, 15, 11)),
  },
  detected: {
    lostAt: 11_500,
    failingSince: 10_200,
    probes: [{ startedAt: 10_200, endedAt: 10_201, failure: 'ECONNREFUSED' }],
  },
  lag: [
    { at: 9_000, records: 4 },
    { at: 9_500, records: 2 },
    { at: 10_500, records: undefined },
  ],
  clocks: { source: measured(1.5, 'ms', 1.2), destination: measured(-0.5, 'ms', 1.3) },
  undoneAt: undefined,
  observedUntil: 13_400,
  loopDelayP99Ms: 3.14159,
}

/** A partition that holds so many sequences from an offset on. */
export function drained(partition: number, count: number, from: number): DrainedPartition {
  const offsetsBySeq = new Map(Array.from({ length: count }, (_, seq) => [seq, [offset(BigInt(from + seq))]]))
  return { partition, offsetsBySeq, foreign: 0, incomplete: undefined }
}

export function everywhere(value: bigint): ReadonlyMap<number, Offset> {
  return new Map(partitions.map((partition) => [partition, offset(value)]))
}

/** In the order of time. */
export function each<T>(count: number, make: (partition: number, n: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, n) => partitions.map((partition) => make(partition, n))).flat()
}
