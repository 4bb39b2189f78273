import type { AfterFailoverStatus, Commit } from '../../core/after-failover.ts'
import type { LogOfSide } from '../../links/both-sides.ts'
import { isUntold, type Untold } from '../../links/mirror-ages.ts'
import type { SeenView } from '../figures.ts'
import {
  afterFailoverView,
  type AfterFailoverView,
  boundsText,
  comparePlaces,
  type GroupsOnLink,
  paintOfStatus,
  type PlaceAfterFailover,
  placesAfterFailover,
  sourceSeenOf,
  statesText,
} from '../groups-after-failover.ts'
import { seenAgeCell } from '../lag/age.ts'
import type { Style } from '../style.ts'
import { table } from '../table.ts'

/** What one side has of a partition of a group, as documents show it. */
export interface SideView {
  /** As the broker names it; null when the group is not there, or the side was not asked. */
  readonly state: string | null
  /** Null when nothing is committed, or that could not be read, which `why` says. */
  readonly committed: bigint | null
  /** Null when not read. */
  readonly logStart: bigint | null
  /** Of the source the high watermark, by what was known last when it does not answer; of the destination the end of what arrived. */
  readonly logEnd: bigint | null
  readonly why: string | null
}

/** One partition of a consumer group. */
export interface OffsetRow {
  readonly link: string
  readonly group: string
  /** As the source has it. */
  readonly topic: string
  readonly mirrorTopic: string
  readonly partition: number
  readonly source: SideView
  readonly destination: SideView
  /** Null of a mirror that is stopped. */
  readonly afterFailover: AfterFailoverView | null
  readonly isSourceReachable: boolean
  readonly sourceSeen: SeenView
  readonly status: AfterFailoverStatus | 'STOPPED'
}

/** Of all links together, worst first. */
export function offsetRows(links: readonly GroupsOnLink[], now: Date): readonly OffsetRow[] {
  const places = links.flatMap(placesAfterFailover).toSorted(comparePlaces)
  return places.map((one) => offsetRow(one, now))
}

function offsetRow({ seen, place, mirror, after }: PlaceAfterFailover, now: Date): OffsetRow {
  const { link, silent } = seen
  const isSourceReachable = silent === undefined
  const { group, topic, mirrorTopic, partition, source, destination, sourceLog, mirrorLog } = place
  const states = seen.states.get(group)
  const there = sideView(states?.source, source, sourceLog)
  return {
    ...{ link, group, topic, mirrorTopic, partition },
    source: { ...there, logEnd: there.logEnd ?? mirror?.partitions[partition]?.sourceEnd?.offset ?? null },
    destination: sideView(states?.destination, destination, mirrorLog),
    afterFailover: after === undefined ? null : afterFailoverView(after),
    isSourceReachable,
    sourceSeen: sourceSeenOf(mirror, isSourceReachable, now),
    status: after?.status ?? 'STOPPED',
  }
}

function sideView(state: string | undefined, commit: Commit, log: LogOfSide | Untold | undefined): SideView {
  const known = log === undefined || isUntold(log) ? undefined : log
  const why = commit.kind === 'unknown' ? commit.why : isUntold(log) ? log.why : null
  return {
    state: state ?? null,
    committed: commit.kind === 'at' ? commit.offset : null,
    logStart: known?.start ?? null,
    logEnd: known?.end ?? null,
    why,
  }
}

export function renderOffsetShow(rows: readonly OffsetRow[], style: Style): string {
  const right = 'right'
  return table(
    [
      { title: 'LINK' },
      { title: 'GROUP' },
      { title: 'STATE' },
      { title: 'TOPIC' },
      { title: 'PARTITION', align: right },
      { title: 'SOURCE', align: right },
      { title: 'SRC-END', align: right },
      { title: 'DESTINATION', align: right },
      { title: 'MIRRORED', align: right },
      { title: 'GOES-ON-AT', align: right },
      { title: 'REREAD', align: right },
      { title: 'SKIPPED', align: right },
      { title: 'AGE', align: right },
      { title: 'STATUS' },
    ],
    rows.map((row) => {
      const { link, group, topic, partition, source, destination, afterFailover: after, isSourceReachable } = row
      const end = source.logEnd?.toString() ?? 'unknown'
      return [
        link,
        group,
        statesText({ source: source.state, destination: destination.state }, isSourceReachable),
        topic,
        partition,
        committedText(source),
        isSourceReachable || source.logEnd === null ? end : `>=${end}`,
        committedText(destination),
        destination.logEnd ?? 'unknown',
        after === null ? '-' : (after.at ?? 'unknown'),
        after === null ? '-' : boundsText(after.rereads),
        after === null ? '-' : boundsText(after.skips),
        seenAgeCell(row.sourceSeen),
        { text: row.status, paint: paintOfStatus(row.status, style) },
      ]
    }),
  )
}

function committedText({ committed, why }: SideView): string {
  return committed?.toString() ?? (why === null ? 'none' : 'unknown')
}
