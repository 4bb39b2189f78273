import { openMirrors } from '../../engines/engine.ts'
import { matcherFromGlobs } from '../../core/glob.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { type GroupsOnLink, lookAtGroups } from '../groups-after-failover.ts'
import { isIncomplete, observeLinks, warnOfUnknown, withMirrors } from '../observed.ts'
import { printable } from '../printable.ts'
import { styleOf } from '../style.ts'
import { unmatchedGroups, unmatchedTopic } from '../unmatched.ts'
import { type OffsetRow, offsetRows, renderOffsetShow } from './show-view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface OffsetShowOptions extends GlobalOptions {
  readonly link: string | undefined
  readonly topic: string | undefined
  readonly group: readonly string[] | undefined
  readonly all: boolean
  readonly output: OutputFormat
}

const rowsInTable = 100

export async function runOffsetShow(options: OffsetShowOptions, context: Context): Promise<ExitCode> {
  const { io, time, signal } = context
  const isWanted = matcherFromGlobs([options.topic ?? '*'])
  const seen: GroupsOnLink[] = []
  const all = await observeLinks(context, options, options.link, async (target, view) => {
    const mirrors = view.mirrors.filter(({ record }) => isWanted(record.sourceTopic))
    seen.push(await lookAtGroups(target, { ...view, mirrors }, options.group, { signal }))
  })
  const observed = withMirrors(all, ({ record }) => isWanted(record.sourceTopic))
  const links = seen.toSorted((a, b) => (a.link < b.link ? -1 : 1))
  const rows = offsetRows(links, time.now())
  const untold = neverCopied(links, rows)
  const unknownGroups = links.flatMap((one) => {
    const { link, silent = '' } = one
    const own = one.unknown.map(({ side, group, why }) => ({ link, side, group: group ?? null, why }))
    return untold.includes(one) ? [...own, { link, side: 'source', group: null, why: silent }] : own
  })
  if (options.output !== 'table') {
    const unknownLinks = observed.links.flatMap((one) => (one.kind === 'unknown' ? [{ link: one.link.name, why: one.why }] : [])) // prettier-ignore
    const data = { offsets: rows, unknownGroups, unknownLinks, unasked: observed.unasked }
    io.out(documentText(options.output, 'georep.offset-show/1', data))
  } else if (rows.length > 0 || untold.length === 0) printTable(rows, options, context)
  else io.err('no offsets of groups were copied; what is committed on the source is not known\n')
  warnOfUnknown(observed, context)
  warnOfGroups(links, context)
  const told = [...rows, ...unknownGroups].flatMap(({ group }) => group ?? [])
  const ofTopic = unmatchedTopic(all, options.topic)
  const unmatched = ofTopic !== undefined ? [ofTopic] : unmatchedGroups(options.group, new Set(told))
  for (const why of unmatched) io.err(`warning: ${why}\n`)
  const isUnknown = rows.some(({ status }) => status === 'UNKNOWN') || unknownGroups.length > 0
  return isIncomplete(observed) || isUnknown ? ExitCode.unknown : ExitCode.ok
}

/** Where nothing was copied, a source that does not answer knows of all the groups that there are. */
export function neverCopied<T extends Pick<GroupsOnLink, 'link' | 'silent' | 'mirrors'>>(
  links: readonly T[],
  rows: readonly Pick<OffsetRow, 'link'>[],
): readonly T[] {
  const isShown = new Set(rows.map(({ link }) => link))
  return links.filter(({ link, silent, mirrors }) => silent !== undefined && openMirrors(mirrors).length > 0 && !isShown.has(link)) // prettier-ignore
}

function printTable(rows: readonly OffsetRow[], { all, topic, group }: OffsetShowOptions, { io }: Context): void {
  const shown = all ? rows : rows.slice(0, rowsInTable)
  if (shown.length < rows.length) io.err(`the worst ${shown.length} of ${rows.length} partitions of groups; --all for the others\n`) // prettier-ignore
  if (rows.length > 0) io.out(renderOffsetShow(shown, styleOf(io)))
  else if (topic === undefined && group === undefined) io.err('no group has committed offsets in the mirrored topics\n')
  else io.err('none of these groups has committed offsets in these topics\n')
}

/** Says on stderr what a side did not tell, and that nothing could be asked of a source. */
export function warnOfGroups(seen: readonly GroupsOnLink[], { io }: Pick<Context, 'io'>): void {
  for (const { link, unknown, silent } of seen) {
    for (const { side, group, why } of unknown) {
      const what = group === undefined ? 'groups' : `group "${printable(group)}"`
      io.err(`warning: link "${printable(link)}": ${what} on the ${side} not known: ${printable(why)}\n`)
    }
    if (silent !== undefined) io.err(`link "${printable(link)}": ${silent}: what was copied last is shown\n`) // prettier-ignore
  }
}
