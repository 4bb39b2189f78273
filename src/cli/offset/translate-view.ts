import type { SeenRecord } from '../../core/fingerprint.ts'
import type { Offset } from '../../core/offset.ts'
import { besidePlace } from '../../core/own-place.ts'
import type { ExactBy, Translated } from '../../core/translation.ts'
import type { UnknownCommits } from '../../links/committed-places.ts'
import type { Paint, Style } from '../style.ts'
import { type Cell, table } from '../table.ts'

/** What is printed of a translation; the `data` of its JSON document. */
export interface TranslateView {
  /** Null without a link. */
  readonly link: string | null
  readonly by: 'mapping' | 'timestamp'
  readonly source: string
  readonly destination: string
  readonly isVerified: boolean
  /** The engine's own places were asked for. */
  readonly isBesideCheckpoints: boolean
  readonly translations: readonly TranslatedRow[]
  /** Groups whose commits could not be read; `group` null of all: what they have committed in a topic. */
  readonly unknownGroups: readonly { readonly group: string | null; readonly why: string }[]
}

/** What the engine has written down itself. */
interface CheckpointView {
  /** Where the group stood on the source then. */
  readonly from: bigint
  readonly to: bigint
  readonly at: string
  /** What would be read again there, and skipped, at the most, in offsets; null when that is not known. */
  readonly reread: bigint | null
  readonly skipped: bigint | null
}

export interface TranslatedRow {
  /** Null of a place that was given. */
  readonly group: string | null
  readonly sourceTopic: string
  /** As the destination has it; null when it has none. */
  readonly topic: string | null
  readonly partition: number
  /** The next offset to be read on the source, and on the destination; null when that is not known. */
  readonly from: bigint
  readonly to: bigint | null
  readonly exactness: Translated['kind']
  readonly exactBy: ExactBy | null
  /** Records that are read again, at the most; null when that is not known. */
  readonly reread: bigint | null
  readonly why: string | null
  /** Null where the engine has none, or it was not asked. */
  readonly checkpoint: CheckpointView | null
  /** Records that were compared and are not the same. */
  readonly differing: { readonly source: RecordView; readonly destination: RecordView } | null
}

interface RecordView {
  readonly offset: bigint
  readonly timestampMs: number
  readonly isLogAppendTime: boolean
  readonly hash: string
}

export function translatedRow(
  place: Pick<TranslatedRow, 'group' | 'sourceTopic' | 'topic' | 'partition' | 'from'>,
  translated: Translated,
  own?: { readonly from: Offset; readonly to: Offset; readonly at: Date },
): TranslatedRow {
  const { kind, why } = translated
  const checkpoint = own === undefined ? null : checkpointView(own, translated)
  const head = { ...place, exactness: kind, why: why ?? null, exactBy: null, checkpoint, differing: null }
  switch (kind) {
    case 'exact':
      return { ...head, to: translated.to, exactBy: translated.by, reread: 0n }
    case 'bounded':
      return { ...head, to: translated.to, reread: translated.reread }
    case 'unknown': {
      const { differing } = translated
      const shown = differing === undefined ? null : { source: recordView(differing.source), destination: recordView(differing.destination) } // prettier-ignore
      return { ...head, to: null, reread: null, differing: shown }
    }
  }
}

function checkpointView(
  { from, to, at }: { readonly from: Offset; readonly to: Offset; readonly at: Date },
  translated: Translated,
): CheckpointView {
  const { reread, skipped } = besidePlace(to, translated)
  return { from, to, at: at.toISOString(), reread: reread ?? null, skipped: skipped ?? null }
}

function recordView({ offset, timestampMs, isLogAppendTime, hash }: SeenRecord): RecordView {
  return { offset, timestampMs: Number(timestampMs), isLogAppendTime, hash }
}

export function unknownGroupsView(unknown: readonly UnknownCommits[]): TranslateView['unknownGroups'] {
  return unknown.map(({ group, why }) => ({ group: group ?? null, why }))
}

export function renderTranslations(
  { translations, isBesideCheckpoints }: Pick<TranslateView, 'translations' | 'isBesideCheckpoints'>,
  style: Style,
): string {
  const right = 'right'
  const beside = [{ title: 'CHECKPOINT', align: right }, { title: 'REREAD THERE', align: right }, { title: 'AT' }] as const // prettier-ignore
  return table(
    [
      { title: 'GROUP' },
      { title: 'TOPIC' },
      { title: 'PARTITION', align: right },
      { title: 'FROM', align: right },
      { title: 'TO', align: right },
      { title: 'EXACTNESS' },
      { title: 'BY' },
      { title: 'REREAD', align: right },
      ...(isBesideCheckpoints ? beside : []),
      { title: 'WHY' },
    ],
    translations.map((row) => [
      row.group ?? '-',
      row.topic ?? row.sourceTopic,
      row.partition,
      row.from,
      row.to ?? 'unknown',
      { text: row.exactness, paint: paintOf(row.exactness, style) },
      row.exactBy ?? '-',
      row.reread === null ? 'unknown' : row.exactness === 'bounded' ? `<=${row.reread.toString()}` : row.reread,
      ...(isBesideCheckpoints ? checkpointCells(row, style) : []),
      row.why ?? '',
    ]),
  )
}

function checkpointCells({ checkpoint }: TranslatedRow, style: Style): readonly Cell[] {
  if (checkpoint === null) return ['-', '-', '-']
  const { to, at, reread, skipped } = checkpoint
  if (skipped !== null && skipped > 0n) return [to, { text: `skips <=${skipped}`, paint: style.bad }, at]
  return [to, reread === null ? 'unknown' : `<=${reread}`, at]
}

function paintOf(exactness: Translated['kind'], style: Style): Paint {
  if (exactness === 'exact') return style.ok
  return exactness === 'bounded' ? style.warn : style.bad
}
