import type { CarriedMirror, LeaderStanding } from '../../src/engines/running.ts'

/** A leader that is well. */
export function leaderStanding(changes: Partial<LeaderStanding> = {}): LeaderStanding {
  return {
    role: 'leader',
    leaseAgeMs: 250,
    isLeaseFresh: true,
    heartbeatAt: new Date('2026-01-02T03:04:05.000Z'),
    isDestinationUp: true,
    isSourceUp: true,
    roundTripMs: { source: 80, destination: 0.5 },
    groups: {
      at: new Date('2026-01-02T03:04:00.000Z'),
      report: { committed: ['a', 'b'], active: ['c'], bare: [], failed: new Map([['d', 'why']]) },
    },
    heldBytes: 1_000,
    mirrorsByState: new Map([
      ['ACTIVE', 1],
      ['FAILED', 2],
    ]),
    mirrors: [carriedMirror()],
    ...changes,
  }
}

export function carriedMirror(changes: Partial<CarriedMirror> = {}): CarriedMirror {
  return { topic: 'orders', partitions: 3, running: 2, lagRecords: 7n, lagMs: 1_500, records: 10, bytes: 2_000, batches: 4, ...changes } // prettier-ignore
}
