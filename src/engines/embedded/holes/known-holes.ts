import type { Time } from '../../../core/time.ts'
import type { TopicMetadata } from '../../../kafka/cluster.ts'
import type { Blocker } from '../../engine.ts'
import type { PartitionHole } from './hidden-look.ts'

/** Compaction fills no hole; a log that has lost its end may have lost one with it. */
const rememberMs = 3_600_000

/** A source as far as it costs no look through its logs. */
export interface SourceNow {
  readonly there: Pick<TopicMetadata, 'name' | 'topicId' | 'partitions'>
  /** Log starts, in the order of the partitions. */
  readonly starts: readonly bigint[]
  /** What is hidden at once on the mirror. */
  readonly most: bigint
}

interface Known extends Pick<PartitionHole, 'partition' | 'from'> {
  readonly topicId: string
  readonly most: bigint
  readonly blockers: readonly Blocker[]
  readonly untilMs: number
}

/** Why topics were refused that have a hole too large to be hidden: to find that again their logs would have to be looked through. */
export class KnownHoles {
  readonly #time: Pick<Time, 'monotonic'>
  readonly #of = new Map<string, Known>()

  constructor(time: Pick<Time, 'monotonic'>) {
    this.#time = time
  }

  /** @param hole for which it was refused */
  note({ there, most }: SourceNow, { partition, from }: PartitionHole, blockers: readonly Blocker[]): void {
    const untilMs = this.#time.monotonic() + rememberMs
    this.#of.set(there.name, { topicId: there.topicId, most, partition, from, blockers, untilMs })
  }

  /** Why the topic was refused; undefined when it was not, when it may have changed since, or when that is long ago. */
  blockersOf({ there, starts, most }: SourceNow): readonly Blocker[] | undefined {
    const known = this.#of.get(there.name)
    if (known === undefined) return undefined
    const start = starts[there.partitions.findIndex(({ partition }) => partition === known.partition)]
    const isThere = there.topicId === known.topicId && start !== undefined && start <= known.from
    if (isThere && most === known.most && this.#time.monotonic() < known.untilMs) return known.blockers
    this.#of.delete(there.name)
    return undefined
  }
}
