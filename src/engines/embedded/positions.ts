import { type PositionRecord, stateKey } from '../../links/records.ts'
import type { MirrorTopic } from './mirror-partition.ts'

/** A partition takes 44 bytes at the most, and a transaction's records are one batch, of which a broker takes 1 MB by default. */
const partitionsInWrite = 10_000

export type PositionWrite = ReadonlyMap<string, PositionRecord>

/** Which positions of a link's mirrors are to be written, so that only what has changed is. */
export class Positions {
  readonly #link: string
  readonly #written = new Map<string, string>()

  constructor(link: string) {
    this.#link = link
  }

  /** What has changed since it was written, by key: as many writes as the size of a batch makes of it, none when nothing has. */
  changed(topics: readonly MirrorTopic[]): readonly PositionWrite[] {
    const writes: Map<string, PositionRecord>[] = []
    let room = 0
    for (const topic of topics) {
      const key = stateKey.position(this.#link, topic.record.mirrorTopic)
      const position = positionOf(topic)
      if (this.#written.get(key) === textOf(position)) continue
      const size = topic.partitions.length
      if (size > room || writes.length === 0) {
        writes.push(new Map())
        room = partitionsInWrite
      }
      writes.at(-1)?.set(key, position)
      room -= size
    }
    return writes
  }

  written(write: PositionWrite): void {
    for (const [key, position] of write) this.#written.set(key, textOf(position))
  }
}

function positionOf(topic: MirrorTopic): PositionRecord {
  return {
    v: 1,
    kind: 'position',
    sourceEnds: topic.partitions.map(({ sourceEnd }) => sourceEnd ?? null),
    mirrored: topic.partitions.map(({ phase, appended }) => (phase === 'positioning' ? null : appended)),
  }
}

function textOf({ mirrored, sourceEnds }: PositionRecord): string {
  return `${mirrored.join()};${sourceEnds.join()}`
}
