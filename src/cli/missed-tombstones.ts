import { type MirrorView, openMirrors } from '../engines/engine.ts'
import type { Io } from './context.ts'
import { printable } from './printable.ts'

/** Keys that a mirror may have kept, as documents show it: what its source deleted in between may not have come. */
export interface MissedTombstones {
  /** Null when not known: from the beginning. */
  readonly since: string | null
  readonly until: string
  /** How long the source kept tombstones (delete.retention.ms), which was less; null when it did not tell, so that nothing may be missed. */
  readonly keptMs: number | null
}

/** As of a list of several mirrors. */
export interface MissedOfMirror extends MissedTombstones {
  readonly link: string
  /** The mirror topic. */
  readonly topic: string
}

/** A runner asks the source every few seconds: what it has not heard of for so long is told. */
const askedWithinMs = 60_000

/** Null when no tombstone was missed. */
export function missedTombstones({ tombstones }: MirrorView, now: Date): MissedTombstones | null {
  if (tombstones === undefined) return null
  const { missed, late } = tombstones
  if (missed !== null) return { since: missed.since, until: missed.until, keptMs: missed.keptMs }
  if (late === null || now.getTime() - Date.parse(late.until) < askedWithinMs) return null
  return { since: late.since, until: late.until, keptMs: null }
}

/** Of mirrors that are not stopped: the others' topics go their own ways. */
export function missedOfMirrors(mirrors: readonly MirrorView[], now: Date): readonly MissedOfMirror[] {
  return openMirrors(mirrors).flatMap((mirror) => {
    const missed = missedTombstones(mirror, now)
    return missed === null ? [] : [{ link: mirror.record.link, topic: mirror.record.mirrorTopic, ...missed }]
  })
}

/** What is said of the mirror. */
export function missedText({ since, until, keptMs }: MissedTombstones): string {
  const when = since === null ? `before ${until}` : `between ${since} and ${until}`
  const why = keptMs === null ? 'how long the source keeps tombstones is not known' : `the source keeps tombstones for ${keptMs} ms (delete.retention.ms)` // prettier-ignore
  return `may have kept keys that were deleted ${when}: ${why}`
}

/** Says it on stderr, where figures are printed that have nothing of it. */
export function warnOfMissed(missed: readonly MissedOfMirror[], { err }: Pick<Io, 'err'>): void {
  for (const one of missed) err(`warning: link "${printable(one.link)}": mirror "${printable(one.topic)}" ${missedText(one)}\n`) // prettier-ignore
}
