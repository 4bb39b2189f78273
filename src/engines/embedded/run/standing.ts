import { GeorepError } from '../../../core/errors.ts'
import type { Time } from '../../../core/time.ts'
import type { GroupSyncReport } from '../../../links/group-sync.ts'
import type { LinkState } from '../../../links/state.ts'
import type { CarriedMirror, LeaderStanding } from '../../running.ts'
import { shownState } from '../../shown-state.ts'
import type { Lease } from '../carry/lease.ts'
import { type MirrorPartition, type MirrorTopic, unreadMs } from '../carry/mirror-partition.ts'
import type { Mover } from '../carry/mover.ts'
import type { RoundTrips } from './round-trips.ts'

/** How a leader stands, for whoever asks; the runner notes what happens. */
export class LeaderNotes {
  readonly roundTrips: RoundTrips = { sourceMs: undefined, destinationMs: undefined, isSourceUp: undefined, sourceRefusal: undefined } // prettier-ignore
  readonly #of: { readonly mover: Mover; readonly lease: Lease; readonly state: LinkState; readonly link: string; readonly time: Time } // prettier-ignore
  /** When each partition was last seen to have all that the source was known to have, by the wall clock. */
  readonly #caughtUpAtMs = new WeakMap<MirrorPartition, number>()
  #heartbeatAt: Date | undefined
  #isDestinationUp = true
  #groups: { readonly at: Date; readonly report: GroupSyncReport } | undefined

  constructor(of: { readonly mover: Mover; readonly lease: Lease; readonly state: LinkState; readonly link: string; readonly time: Time }) {
    this.#of = of
  } // prettier-ignore

  heartbeatWritten(): void {
    this.#heartbeatAt = this.#of.time.now()
    this.#isDestinationUp = true
  }

  heartbeatFailed(error: unknown): void {
    this.#isDestinationUp = error instanceof GeorepError && error.kind !== 'unreachable' && error.kind !== 'timedOut'
  }

  groupsSynced(report: GroupSyncReport): void {
    this.#groups = { at: this.#of.time.now(), report }
  }

  /** To be called often: what is behind is found by when it last was not. */
  look(): void {
    const { mover, time } = this.#of
    if (mover.sourceLostAt !== undefined) return
    const nowMs = time.now().getTime()
    for (const { partitions } of mover.topics) {
      for (const one of partitions) {
        if (one.sourceEnd !== undefined && one.appended >= one.sourceEnd && isRead(one, nowMs)) this.#caughtUpAtMs.set(one, nowMs) // prettier-ignore
      }
    }
  }

  get standing(): LeaderStanding {
    const { mover, lease, state, link } = this.#of
    this.look()
    const mirrorsByState = new Map<string, number>()
    for (const record of state.mirrors(link)) {
      const { state: name } = shownState(record, state)
      mirrorsByState.set(name, (mirrorsByState.get(name) ?? 0) + 1)
    }
    const isSourceUp = mover.sourceLostAt !== undefined ? false : this.roundTrips.isSourceUp
    return {
      role: 'leader',
      leaseAgeMs: lease.ageMs,
      isLeaseFresh: lease.isFresh,
      heartbeatAt: this.#heartbeatAt,
      isDestinationUp: this.#isDestinationUp,
      isSourceUp,
      sourceRefusal: isSourceUp === false ? this.roundTrips.sourceRefusal : undefined,
      roundTripMs: { source: this.roundTrips.sourceMs, destination: this.roundTrips.destinationMs },
      groups: this.#groups,
      heldBytes: mover.heldBytes,
      mirrorsByState,
      mirrors: mover.topics.map((topic) => this.#mirror(topic)),
    }
  }

  #mirror({ record, partitions }: MirrorTopic): CarriedMirror {
    const sum = (of: (one: MirrorPartition) => number): number => partitions.reduce((all, one) => all + of(one), 0)
    return {
      topic: record.mirrorTopic,
      partitions: partitions.length,
      running: partitions.filter(({ phase }) => phase === 'running').length,
      lagRecords: partitions.reduce<bigint | undefined>((all, one) => {
        const lag = lagRecords(one)
        return all === undefined || lag === undefined ? undefined : all + lag
      }, 0n),
      lagMs: partitions.reduce<number | undefined>((worst, one) => {
        const lag = this.#lagMs(one)
        return worst === undefined || lag === undefined ? undefined : Math.max(worst, lag)
      }, 0),
      records: sum(({ carried }) => carried.records),
      bytes: sum(({ carried }) => carried.bytes),
      batches: sum(({ carried }) => carried.batches),
    }
  }

  /**
   * Whatever is missing came after the partition was last seen to have everything, and after the last record that it has: the later of the two is the
   * bound. While the source does not answer, or its end is not read, more may be missing than is known, so that having all that is known does not count.
   */
  #lagMs(one: MirrorPartition): number | undefined {
    const lag = lagRecords(one)
    if (lag === undefined) return undefined
    const { mover, time } = this.#of
    const nowMs = time.now().getTime()
    if (lag === 0n && mover.sourceLostAt === undefined && isRead(one, nowMs)) return 0
    const { untilMs } = one.carried
    const known = [this.#caughtUpAtMs.get(one), lag === 0n ? undefined : untilMs].filter((at) => at !== undefined)
    return known.length === 0 ? undefined : Math.max(0, nowMs - Math.max(...known))
  }
}

function isRead({ sourceEndAtMs }: MirrorPartition, nowMs: number): boolean {
  return nowMs - sourceEndAtMs <= unreadMs
}

function lagRecords({ phase, sourceEnd, appended }: MirrorPartition): bigint | undefined {
  if (sourceEnd === undefined || phase === 'positioning') return undefined
  return sourceEnd > appended ? sourceEnd - appended : 0n
}
