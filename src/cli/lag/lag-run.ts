import { matcherFromGlobs } from '../../core/glob.ts'
import { messageOf } from '../../core/errors.ts'
import { whyOf } from '../../core/loss.ts'
import { compareLag, mirrorLag, type LagStatus } from '../../core/mirror-lag.ts'
import { type LinkTarget, type LinkView, type MirrorView, openMirrors, whySourceSilent } from '../../engines/engine.ts'
import { atPosition, type Unread } from '../../kafka/next-unread.ts'
import { type GroupEnd, groupPositions } from '../../links/group-positions.ts'
import { isUntold, type KnownUnread, unreadAt } from '../../links/mirror-ages.ts'
import type { Context, Io } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { lagText, seenView } from '../figures.ts'
import { type GroupsOnLink, lookAtGroups } from '../groups-after-failover.ts'
import { missedOfMirrors, warnOfMissed } from '../missed-tombstones.ts'
import { isIncomplete, type Observer, openObserver, warnOfUnknown } from '../observed.ts'
import { printable } from '../printable.ts'
import type { Paint, Style } from '../style.ts'
import { table } from '../table.ts'
import { unmatchedGroups, unmatchedTopic } from '../unmatched.ts'
import { isAfterUnknown, warnOfAfter } from './after-failover.ts'
import { lagAgeCells, lagAgeView, lagColumns, seenAgeCell } from './age.ts'
import { exitCodeOfGate, gateOf, gateText } from './gate.ts'
import { lagDocument } from './document.ts'
import { groupLagRows, type GroupsSeen } from './group-rows.ts'
import { lookForHeldBack, warnOfHeldBack } from './held-back.ts'
import { lagJunit } from './junit.ts'
import type { LagOptions } from './lag-options.ts'
import { type Limits, type LimitView, limitsFrom, limitView, objectiveCells, objectiveColumns } from './limits.ts'
import { lagMetrics } from './prometheus.ts'
import { isSourceTelling } from './source.ts'
import { printTables } from './tables.ts'
import { openTextfile } from './textfile.ts'
import { watchRounds } from './watch.ts'
import type { LagRow, LagSeen, HeldBackRow } from './lag-seen.ts'

/** By mirror: the next records that its partitions do not have, by source topic. */
export type UnreadOf = ReadonlyMap<MirrorView, KnownUnread>

export async function runLag(options: LagOptions, context: Context): Promise<ExitCode> {
  const textfile = await openTextfile(options.textfile, context)
  try {
    const limits = await limitsFrom(options, context)
    await using observer = await openObserver(context, options, options.link)
    const round = async (io: Io): Promise<LagSeen> => {
      const seen = await lookAtLag(options, limits, observer, context)
      printLag(seen, options, { ...context, io })
      // Of tens of thousands of rows they take as long to make as the rest.
      if (options.textfile !== undefined) await textfile.write(lagMetrics(seen))
      return seen
    }
    if (options.watch === undefined) return exitCodeOf(await round(context.io))
    const { watch: everyMs, output } = options
    const untilOver = async (io: Io): Promise<ExitCode | undefined> => {
      const seen = await round(io)
      return seen.gate?.verdict === 'over' ? exitCodeOf(seen) : undefined
    }
    const code = await watchRounds({ everyMs, output, round: untilOver, onFailure: textfile.down }, context)
    // Nobody keeps it up to date any more.
    await textfile.down()
    return code
  } catch (error) {
    await textfile.down().catch((other: unknown) => { context.io.err(`warning: ${printable(messageOf(other))}\n`) }) // prettier-ignore
    throw error
  }
}

