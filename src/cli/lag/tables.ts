import type { Io } from '../context.ts'
import { isIncomplete } from '../observed.ts'
import { styleOf, type Style } from '../style.ts'
import { renderAfterFailover } from './after-failover.ts'
import { renderGroupLag } from './group-rows.ts'
import { renderHeldBack } from './held-back.ts'
import type { LagOptions } from './lag-options.ts'
import type { LagRow, LagSeen } from './lag-seen.ts'
import { rowsThatFit } from './watch.ts'

const rowsInTable = 100
/** Of transactions that come and go there may be many; what matters are the oldest. */
const heldBackShown = 5

/** The worst of the mirrors, and below them of the groups, and on stderr how many are not shown. */
export function printTables(
  { observed, rows, heldBack, groupRows, groupEndIs, after = [] }: LagSeen,
  options: LagOptions,
  io: Io,
  renderMirrors: (rows: readonly LagRow[], style: Style) => string,
): void {
  if (rows.length === 0) {
    io.err(isIncomplete(observed) ? 'no mirrors that could be seen\n' : 'no mirrors\n')
    return
  }
  const style = styleOf(io)
  const worst = <T>(some: readonly T[], most: number, what: string): readonly T[] => {
    const shown = some.slice(0, most)
    if (shown.length < some.length) io.err(`the worst ${shown.length} of ${some.length} ${what}; --all for the others\n`) // prettier-ignore
    return shown
  }
  const held = worst(heldBack, options.all ? heldBack.length : heldBackShown, 'partitions that are held back')
  const heldLines = held.length === 0 ? 0 : held.length + 2
  const most = rowsShown({ mirrors: rows.length, groups: groupRows.length }, options, io, heldLines)
  const mirrors = renderMirrors(worst(rows, most.mirrors, 'partitions'), style)
  const groups = worst(groupRows, most.groups, 'partitions of groups')
  const parts = [
    mirrors,
    ...(held.length === 0 ? [] : [renderHeldBack(held)]),
    ...(groups.length === 0 ? [] : [renderGroupLag(groups, style, groupEndIs)]),
  ]
  if (after.some(({ places }) => places.length > 0)) {
    parts.push(renderAfterFailover(after, style, (some, what) => worst(some, most.groups, what)))
  }
  io.out(parts.join('\n'))
}

function rowsShown(
  counts: { readonly mirrors: number; readonly groups: number },
  { top, all, watch }: LagOptions,
  { rows }: Io,
  heldLines: number,
): typeof counts {
  if (all) return counts
  const lines = watch === undefined || top !== undefined ? undefined : rows()
  if (lines !== undefined) return rowsThatFit(lines - heldLines, counts)
  const most = top ?? rowsInTable
  return { mirrors: most, groups: most }
}
