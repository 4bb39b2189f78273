import type { SeenRecord } from '../../core/fingerprint.ts'
import type { ExactBy, Translated } from '../../core/translation.ts'
import type { UnknownCommits } from '../../links/committed-places.ts'
import type { Paint, Style } from '../style.ts'
import { table } from '../table.ts'

/** What is printed of a translation; the `data` of its JSON document. */
export interface TranslateView {
  /** Null without a link. */
  readonly link: string | null
  readonly by: 'mapping' | 'timestamp'
  readonly source: string
  readonly destination: string
  readonly isVerified: boolean
  readonly translations: readonly TranslatedRow[]
  /** Groups whose commits could not be read; `group` null of all: what they have committed in a topic. */
  readonly unknownGroups: readonly { readonly group: string | null; readonly why: string }[]
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
): TranslatedRow {
  const { kind, why } = translated
  const head = { ...place, exactness: kind, why: why ?? null, exactBy: null, differing: null }
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

function recordView({ offset, timestampMs, isLogAppendTime, hash }: SeenRecord): RecordView {
  return { offset, timestampMs: Number(timestampMs), isLogAppendTime, hash }
}

export function unknownGroupsView(unknown: readonly UnknownCommits[]): TranslateView['unknownGroups'] {
  return unknown.map(({ group, why }) => ({ group: group ?? null, why }))
}

export function renderTranslations(rows: readonly TranslatedRow[], style: Style): string {
  const right = 'right'
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
      { title: 'WHY' },
    ],
    rows.map((row) => [
      row.group ?? '-',
      row.topic ?? row.sourceTopic,
      row.partition,
      row.from,
      row.to ?? 'unknown',
      { text: row.exactness, paint: paintOf(row.exactness, style) },
      row.exactBy ?? '-',
      row.reread === null ? 'unknown' : row.exactness === 'bounded' ? `<=${row.reread.toString()}` : row.reread,
      row.why ?? '',
    ]),
  )
}

function paintOf(exactness: Translated['kind'], style: Style): Paint {
  if (exactness === 'exact') return style.ok
  return exactness === 'bounded' ? style.warn : style.bad
}
