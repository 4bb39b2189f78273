import { matcherFromGlobs } from '../../core/glob.ts'
import { whyOf } from '../../core/loss.ts'
import { compareLag, mirrorLag, type LagStatus } from '../../core/mirror-lag.ts'
import { type LinkTarget, type LinkView, type MirrorView, openMirrors } from '../../engines/engine.ts'
import { type Unread, unreadKey } from '../../kafka/next-unread.ts'
import { groupPositions } from '../../links/group-positions.ts'
import { isUntold, type KnownUnread, unreadAt } from '../../links/mirror-ages.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { seenView, type SeenView } from '../figures.ts'
import { type GroupsOnLink, lookAtGroups } from '../groups-after-failover.ts'
import { isIncomplete, observeLinks, warnOfUnknown } from '../observed.ts'
import { printable } from '../printable.ts'
import { styleOf, type Paint, type Style } from '../style.ts'
import { table } from '../table.ts'
import { isAfterUnknown, renderAfterFailover, warnOfAfter, withAfterFailover } from './after-failover.ts'
import { lagAgeCells, lagAgeView, lagColumns, type LagAgeView, seenAgeCell } from './age.ts'
import { exitCodeOfGate, gateOf, gateText } from './gate.ts'
import { groupLagRows, type GroupsSeen, renderGroupLag } from './group-rows.ts'
import type { LagOptions } from './lag.ts'

const rowsInTable = 100

/** One partition as documents show it. */
export interface LagRow extends LagAgeView {
  readonly link: string
  readonly topic: string
  readonly partition: number
  /** The high watermark; null when it was never read. */
  readonly sourceEnd: bigint | null
  readonly mirrored: bigint | null
  /** Null when not known, or of a stopped mirror. A lower bound when STALE. */
  readonly lag: bigint | null
  readonly sourceSeen: SeenView
  readonly status: LagStatus
  /** Why the lag or its seconds are not known, where a cluster answered that. */
  readonly why: string | null
}

/** By mirror: the next records that its partitions do not have, by source topic. */
export type UnreadOf = ReadonlyMap<MirrorView, KnownUnread>

export async function runLag(options: LagOptions, context: Context): Promise<ExitCode> {
  const { io, time, signal } = context
  const isWanted = matcherFromGlobs([options.topic ?? '*'])
  const wanted = ({ mirrors }: LinkView): readonly MirrorView[] =>
    mirrors.filter(({ record }) => isWanted(record.sourceTopic))
  const unread = new Map<MirrorView, KnownUnread>()
  const groups: GroupsSeen[] = []
  const after: GroupsOnLink[] = []
  const look = async ({ source, destination }: LinkTarget, view: LinkView): Promise<void> => {
    const found = await unreadAt(source, wanted(view).flatMap(positionsBehind), { signal })
    for (const mirror of wanted(view)) unread.set(mirror, found)
    if (options.mirrorsOnly) return
    const open = openMirrors(wanted(view))
    const { link, isSourceReachable } = view
    const globs = [link.groups, ...(options.group === undefined ? [] : [options.group])]
    const asked = { source, destination, isSourceReachable, mirrors: open.map(({ record }) => record), groups: globs }
    groups.push({ link: link.name, mirrors: open, ...(await groupPositions(asked, { signal })) })
    if (options.afterFailover) after.push(await lookAtGroups({ source, destination, link }, { isSourceReachable, mirrors: open }, options.group, { signal })) // prettier-ignore
  }
  const all = await observeLinks(context, options, options.link, look)
  const links = all.links.map((one) => (one.kind === 'observed' ? { ...one, view: { ...one.view, mirrors: wanted(one.view) } } : one)) // prettier-ignore
  const observed = { ...all, links }
  const mirrors = links.flatMap((one) => (one.kind === 'observed' ? one.view.mirrors : []))
  const rows = lagRows(mirrors, time.now(), unread)
  const groupRows = groupLagRows(groups, time.now())
  const unknownGroups = groups.flatMap(({ link, unknown }) => unknown.map(({ group, why }) => ({ link, group: group ?? null, why }))) // prettier-ignore
  const limitMs = options.failOver ?? options.maxLag
  const gate =
    limitMs === undefined
      ? undefined
      : gateOf(limitMs, rows, observed, options.topic, { rows: groupRows, seen: groups })
  if (options.output !== 'table') {
    const unknownLinks = observed.links.flatMap((one) => (one.kind === 'unknown' ? [{ link: one.link.name, why: one.why }] : [])) // prettier-ignore
    const groupsShown = options.mirrorsOnly
      ? null
      : withAfterFailover(groupRows, options.afterFailover ? after : undefined)
    const data = { sourceEndIs: 'highWatermark', partitions: rows, groups: groupsShown, unknownGroups, unknownLinks, unasked: observed.unasked, gate: gate ?? null } // prettier-ignore
    io.out(documentText(options.output, 'georep.lag/1', data))
  } else if (rows.length > 0) {
    const style = styleOf(io)
    const worst = <T>(some: readonly T[], what: string): readonly T[] => {
      const shown = options.all ? some : some.slice(0, rowsInTable)
      if (shown.length < some.length) io.err(`the worst ${shown.length} of ${some.length} ${what}; --all for the others\n`) // prettier-ignore
      return shown
    }
    io.out(renderLag(worst(rows, 'partitions'), style))
    if (groupRows.length > 0) io.out(`\n${renderGroupLag(worst(groupRows, 'partitions of groups'), style)}`)
    if (after.some(({ places }) => places.length > 0)) io.out(`\n${renderAfterFailover(after, style, worst)}`)
  } else io.err(isIncomplete(observed) ? 'no mirrors that could be seen\n' : 'no mirrors\n')
  warnOfUnknown(observed, context)
  warnOfGroups(groups, context)
  warnOfAfter(after, context)
  if (gate !== undefined) {
    io.err(gateText(gate))
    return exitCodeOfGate[gate.verdict]
  }
  const isUnknown =
    [...rows, ...groupRows].some(({ status }) => status === 'UNKNOWN') ||
    unknownGroups.length > 0 ||
    isAfterUnknown(after)
  return isIncomplete(observed) || isUnknown ? ExitCode.unknown : ExitCode.ok
}

