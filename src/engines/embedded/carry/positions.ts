import { type PositionRecord, stateKey } from '../../../links/records.ts'
import { type MirrorTopic, unreadMs } from './mirror-partition.ts'

/** A partition takes 44 bytes at the most, and a transaction's records are one batch, of which a broker takes 1 MB by default. */
const partitionsInWrite = 10_000
/** What a mirror takes beside its partitions, in these. */
const partitionsOfMirror = 8
/** Of a mirror that stands still the time at which it had all is written no more often: there may be very many. */
const caughtUpEveryMs = 120_000

export type PositionWrite = ReadonlyMap<string, PositionRecord>

interface Written {
  readonly text: string
  readonly caughtUpAtMs: number
}

/** Which positions of a link's mirrors are to be written, so that only what has changed is. */
export class Positions {
  readonly #link: string
  readonly #written = new Map<string, Written>()
  readonly #changed = new Map<string, Written & { readonly topic: MirrorTopic }>()

  constructor(link: string) {
    this.#link = link
  }

  /**
   * What has changed since it was written, by key: as many writes as the size of a batch makes of it, none when nothing has.
   *
   * @param readUntilMs until when the source can have been read: now, unless it is lost
   */
  changed(topics: readonly MirrorTopic[], readUntilMs: number): readonly PositionWrite[] {
    const writes: Map<string, PositionRecord>[] = []
    let room = 0
    this.#changed.clear()
    for (const topic of topics) {
      const key = stateKey.position(this.#link, topic.record.mirrorTopic)
      const caughtUpAtMs = Math.min(...topic.partitions.map((one) => one.caughtUpAtMs))
      const position = positionOf(topic, { caughtUpAtMs, readUntilMs })
      const now = { text: textOf(position), caughtUpAtMs }
      if (isAsWritten(now, this.#written.get(key))) continue
      this.#changed.set(key, { ...now, topic })
      const size = topic.partitions.length + partitionsOfMirror
      if (size > room || writes.length === 0) {
        writes.push(new Map())
        room = partitionsInWrite
      }
      writes.at(-1)?.set(key, position)
      room -= size
    }
    return writes
  }

  /** One of those that `changed` gave last is written. */
  written(write: PositionWrite): void {
    for (const key of write.keys()) {
      const done = this.#changed.get(key)
      if (done === undefined) continue
      this.#written.set(key, { text: done.text, caughtUpAtMs: done.caughtUpAtMs })
      done.topic.tombstones.written()
    }
  }
}

function positionOf(
  topic: MirrorTopic,
  { caughtUpAtMs, readUntilMs }: { readonly caughtUpAtMs: number; readonly readUntilMs: number },
): PositionRecord {
  const readAt = topic.partitions.flatMap(({ sourceEnd, sourceEndAtMs }) => (sourceEnd === undefined ? [] : [sourceEndAtMs])) // prettier-ignore
  const readAtMs = readAt.length === 0 ? undefined : Math.min(...readAt)
  return {
    v: 1,
    kind: 'position',
    sourceEnds: topic.partitions.map(({ sourceEnd }) => sourceEnd ?? null),
    mirrored: topic.partitions.map(({ phase, appended }) => (phase === 'positioning' ? null : appended)),
    tombstones: topic.tombstones.toRecord(caughtUpAtMs),
    ...(readAtMs === undefined ? {} : { sourceEndsAt: new Date(readAtMs).toISOString() }),
    ...(readAtMs !== undefined && readUntilMs - readAtMs > unreadMs ? ({ isSourceUnread: true } as const) : {}),
  }
}

function textOf({ mirrored, sourceEnds, tombstones, sourceEndsAt, isSourceUnread }: PositionRecord): string {
  const unreadSince = isSourceUnread === true ? sourceEndsAt : undefined
  return `${mirrored.join()};${sourceEnds.join()};${JSON.stringify([tombstones?.late, tombstones?.missed, unreadSince])}`
}

function isAsWritten(now: Written, before: Written | undefined): boolean {
  return before?.text === now.text && Math.abs(now.caughtUpAtMs - before.caughtUpAtMs) < caughtUpEveryMs
}
