import type { Time } from '../core/time.ts'
import type { GroupSyncReport } from '../links/group-sync.ts'
import type { Actor } from '../links/session.ts'

// What a process that runs a link is told, and tells: `ReplicationEngine.run`.

export interface RunOptions {
  readonly actor: Actor
  readonly time: Time
  readonly groupsEveryMs: number
  /** Records fetched and not yet appended, all mirrors together. */
  readonly memoryBytes: number
  readonly onEvent: (event: RunnerEvent) => void
  /** Called once, before anything else: what it gets tells at any moment how the process stands. */
  readonly onStart: (standing: () => RunnerStanding) => void
}

export type RunnerEvent =
  /** This process writes from now on. */
  | { readonly kind: 'leading' }
  /** Another process writes, and this one takes over when it does not any more. */
  | { readonly kind: 'standingBy'; readonly holder: Holder }
  /** Another process took the link over from this one. */
  | { readonly kind: 'replaced'; readonly why: string }
  | { readonly kind: 'started' | 'stopped'; readonly mirror: string }
  | { readonly kind: 'failed'; readonly mirror: string; readonly reason: string }
  /** Settings or partitions of a mirror were made as the source's. */
  | { readonly kind: 'synced'; readonly mirror: string; readonly what: string }
  /** Tombstones of its source may never have come. */
  | {
      readonly kind: 'missedTombstones'
      readonly mirror: string
      readonly sinceMs: number
      readonly untilMs: number
      readonly keptMs: number
    }
  /** So many ACLs were created on the destination, and deleted there. */
  | { readonly kind: 'aclsSynced'; readonly created: number; readonly deleted: number }
  /** ACLs that keep others from writing to mirrors: created, and by topics deleted again. */
  | { readonly kind: 'protected'; readonly denied: number; readonly freed: number }
  | { readonly kind: 'sourceLost' | 'sourceBack' | 'paused' | 'resumed' }
  | { readonly kind: 'groups'; readonly report: GroupSyncReport }
  /** Requests to the destination take longer than those to the source, and long: medians, in milliseconds. */
  | { readonly kind: 'far'; readonly sourceMs: number; readonly destinationMs: number }
  | { readonly kind: 'trouble'; readonly what: string }

/** Who runs the link. */
export interface Holder {
  readonly user: string
  readonly host: string
  readonly pid: number
}

/**
 * - starting: it is not known yet who runs the link, or the link was just taken and its state is not read
 * - standby: another process runs it
 * - leader: this one does
 */
export type RunnerStanding =
  | { readonly role: 'starting' }
  | {
      readonly role: 'standby'
      readonly holder: Holder
      /** Milliseconds since the link's state was last read. */
      readonly lookedMsAgo: number
    }
  | LeaderStanding

export interface LeaderStanding {
  readonly role: 'leader'
  /** Milliseconds since what the lease was confirmed by was begun to be read; undefined before the first time. */
  readonly leaseAgeMs: number | undefined
  /** It may append. */
  readonly isLeaseFresh: boolean
  /** When the last heartbeat was written, by this machine's clock. */
  readonly heartbeatAt: Date | undefined
  readonly isDestinationUp: boolean
  /** Undefined when it was not asked yet. */
  readonly isSourceUp: boolean | undefined
  /** Why it does not let the runner in, where that is known. */
  readonly sourceRefusal?: string | undefined
  /** Undefined while one has not answered. */
  readonly roundTripMs: { readonly source: number | undefined; readonly destination: number | undefined }
  /** The last round that ended; undefined when none has. */
  readonly groups: { readonly at: Date; readonly report: GroupSyncReport } | undefined
  /** Bytes of records that were fetched and are not acknowledged. */
  readonly heldBytes: number
  /** By the state of all mirrors of the link, in the link's state as last read. */
  readonly mirrorsByState: ReadonlyMap<string, number>
  readonly mirrors: readonly CarriedMirror[]
}

/** A mirror that the process carries. Sums over its partitions. */
export interface CarriedMirror {
  readonly topic: string
  readonly partitions: number
  /** Partitions that are being carried, and not looked at after a fault. */
  readonly running: number
  /** Source records that the destination has not acknowledged; undefined when that is not known of every partition. */
  readonly lagRecords: bigint | undefined
  /**
   * How long the partition that is furthest behind has been so at the most, in milliseconds; 0 when none is. Undefined when that is not known of every
   * partition.
   */
  readonly lagMs: number | undefined
  /** Acknowledged since this process carries the mirror. */
  readonly records: number
  readonly bytes: number
  readonly batches: number
}