/** Says on stderr which groups the answer does not have. */
function warnOfGroups(groups: readonly GroupsSeen[], { io }: Pick<Context, 'io'>): void {
  for (const { link, from, unknown, mirrors } of groups) {
    for (const { group, why } of unknown) {
      const what = group === undefined ? 'groups' : `group "${printable(group)}"`
      io.err(`warning: link "${printable(link)}": ${what} not known: ${printable(why)}\n`)
    }
    if (from === 'destination' && mirrors.length > 0) {
      io.err(`link "${printable(link)}": the source does not answer: groups are shown where their offsets were copied last\n`) // prettier-ignore
    }
  }
}

/** Where the mirror would read on, for partitions that are behind a source that answers. */
function positionsBehind({ record, state, partitions }: MirrorView): readonly Unread[] {
  // prettier-ignore
  return partitions.flatMap(({ partition, sourceEnd, mirrored }) => {
    const { records } = mirrorLag(state.state, sourceEnd, mirrored)
    if (sourceEnd?.isCurrent !== true || mirrored === undefined || records === undefined || records <= 0n) return []
    return [{ topic: record.sourceTopic, partition, offset: mirrored }]
  })
}

export function lagRows(mirrors: readonly MirrorView[], now: Date, unread: UnreadOf): readonly LagRow[] {
  const rows = mirrors.flatMap((mirror) =>
    mirror.partitions.map(({ partition, sourceEnd, mirrored, loss }) => {
      const { record, state, sourceSeenAt } = mirror
      const lag = mirrorLag(state.state, sourceEnd, mirrored)
      const { link, mirrorTopic: topic } = record
      const isCaughtUp = sourceEnd?.isCurrent === true && lag.records === 0n
      const next = mirrored === undefined ? undefined : unread.get(mirror)?.get(unreadKey({ topic: record.sourceTopic, partition, offset: mirrored })) // prettier-ignore
      const row: LagRow = {
        link,
        topic,
        partition,
        sourceEnd: sourceEnd?.offset ?? null,
        mirrored: mirrored ?? null,
        lag: lag.records ?? null,
        ...lagAgeView(isCaughtUp ? 'none' : isUntold(next) ? undefined : next, now),
        // The source may answer, and not for every partition.
        sourceSeen: seenView(sourceEnd?.isCurrent === true ? 'now' : sourceSeenAt, now), // prettier-ignore
        status: lag.status,
        why: whyOf(loss) ?? (isUntold(next) ? next.why : null),
      }
      return { lag, row }
    }),
  )
  return rows
    .toSorted((a, b) => compareLag(a.lag, b.lag) || (b.row.lagMs ?? 0) - (a.row.lagMs ?? 0))
    .map(({ row }) => row)
}

export function renderLag(rows: readonly LagRow[], style: Style): string {
  const right = 'right'
  return table(
    [
      { title: 'LINK' },
      { title: 'TOPIC' },
      { title: 'PARTITION', align: right },
      { title: 'SRC-END', align: right },
      { title: 'MIRRORED', align: right },
      ...lagColumns,
    ],
    rows.map((row) => [
      row.link,
      row.topic,
      row.partition,
      row.sourceEnd ?? 'unknown',
      row.mirrored ?? 'unknown',
      lagText(row.lag, row.sourceSeen, row.status),
      ...(row.status === 'STOPPED' ? (['-', '-'] as const) : lagAgeCells(row)),
      seenAgeCell(row.sourceSeen),
      { text: row.status, paint: paintOfStatus(row.status, style) },
    ]),
  )
}

function lagText(lag: bigint | null, { isCurrent }: SeenView, status: LagStatus): string {
  if (status === 'STOPPED') return '-'
  if (lag === null) return 'unknown'
  return isCurrent ? lag.toString() : `>=${lag.toString()}`
}

function paintOfStatus(status: LagStatus, style: Style): Paint {
  if (status === 'OK' || status === 'STOPPED') return style.ok
  return status === 'LAGGING' || status === 'PAUSED' || status === 'STALE' ? style.warn : style.bad
}
