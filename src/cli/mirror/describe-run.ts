import { GeorepError } from '../../core/errors.ts'
import type { Loss } from '../../core/loss.ts'
import { mirrorLag } from '../../core/mirror-lag.ts'
import type { MirrorDetail, MirrorSetting } from '../../engines/engine.ts'
import { noneMirrored } from '../../engines/settled-mirrors.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { lagText, lossText, seenText } from '../figures.ts'
import { documentText } from '../document.ts'
import { openLink } from '../open.ts'
import { missedText } from '../missed-tombstones.ts'
import { printable } from '../printable.ts'
import { styleOf, type Style } from '../style.ts'
import { facts, table } from '../table.ts'
import { mirrorRow, needsWayOut, paintOfMirrorState, wayOutOf, type MirrorRow } from './view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface MirrorDescribeOptions extends GlobalOptions {
  readonly topic: string
  readonly link: string
  readonly output: OutputFormat
}

/** One mirror as documents show it, with all that is known of it. */
export interface MirrorDescription extends MirrorRow {
  readonly sourceTopicId: string
  /** Null until its topic was made. */
  readonly mirrorTopicId: string | null
  /** The broker said that this link made the topic; false where that is not known. */
  readonly isTopicMade: boolean
  readonly createdAt: string
  /** Since when it is PAUSED, stopping, STOPPED or FAILED; null of the other states. */
  readonly since: string | null
  readonly positions: readonly {
    readonly partition: number
    readonly sourceEnd: bigint | null
    readonly isSourceEndCurrent: boolean | null
    readonly mirrored: bigint | null
    readonly lag: bigint | null
    /** Whether `lag` is exact or a bound; null of a stopped mirror. */
    readonly lagKind: Loss['kind'] | null
  }[]
  /** Null when the mirror topic is not there, or the mirror is STOPPED and its topic goes its own way. */
  readonly settings: readonly MirrorSettingRow[] | null
  readonly isSourceCompared: boolean
  /** Why settings could not be read or compared, where a cluster answered that. */
  readonly settingsWhy: string | null
  /** Why settings or partitions of the mirror topic are not made as the source's. */
  readonly unsynced: readonly string[]
  /** When a runner compared them last; null when none did. */
  readonly syncedAt: string | null
}

interface MirrorSettingRow {
  readonly name: string
  readonly fate: MirrorSetting['fate']
  readonly value: string | null
  readonly why: string | null
}

export async function runMirrorDescribe(options: MirrorDescribeOptions, context: Context): Promise<ExitCode> {
  const { io, time, signal } = context
  await using opened = await openLink(context, options, options.link)
  const detail = await opened.engine.describeMirror(opened.target, options.topic, { signal })
  if (detail === undefined) {
    throw new GeorepError(
      'failed',
      'GR-MIRROR-UNKNOWN',
      noneMirrored(opened.target.state, options.link, [options.topic]),
      {
        next: commandLine(options, 'mirror', 'list', '--link', options.link),
      },
    )
  }
  const view = mirrorDescription(detail, time.now())
  io.out(
    options.output !== 'table'
      ? documentText(options.output, 'georep.mirror/1', view)
      : renderMirrorDescribe(view, styleOf(io)),
  )
  if (needsWayOut(view) && opened.engine.capabilities.offsetMapping === 'identical') {
    io.err(`next: ${printable(wayOutOf(view, options))}\n`)
  }
  const lagWhy = view.lag?.why ?? null
  if (lagWhy !== null) io.err(`warning: the lag is not known: ${printable(lagWhy)}\n`)
  if (view.settingsWhy !== null) io.err(`warning: settings are not known: ${printable(view.settingsWhy)}\n`)
  return lagWhy === null && view.settingsWhy === null ? ExitCode.ok : ExitCode.unknown
}

