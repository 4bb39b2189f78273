import { totalLoss } from '../../core/loss.ts'
import type { MirrorState, MirrorStateName } from '../../core/mirror-state.ts'
import type { LinkView, MirrorView } from '../../engines/engine.ts'
import { lossText, lossView, seenText, seenView, type LossView, type SeenView } from '../figures.ts'
import { type MissedTombstones, missedTombstones, missedText } from '../missed-tombstones.ts'
import { printable } from '../printable.ts'
import type { Paint, Style } from '../style.ts'
import { table } from '../table.ts'
import type { GlobalOptions } from '../wiring.ts'
import { mirrorCommand } from './which.ts'

/** One mirror as documents show it. */
export interface MirrorRow {
  readonly link: string
  /** The mirror topic. */
  readonly topic: string
  readonly sourceTopic: string
  readonly partitions: number
  readonly state: MirrorStateName
  /** Why it FAILED, or what a PENDING one waits for. */
  readonly reason: string | null
  /** Records of the source that the mirror has not, by what is known of the source; null of a stopped mirror. */
  readonly lag: LossView | null
  /** When the source's ends were read. */
  readonly sourceSeen: SeenView
  /** Null when none is known to be missed. */
  readonly missedTombstones: MissedTombstones | null
}

export function mirrorRow(view: MirrorView, now: Date): MirrorRow {
  const { record, state, partitions, sourceSeenAt } = view
  return {
    link: record.link,
    topic: record.mirrorTopic,
    sourceTopic: record.sourceTopic,
    partitions: record.partitions,
    state: state.state,
    reason: reasonOf(state),
    lag: state.state === 'STOPPED' ? null : lossView(totalLoss(partitions.map(({ loss }) => loss))),
    sourceSeen: seenView(sourceSeenAt, now),
    missedTombstones: missedTombstones(view, now),
  }
}

function reasonOf(state: MirrorState): string | null {
  if (state.state === 'FAILED') return state.reason
  if (state.state === 'PENDING') return state.phase
  return state.state === 'STOPPED' ? `by ${state.stoppedBy}` : null
}

/** Patterns of links, and topics that match one and have no mirror. */
export interface PatternRow {
  readonly link: string
  readonly pattern: string
  readonly prefix: string
  readonly isAutoCreate: boolean
  /** Source topics that match, and were left out by name. */
  readonly except: readonly string[]
}

export interface UnmirroredRow {
  readonly link: string
  readonly topic: string
  readonly why: string
}

export function patternRows({ link }: Pick<LinkView, 'link'>): readonly PatternRow[] {
  return link.patterns.map(({ glob, prefix, isAutoCreate, except }) => ({
    link: link.name,
    pattern: glob,
    prefix,
    isAutoCreate,
    except,
  }))
}

export function unmirroredRows({ link, unmirrored }: LinkView): readonly UnmirroredRow[] {
  return unmirrored.map(({ topic, why }) => ({ link: link.name, topic, why }))
}

/** The patterns, and what is not mirrored; adopted connectors have patterns of their own. */
export function renderPatterns(
  patterns: readonly PatternRow[],
  unmirrored: readonly UnmirroredRow[],
  style: Style,
): string {
  const rows = table(
    ['LINK', 'PATTERN', 'PREFIX', 'AUTO-CREATE', 'EXCEPT'].map((title) => ({ title })),
    patterns.map(({ link, pattern, prefix, isAutoCreate, except }) => [
      link,
      pattern,
      prefix === '' ? '-' : prefix,
      isAutoCreate ? 'on' : 'off',
      except.length === 0 ? '-' : except.join(','),
    ]),
  )
  const missing = table(
    ['LINK', 'NOT-MIRRORED', 'WHY'].map((title) => ({ title })),
    unmirrored.map(({ link, topic, why }) => [link, { text: topic, paint: style.bad }, why]),
  )
  return [...(patterns.length === 0 ? [] : [rows]), ...(unmirrored.length === 0 ? [] : [missing])].map((text) => `\n${text}`).join('') // prettier-ignore
}

/** The mirrors, and below them why some have failed, and which may have missed tombstones. */
export function renderMirrors(mirrors: readonly MirrorRow[], style: Style): string {
  const rows = table(
    [
      { title: 'LINK' },
      { title: 'TOPIC' },
      { title: 'PARTITIONS', align: 'right' },
      { title: 'STATE' },
      { title: 'LAG', align: 'right' },
      { title: 'SOURCE-SEEN' },
    ],
    mirrors.map(({ link, topic, partitions, state, lag, sourceSeen }) => [
      link,
      topic,
      partitions,
      { text: state, paint: paintOfMirrorState(state, style) },
      lag === null ? '-' : lossText(lag),
      seenText(sourceSeen),
    ]),
  )
  const failures = mirrors.filter(({ state }) => state === 'FAILED' || state === 'PENDING')
  const lines = [
    ...failures.map(({ topic, state, reason }) => `${printable(topic)} is ${state}: ${printable(reason ?? '')}\n`),
    ...mirrors.flatMap(({ topic, missedTombstones: missed }) => missed === null ? [] : [`${printable(topic)} ${missedText(missed)}\n`]),
  ] // prettier-ignore
  return lines.length === 0 ? rows : `${rows}\n${lines.join('')}`
}

/** Whether `mirror rebuild` leads on; of engines with identical offsets. */
export function needsWayOut({ state, missedTombstones: missed }: MirrorRow): boolean {
  return state === 'FAILED' || (missed !== null && state !== 'STOPPED')
}

/** The command that tells what the way out costs. */
export function wayOutOf({ topic, link }: Pick<MirrorRow, 'topic' | 'link'>, options: GlobalOptions): string {
  return mirrorCommand({ ...options, link, which: { kind: 'topics', topics: [topic] } }, 'rebuild', '--dry-run')
}

export function paintOfMirrorState(state: MirrorStateName, style: Style): Paint {
  if (state === 'ACTIVE' || state === 'STOPPED') return style.ok
  return state === 'FAILED' ? style.bad : style.warn
}
