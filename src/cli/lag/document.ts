import { type DocumentFormat, documentText } from '../document.ts'
import { jsonLine } from '../json.ts'
import { withAfterFailover } from './after-failover.ts'
import type { LagOptions } from './lag-options.ts'
import type { LagSeen } from './lag-seen.ts'

/** What was seen as one document. While watching, JSON is one line. */
export function lagDocument(
  format: DocumentFormat,
  seen: LagSeen,
  { top, mirrorsOnly, watch }: Pick<LagOptions, 'top' | 'mirrorsOnly' | 'watch'>,
): string {
  const { observedAt, observed, rows, heldBack, groups, groupRows, gate, groupEndIs, after, missedTombstones } = seen
  const groupsShown = mirrorsOnly ? null : withAfterFailover(groupRows.slice(0, top), after)
  const partitions = rows.slice(0, top)
  const data = {
    observedAt: observedAt.toISOString(),
    sourceEndIs: 'highWatermark',
    groupEndIs,
    partitions,
    heldBack,
    missedTombstones,
    groups: groupsShown,
    leftOut: { partitions: rows.length - partitions.length, groups: groupRows.length - (groupsShown?.length ?? 0) },
    unknownGroups: groups.flatMap(({ link, unknown }) => unknown.map(({ group, why }) => ({ link, group: group ?? null, why }))), // prettier-ignore
    unknownLinks: observed.links.flatMap((one) => (one.kind === 'unknown' ? [{ link: one.link.name, why: one.why }] : [])), // prettier-ignore
    unasked: observed.unasked,
    gate: gate ?? null,
  }
  const schema = 'georep.lag/1'
  return format === 'json' && watch !== undefined ? jsonLine({ schema, data }) : documentText(format, schema, data)
}