export function mirrorDescription({ view, failedAt, settings, isSourceCompared, settingsWhy, unsynced, syncedAt }: MirrorDetail, now: Date): MirrorDescription {
  const { record, state, partitions } = view
  return {
    ...mirrorRow(view, now),
    sourceTopicId: record.sourceTopicId,
    mirrorTopicId: record.mirrorTopicId === '' ? null : record.mirrorTopicId,
    isTopicMade: record.isTopicMade,
    createdAt: record.createdAt,
    since: failedAt ?? sinceOf(record.state),
    positions: partitions.map(({ partition, sourceEnd, mirrored, loss }) => ({
      partition,
      sourceEnd: sourceEnd?.offset ?? null,
      isSourceEndCurrent: sourceEnd?.isCurrent ?? null,
      mirrored: mirrored ?? null,
      lag: mirrorLag(state.state, sourceEnd, mirrored).records ?? null,
      lagKind: state.state === 'STOPPED' ? null : loss.kind,
    })),
    settings: settings?.map(({ name, fate, value, why }) => ({ name, fate, value: value ?? null, why: why ?? null })) ?? null,
    isSourceCompared,
    settingsWhy: settingsWhy ?? null,
    unsynced,
    syncedAt: syncedAt ?? null,
  }
} // prettier-ignore

function sinceOf(state: MirrorDetail['view']['record']['state']): string | null {
  if (state.state === 'STOPPED') return state.at
  return 'since' in state ? state.since : null
}

export function renderMirrorDescribe(view: MirrorDescription, style: Style): string {
  const { link, topic, sourceTopic, state, reason, lag, sourceSeen, since, createdAt } = view
  const head = facts([
    ['Mirror', topic],
    ['Link', link],
    ['Source topic', `${sourceTopic} (id ${view.sourceTopicId})`],
    ['Mirror topic id', `${view.mirrorTopicId ?? 'none yet'}${view.isTopicMade ? ', made by georep' : ''}`],
    ['State', { text: reason === null ? state : `${state}: ${reason}`, paint: paintOfMirrorState(state, style) }],
    ...(since === null ? [] : [['Since', since] as const]),
    ['Created', createdAt],
    ['Lag', lag === null ? '-' : `${lossText(lag)} (records)`],
    ['Source seen', seenText(sourceSeen)],
    ...(view.syncedAt === null ? [] : [['Synced', `settings and partitions, last at ${view.syncedAt}`] as const]),
    ...(view.missedTombstones === null
      ? []
      : [['Tombstones', { text: missedText(view.missedTombstones), paint: style.bad }] as const]),
    ...view.unsynced.map((why) => ['Not synced', { text: why, paint: style.bad }] as const),
  ])
  const right = 'right'
  const positions = table(
    [{ title: 'PARTITION', align: right }, { title: 'SRC-END', align: right }, { title: 'MIRRORED', align: right }, { title: 'LAG', align: right }],
    view.positions.map(({ partition, sourceEnd, isSourceEndCurrent, mirrored, lag: own, lagKind }) => [
      partition,
      sourceEnd ?? 'unknown',
      mirrored ?? 'unknown',
      lagText(own, { kind: lagKind, isCurrent: isSourceEndCurrent !== false, isStopped: state === 'STOPPED' }),
    ]),
  ) // prettier-ignore
  return `${head}\n${positions}${settingsText(view)}`
}

function settingsText({ settings, isSourceCompared, settingsWhy: why, state }: MirrorDescription): string {
  if (settings === null && why !== null) return '\nits settings are not known\n'
  if (settings === null) return state === 'STOPPED' ? '' : '\nits topic is not there\n'
  const asked = why === null ? 'the source was not asked' : 'the source did not tell'
  const note = isSourceCompared ? '' : `${asked}: what was changed there, or left out, is not known\n`
  const rows = settings.map(({ name, fate, value, why }) => [name, fate, value ?? '-', why ?? ''])
  return `\n${table(['SETTING', 'IS', 'VALUE', 'WHY'].map((title) => ({ title })), rows)}${note}` // prettier-ignore
}
