import { type Measured, measured, unknown } from './measured.ts'
import type { Offset } from './offset.ts'

/** A record of the source, and every offset at which it stands on the destination. */
export interface Copies {
  readonly source: Offset
  readonly destination: readonly Offset[]
}

/** Where a group stood on one partition when the source failed, and where it goes on. All offsets are of the source's log, but with `copies`. */
export interface GroupPosition {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Committed on the source at the failure; `undefined` when it could not be read or there was none. */
  readonly sourceCommit: Offset | undefined
  /** The offset the group goes on from, after translation and clamp. */
  readonly translated: Offset | undefined
  /** End of what arrived on the destination: what never arrived is lost, not read again. */
  readonly arrivedEnd: Offset | undefined
  /** Where offsets are not the same on both sides: what was copied, by record. `translated` and `arrivedEnd` are of the destination's log then. */
  readonly copies?: readonly Copies[]
  /** Record timestamps (ms) at the two offsets, where they are known. */
  readonly sourceCommitTimestampMs?: number
  readonly translatedTimestampMs?: number
}

export interface GroupDuplicates {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly again: Measured
  /** How far back the group goes in record time; null without timestamps. */
  readonly againMs: Measured
  /** Records that arrived and that this group will never read: a loss for this group. */
  readonly skipped: Measured
}

export interface Duplicates {
  readonly again: Measured
  /** Of the worst partition. */
  readonly againMs: Measured
  readonly skipped: Measured
  readonly perPartition: readonly GroupDuplicates[]
}

/**
 * Records that groups read a second time, or skip, after the failover.
 *
 * Totals are null as soon as one partition is unknown; those that are known stand in `perPartition`.
 */
export function duplicatesFrom(positions: readonly GroupPosition[]): Duplicates {
  const perPartition = positions.map(duplicatesOf)
  const nothing = 'no committed offset was compared'
  return {
    again: total(
      perPartition.map(({ again }) => again),
      nothing,
    ),
    againMs: maximum(
      perPartition.map(({ againMs }) => againMs),
      nothing,
    ),
    skipped: total(
      perPartition.map(({ skipped }) => skipped),
      nothing,
    ),
    perPartition,
  }
}

function duplicatesOf(position: GroupPosition): GroupDuplicates {
  const { group, topic, partition, sourceCommit, translated, arrivedEnd } = position
  const missing =
    sourceCommit === undefined
      ? 'committed offset on the source'
      : translated === undefined
        ? 'translated offset'
        : arrivedEnd === undefined
          ? 'end of what arrived'
          : undefined
  if (missing !== undefined || sourceCommit === undefined || translated === undefined || arrivedEnd === undefined) {
    const why = `the ${missing ?? 'offset'} of group "${group}" for partition ${partition} of topic "${topic}" is not known`
    return {
      group,
      topic,
      partition,
      again: unknown('records', why),
      againMs: unknown('ms', why),
      skipped: unknown('records', why),
    }
  }
  const { again, skipped } = position.copies === undefined ? byOffset(sourceCommit, translated, arrivedEnd) : byRecord(sourceCommit, translated, position.copies) // prettier-ignore
  return {
    group,
    topic,
    partition,
    again: measured(again, 'records', 0),
    againMs: againMsOf(position, again),
    skipped: measured(skipped, 'records', 0),
  }
}

interface Counted {
  readonly again: number
  readonly skipped: number
}

function byOffset(sourceCommit: Offset, translated: Offset, arrivedEnd: Offset): Counted {
  const readUpTo = sourceCommit < arrivedEnd ? sourceCommit : arrivedEnd
  return {
    again: readUpTo > translated ? Number(readUpTo - translated) : 0,
    skipped: translated > sourceCommit ? Number(translated - sourceCommit) : 0,
  }
}

/** A record that stands there twice may be read again twice; it is skipped when the group goes on behind all of its copies. */
function byRecord(sourceCommit: Offset, translated: Offset, copies: readonly Copies[]): Counted {
  let [again, skipped] = [0, 0]
  for (const { source, destination } of copies) {
    const ahead = destination.filter((at) => at >= translated).length
    if (source < sourceCommit) again += ahead
    else if (destination.length > 0 && ahead === 0) skipped++
  }
  return { again, skipped }
}

function againMsOf({ sourceCommitTimestampMs, translatedTimestampMs }: GroupPosition, again: number): Measured {
  if (again === 0) return measured(0, 'ms')
  if (sourceCommitTimestampMs === undefined || translatedTimestampMs === undefined) {
    return unknown('ms', 'the timestamps of the records are not known')
  }
  return measured(Math.max(0, sourceCommitTimestampMs - translatedTimestampMs), 'ms')
}

function total(figures: readonly Measured[], nothing: string): Measured {
  return combined(figures, nothing, 'records', (a, b) => a + b)
}

function maximum(figures: readonly Measured[], nothing: string): Measured {
  return combined(figures, nothing, 'ms', Math.max)
}

function combined(
  figures: readonly Measured[],
  nothing: string,
  unit: Measured['unit'],
  join: (a: number, b: number) => number,
): Measured {
  if (figures.length === 0) return unknown(unit, nothing)
  let value = 0
  for (const figure of figures) {
    if (figure.value === null) return figure
    value = join(value, figure.value)
  }
  return measured(value, unit, unit === 'records' ? 0 : null)
}