async function lookAtLag(
  options: LagOptions,
  limits: Limits | undefined,
  observer: Observer,
  { time, signal }: Context,
): Promise<LagSeen> {
  const isWanted = matcherFromGlobs([options.topic ?? '*'])
  const wanted = ({ mirrors }: LinkView): readonly MirrorView[] =>
    mirrors.filter(({ record }) => isWanted(record.sourceTopic))
  const groupEndIs: GroupEnd = options.committed ? 'lastStableOffset' : 'highWatermark'
  const unread = new Map<MirrorView, KnownUnread>()
  const heldBack: HeldBackRow[] = []
  const groups: GroupsSeen[] = []
  const after: GroupsOnLink[] = []
  const look = async (target: LinkTarget, view: LinkView): Promise<void> => {
    const { source, destination } = target
    // Side by side: a source that goes silent now is waited for once.
    const [found, held] = await Promise.all([
      unreadAt(source, wanted(view).flatMap(positionsBehind), { signal }),
      lookForHeldBack(source, wanted(view), time.now, { signal }),
    ])
    for (const mirror of wanted(view)) unread.set(mirror, found)
    heldBack.push(...held)
    if (options.mirrorsOnly) return
    const open = openMirrors(wanted(view))
    const { link } = view
    const isSourceReachable = isSourceTelling(view)
    const globs = [link.groups, ...(options.group === undefined ? [] : [options.group])]
    const asked = { source, destination, isSourceReachable, mirrors: open.map(({ record }) => record), groups: globs, endIs: groupEndIs } // prettier-ignore
    groups.push({
      link: link.name,
      mirrors: open,
      silent: isSourceReachable ? undefined : (whySourceSilent(view) ?? 'the source does not answer'),
      ...(await groupPositions(asked, { signal })),
    })
    const seen = view.sourceRefusal === undefined ? { isSourceReachable } : view
    if (options.afterFailover) after.push(await lookAtGroups(target, { ...seen, mirrors: open }, options.group, { signal })) // prettier-ignore
  }
  const all = await observer.observe(look)
  const links = all.links.map((one) => (one.kind === 'observed' ? { ...one, view: { ...one.view, mirrors: wanted(one.view) } } : one)) // prettier-ignore
  const observed = { ...all, links }
  const mirrors = links.flatMap((one) => (one.kind === 'observed' ? one.view.mirrors : []))
  const observedAt = time.now()
  const rows = lagRows(mirrors, observedAt, unread, limits)
  const groupRows = groupLagRows(groups, observedAt, limits)
  const ofGroups = { rows: groupRows, seen: groups, asked: options.group }
  const gate = limits === undefined ? undefined : gateOf(limits, rows, observed, options.topic, ofGroups)
  const groupNames = new Set(
    [...groupRows, ...groups.flatMap(({ unknown }) => unknown)].flatMap(({ group }) => group ?? []),
  )
  const ofTopic = unmatchedTopic(all, options.topic)
  const isOfGroups = gate === undefined && groups.some((one) => one.mirrors.length > 0)
  return {
    observedAt,
    observed,
    unmatched: ofTopic !== undefined ? [ofTopic] : isOfGroups ? unmatchedGroups(options.group, groupNames) : [],
    rows,
    heldBack,
    missedTombstones: missedOfMirrors(mirrors, observedAt),
    groups,
    groupRows,
    gate,
    groupEndIs,
    after: options.afterFailover ? after : undefined,
  }
}

/** Data on stdout in the form that was asked for, and on stderr what is missing from it. */
function printLag(seen: LagSeen, options: LagOptions, context: Context): void {
  const { io } = context
  const { observed, groups, gate } = seen
  switch (options.output) {
    case 'table':
      printTables(seen, options, io, renderLag)
      break
    case 'prometheus':
      io.out(lagMetrics(seen))
      break
    case 'junit':
      io.out(lagJunit(seen))
      break
    case 'json':
    case 'yaml':
    case 'tsv':
      io.out(lagDocument(options.output, seen, options))
  }
  warnOfUnknown(observed, context)
  warnOfHeldBack(seen, context)
  warnOfMissed(seen.missedTombstones, io)
  warnOfGroups(groups, context)
  warnOfAfter(seen.after ?? [], context)
  for (const why of seen.unmatched) io.err(`warning: ${why}\n`)
  if (gate !== undefined) io.err(gateText(gate))
}

function exitCodeOf({ observed, rows, groups, groupRows, gate, after }: LagSeen): ExitCode {
  if (gate !== undefined) return exitCodeOfGate[gate.verdict]
  const isUnknown =
    rows.some(({ status }) => status === 'UNKNOWN') ||
    groupRows.some(({ status }) => status === 'UNKNOWN') ||
    groups.some(({ unknown }) => unknown.length > 0) ||
    isAfterUnknown(after ?? [])
  return isIncomplete(observed) || isUnknown ? ExitCode.unknown : ExitCode.ok
}

