import { partitionKey } from '../../kafka/topic-partition.ts'
import type { Context } from '../context.ts'
import {
  afterFailoverView,
  type AfterFailoverView,
  boundsText,
  comparePlaces,
  type GroupsOnLink,
  paintOfStatus,
  placesAfterFailover,
} from '../groups-after-failover.ts'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import { table } from '../table.ts'
import type { GroupLagRow } from './group-rows.ts'

/** A group's partition with how it would be on the destination; null where that was not looked at. */
export type GroupLagRowAfter = GroupLagRow & { readonly afterFailover: AfterFailoverView | null }

/** The rows, each with what would become of it; as they are when nobody asked. */
export function withAfterFailover(
  rows: readonly GroupLagRow[],
  seen: readonly GroupsOnLink[] | undefined,
): readonly (GroupLagRow | GroupLagRowAfter)[] {
  if (seen === undefined) return rows
  const known = new Map<string, AfterFailoverView>()
  for (const { seen: { link }, place, after } of seen.flatMap(placesAfterFailover)) {
    if (after !== undefined) known.set(keyOf({ link, ...place }), afterFailoverView(after))
  } // prettier-ignore
  return rows.map((row) => ({ ...row, afterFailover: known.get(keyOf(row)) ?? null }))
}

function keyOf({ link, group, ...at }: Pick<GroupLagRow, 'link' | 'group' | 'topic' | 'partition'>): string {
  // Neither links nor topics have a blank in their names.
  return `${link} ${partitionKey(at)} ${group}`
}

/** Worst first: what is left to be read on the destination, and what is read again there. */
export function renderAfterFailover(
  seen: readonly GroupsOnLink[],
  style: Style,
  cut: <T>(rows: readonly T[], what: string) => readonly T[],
): string {
  const places = seen.flatMap(placesAfterFailover).filter(({ after }) => after !== undefined).toSorted(comparePlaces) // prettier-ignore
  const right = 'right'
  return table(
    [
      { title: 'AFTER-FAILOVER' },
      { title: 'TOPIC' },
      { title: 'PARTITION', align: right },
      { title: 'GOES-ON-AT', align: right },
      { title: 'MIRRORED', align: right },
      { title: 'LAG', align: right },
      { title: 'REREAD', align: right },
      { title: 'SKIPPED', align: right },
      { title: 'STATUS' },
    ],
    cut(places, 'partitions of groups after a failover').flatMap(({ place, after }) => {
      if (after === undefined) return []
      const { at, lag, rereads, skips, status } = afterFailoverView(after)
      return [
        [
          place.group,
          place.topic,
          place.partition,
          at ?? 'unknown',
          'end' in place.mirrorLog ? place.mirrorLog.end : 'unknown',
          lag ?? 'unknown',
          boundsText(rereads),
          boundsText(skips),
          { text: status, paint: paintOfStatus(status, style) },
        ],
      ]
    }),
  )
}

/** Is it not known of a group what would become of it? */
export function isAfterUnknown(seen: readonly GroupsOnLink[]): boolean {
  return seen.some(
    (one) => one.unknown.length > 0 || placesAfterFailover(one).some(({ after }) => after?.status === 'UNKNOWN'),
  )
}

/** Says on stderr what the destination did not tell; what the source did not is said of its own rows. */
export function warnOfAfter(seen: readonly GroupsOnLink[], { io }: Pick<Context, 'io'>): void {
  for (const { link, unknown } of seen) {
    for (const { side, group, why } of unknown) {
      const what = group === undefined ? 'groups' : `group "${printable(group)}"`
      if (side === 'destination') io.err(`warning: link "${printable(link)}": ${what} on the destination not known: ${printable(why)}\n`) // prettier-ignore
    }
  }
}
