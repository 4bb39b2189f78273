import { type PartitionKey, partitionKey } from '../../../kafka/topic-partition.ts'
import type { MirrorPartition } from './mirror-partition.ts'

/** What came of something that a partition does alone. */
export type DoneAlone =
  | { readonly kind: 'done' }
  | { readonly kind: 'fenced' }
  /** What is in the log is to be read again; more may still come into it. */
  | { readonly kind: 'unsettled'; readonly why: string; readonly mayStillLand: boolean }
  | { readonly kind: 'failed'; readonly why: string }

/** Offsets of one partition that are to be hidden: from where its log ends. */
export interface MarkerJob {
  readonly partition: MirrorPartition
  readonly until: bigint
  from: bigint
}

/** What has transaction markers written; see `Hiding` for which it is. */
export interface MarkerWriter {
  /** What has happened where a log is longer than it was to become. */
  readonly tooMany: string
  /** Markers that somebody else has ordered may come until one of ours stands. */
  readonly mustSeal: boolean
  /** Jobs of one queue are done one request after the other. */
  queueOf(partition: MirrorPartition): number
  /** As many jobs as go into one request, with the number of markers of each. They are taken out. */
  takeSome<J extends MarkerJob>(jobs: J[]): readonly (readonly [J, number])[]
  /**
   * Never rejects.
   *
   * @returns what it is where a partition's log has not grown to where it was to: of each partition that was refused, or of all alike. `DoneAlone` by itself: it is
   *   that whatever the log says
   */
  write(some: readonly (readonly [MarkerJob, number])[]): Promise<ReadonlyMap<PartitionKey, DoneAlone> | DoneAlone>
}

/** An answer, or that there is none, by which nothing is known to have been written. */
export function unsettled(why: string): DoneAlone {
  return { kind: 'unsettled', why, mayStillLand: false }
}

export function placeOf({ partition: { topic, partition } }: MarkerJob): { readonly topic: string; readonly partition: number } {
  return { topic: topic.record.mirrorTopic, partition }
} // prettier-ignore

export function keyOf(job: MarkerJob): PartitionKey {
  return partitionKey(placeOf(job))
}