/** Says on stderr which groups the answer does not have. */
function warnOfGroups(groups: readonly GroupsSeen[], { io }: Pick<Context, 'io'>): void {
  for (const { link, silent, unknown, mirrors } of groups) {
    for (const { group, why } of unknown) {
      const what = group === undefined ? 'groups' : `group "${printable(group)}"`
      io.err(`warning: link "${printable(link)}": ${what} not known: ${printable(why)}\n`)
    }
    if (silent !== undefined && mirrors.length > 0) {
      io.err(`link "${printable(link)}": ${silent}: groups are shown where their offsets were copied last\n`) // prettier-ignore
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

export function lagRows(
  mirrors: readonly MirrorView[],
  now: Date,
  unread: UnreadOf,
  limits?: Limits,
): readonly LagRow[] {
  const rows = mirrors.flatMap((mirror) =>
    mirror.partitions.map(({ partition, sourceEnd, mirrored, loss }) => {
      const { record, state, sourceSeenAt } = mirror
      const lag = mirrorLag(state.state, sourceEnd, mirrored)
      const { link, mirrorTopic: topic } = record
      // One that has FAILED may end where its source does, and lack records.
      const isCaughtUp = sourceEnd?.isCurrent === true && lag.records === 0n && loss.kind !== 'atLeast'
      const next = mirrored === undefined ? undefined : atPosition(unread.get(mirror) ?? new Map(), { topic: record.sourceTopic, partition, offset: mirrored }) // prettier-ignore
      const row: Omit<LagRow, keyof LimitView> = {
        link,
        topic,
        partition,
        sourceEnd: sourceEnd?.offset ?? null,
        mirrored: mirrored ?? null,
        lag: lag.records ?? null,
        lagKind: lag.status === 'STOPPED' ? null : loss.kind,
        ...lagAgeView(isCaughtUp ? 'none' : isUntold(next) ? undefined : next, now),
        // The source may answer, and not for every partition.
        sourceSeen: seenView(sourceEnd?.isCurrent === true ? 'now' : sourceSeenAt, now), // prettier-ignore
        status: lag.status,
        why: whyOf(loss) ?? (isUntold(next) ? next.why : null),
      }
      return { lag, row: { ...row, ...limitView(row, limits?.ofMirror(record.sourceTopic)) } }
    }),
  )
  return rows
    .toSorted((a, b) => compareLag(a.lag, b.lag) || (b.row.lagMs ?? 0) - (a.row.lagMs ?? 0))
    .map(({ row }) => row)
}

export function renderLag(rows: readonly LagRow[], style: Style): string {
  const right = 'right'
  const own = objectiveColumns(rows)
  return table(
    [
      { title: 'LINK' },
      { title: 'TOPIC' },
      { title: 'PARTITION', align: right },
      { title: 'SRC-END', align: right },
      { title: 'MIRRORED', align: right },
      ...lagColumns,
      ...own,
    ],
    rows.map((row) => [
      row.link,
      row.topic,
      row.partition,
      row.sourceEnd ?? 'unknown',
      row.mirrored ?? 'unknown',
      lagText(row.lag, { kind: row.lagKind, isCurrent: row.sourceSeen.isCurrent, isStopped: row.status === 'STOPPED' }),
      ...(row.status === 'STOPPED'
        ? (['-', '-'] as const)
        : lagAgeCells(row, row.lagKind === 'unknown' ? 'exact' : (row.lagKind ?? 'exact'))),
      seenAgeCell(row.sourceSeen),
      { text: row.status, paint: paintOfStatus(row.status, style) },
      ...objectiveCells(row, own, style),
    ]),
  )
}

function paintOfStatus(status: LagStatus, style: Style): Paint {
  if (status === 'OK' || status === 'STOPPED') return style.ok
  return status === 'LAGGING' || status === 'PAUSED' || status === 'STALE' ? style.warn : style.bad
}
