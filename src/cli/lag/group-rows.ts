import { compareGroupLag, groupLag, staleGroupLag, type GroupLagStatus } from '../../core/group-lag.ts'
import type { NextUnread } from '../../core/next-unread.ts'
import type { MirrorView } from '../../engines/engine.ts'
import type { GroupEnd, GroupPositions } from '../../links/group-positions.ts'
import { seenView, type SeenView } from '../figures.ts'
import type { Style } from '../style.ts'
import { table } from '../table.ts'
import { type Limits, type LimitView, limitView, objectiveCells, objectiveColumns } from './limits.ts'
import { lagAgeCells, lagAgeView, lagColumns, type LagAgeView, seenAgeCell } from './age.ts'

/** One partition of a consumer group as documents show it. */
export interface GroupLagRow extends LagAgeView, LimitView {
  readonly link: string
  readonly group: string
  /** As the source has it. */
  readonly topic: string
  readonly partition: number
  /** Null when nothing was committed there. When STALE, what was copied to the destination last. */
  readonly committed: bigint | null
  /** Null when not read. */
  readonly logStart: bigint | null
  /** The high watermark, or the last stable offset where that was asked for; null when it was never read. */
  readonly logEnd: bigint | null
  /** In offsets; null when not known. A lower bound when STALE. */
  readonly lag: bigint | null
  readonly sourceSeen: SeenView
  readonly status: GroupLagStatus
  /** Why the lag or its seconds are not known, where a cluster answered that. */
  readonly why: string | null
}

export interface GroupsSeen extends GroupPositions {
  readonly link: string
  /** Why the source tells nothing of them; undefined where it does. */
  readonly silent: string | undefined
  /** Of the topics that were looked at. */
  readonly mirrors: readonly MirrorView[]
}

/** The worst first. */
export function groupLagRows(seen: readonly GroupsSeen[], now: Date, limits?: Limits): readonly GroupLagRow[] {
  // One record is next to many groups, and one look at the source is that of all.
  const ageOf = remembered((next: NextUnread | 'none' | undefined) => lagAgeView(next, now))
  const seenOf = remembered((at: 'now' | Date | undefined) => seenView(at, now))
  const rows = seen.flatMap(({ link, from, positions, mirrors }) => {
    const mirrorOf = new Map(mirrors.map((mirror) => [mirror.record.sourceTopic, mirror]))
    return positions.map(({ group, topic, partition, committed, log, next, why = null }) => {
      const mirror = mirrorOf.get(topic)
      const last = mirror?.partitions[partition]?.sourceEnd?.offset
      const lag = from === 'source' ? groupLag(committed, log) : staleGroupLag(committed, last)
      const { status } = lag
      const { lagMs, isFuture, method, isLogAppendTime } = ageOf(status === 'OK' ? 'none' : next)
      const { limitMs, objective, verdict } = limitView({ status, lagMs, isFuture, why }, limits?.ofGroup(group))
      // Field by field: of tens of thousands, spreading parts into them takes longer than making them.
      const row: GroupLagRow = {
        link,
        group,
        topic,
        partition,
        committed: committed ?? null,
        logStart: log?.start ?? null,
        logEnd: log?.end ?? (from === 'destination' ? (last ?? null) : null),
        lag: lag.records ?? null,
        lagMs,
        isFuture,
        method,
        isLogAppendTime,
        sourceSeen: seenOf(from === 'source' ? 'now' : lastSeen(mirror)),
        status,
        why,
        limitMs,
        objective,
        verdict,
      }
      return { lag, row }
    })
  })
  return rows
    .toSorted((a, b) => compareGroupLag(a.lag, b.lag) || (b.row.lagMs ?? 0) - (a.row.lagMs ?? 0))
    .map(({ row }) => row)
}

/** The function, asked once for each value. */
function remembered<A, T>(of: (value: A) => T): (value: A) => T {
  const known = new Map<A, T>()
  return (value) => {
    const found = known.get(value) ?? of(value)
    known.set(value, found)
    return found
  }
}

function lastSeen(mirror: MirrorView | undefined): Date | undefined {
  return mirror?.sourceSeenAt === 'now' ? undefined : mirror?.sourceSeenAt
}

/** @param endIs of what the column of the end is */
export function renderGroupLag(rows: readonly GroupLagRow[], style: Style, endIs: GroupEnd = 'highWatermark'): string {
  const right = 'right'
  const own = objectiveColumns(rows)
  return table(
    [
      { title: 'GROUP' },
      { title: 'TOPIC' },
      { title: 'PARTITION', align: right },
      { title: 'COMMITTED', align: right },
      { title: 'LOG-START', align: right },
      { title: endIs === 'highWatermark' ? 'LOG-END' : 'STABLE-END', align: right },
      ...lagColumns,
      ...own,
    ],
    rows.map((row) => [
      row.group,
      row.topic,
      row.partition,
      row.committed ?? 'none',
      row.logStart ?? 'unknown',
      row.logEnd ?? 'unknown',
      row.lag === null ? 'unknown' : row.status === 'STALE' ? `>=${row.lag.toString()}` : row.lag,
      ...lagAgeCells(row),
      seenAgeCell(row.sourceSeen),
      { text: row.status, paint: paintOf(row.status, style) },
      ...objectiveCells(row, own, style),
    ]),
  )
}

function paintOf(status: GroupLagStatus, style: Style): (typeof style)['ok'] {
  if (status === 'OK') return style.ok
  return status === 'LAGGING' || status === 'STALE' ? style.warn : style.bad
}
