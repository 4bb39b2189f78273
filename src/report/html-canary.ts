import { textFromDurationMs } from '../core/duration.ts'
import { barsChart } from './bars-chart.ts'
import { canaryChart } from './canary-chart.ts'
import type { CanarySide, CanaryView, Span } from './canary-view.ts'
import type { DrillView } from './drill-view.ts'
import { counted, type Figure, figureText } from './figure-text.ts'
import { dataTable, figureOf, headedFigure, heading, paragraph } from './html-parts.ts'
import { lagChart } from './lag-chart.ts'
import type { Content, Markup } from './markup.ts'
import { lossText, lostText, otherMirrorsText, unknownSendsText } from './loss-text.ts'

/** Rate, gaps and latency of the canary on both sides, and its ledger summed up. */
export function canarySection(view: DrillView, canary: CanaryView | undefined): readonly Content[] {
  const title = 'The canary through the failure'
  if (canary === undefined) {
    return [
      heading(2, title),
      paragraph('The record has no ledger of the canary: what was sent and acknowledged when is not known.'),
    ]
  }
  const { outage, isPlaced } = canary
  const rate = view.rpo.rate.value
  const said = paragraph(
    `The canary writes ${rate === null ? 'at a rate that is not on record' : `${rate} records a second to every partition`}, on schedule, whatever the brokers do. `,
    outage === undefined
      ? 'Neither side acknowledged anything.'
      : `The longest time in which neither side acknowledged a write was ${spanText(outage, isPlaced)}.`,
  )
  return [
    headedFigure(title, [said], canaryChart(canary, view.marks, rate === null || rate <= 0 ? 1 : 1_000 / rate)),
    dataTable(
      'The ledger of the canary',
      [{ title: 'What' }, { title: 'Source', align: 'right' }, { title: 'Destination', align: 'right' }],
      ledgerRows.map(([name, text]) => [name, text(canary.source, isPlaced), text(canary.destination, isPlaced)]),
    ),
  ]
}

const ledgerRows: readonly (readonly [name: string, text: (side: CanarySide, isPlaced: boolean) => string])[] = [
  ['Sends', ({ sends }) => sends.length.toString()],
  ['acknowledged', ({ ok }) => ok.toString()],
  ['surely not written', ({ fail }) => fail.toString()],
  ['without an answer', ({ unknown }) => unknown.toString()],
  ['Latency from when a send was due, median', ({ latency }) => latencyText(latency?.p50Ms)],
  ['p99', ({ latency }) => latencyText(latency?.p99Ms)],
  ['worst', ({ latency }) => latencyText(latency?.maxMs)],
  [
    'Longest time between two acknowledgements',
    ({ silence }, isPlaced) => (silence === undefined ? 'none was acknowledged' : spanText(silence, isPlaced)),
  ],
]

function latencyText(ms: number | undefined): string {
  return ms === undefined ? 'unknown' : textFromDurationMs(ms)
}

function spanText({ fromMs, toMs }: Span, isPlaced: boolean): string {
  const [from, to] = [fromMs, toMs].map((ms) => `${(ms / 1_000).toFixed(2)} s`)
  return `${textFromDurationMs(toMs - fromMs)} (${from ?? ''} to ${to ?? ''} after ${isPlaced ? 't0' : 'the first send'})`
}

/** How far the mirror was behind before the fault, and what came of it. */
export function lagSection({ lag }: DrillView): readonly Content[] {
  const title = 'Lag before and after'
  if (lag === undefined) return [heading(2, title), paragraph('The lag of the mirror is not on record.')]
  const drawn = lagChart(lag)
  const figures = dataTable(
    'Lag of the mirror of the canary',
    [{ title: 'When' }, { title: 'Lag', align: 'right' }],
    [
      ['The last that was seen before the fault', figureText(lag.beforeFault)],
      ['The worst before the fault', figureText(lag.worstBeforeFault)],
      ['When the mirror was opened: acknowledged, and not there', figureText(lag.atFailover)],
    ],
  )
  return drawn === undefined ? [heading(2, title), figures] : [headedFigure(title, [], drawn), figures]
}

export function lossSection(view: DrillView): readonly Content[] {
  const { rpo } = view
  const { perPartition: partitions = [] } = rpo
  const title = 'What was lost'
  const said = paragraph(`${lostText(view)}${rpo.scope === undefined ? '' : ` (${rpo.scope})`}.`)
  return [
    ...(partitions.length === 0
      ? [heading(2, title), said, paragraph('The record does not say what was lost in which partition.')]
      : [headedFigure(title, [said], lossChart(partitions)), lossTable(partitions)]),
    paragraph(`Sends without an answer: ${unknownSendsText(view)}.`),
    paragraph(
      `At another offset than on the source: ${rpo.misplaced ?? 'unknown'}. Seen more than once: ${rpo.repeated ?? 'unknown'}.`,
    ),
    paragraph(`Other mirrors of the link, as far as the engine can tell: ${otherMirrorsText(view)}.`),
    ...otherMirrorsTable(view),
  ]
}

function otherMirrorsTable({ otherMirrors }: DrillView): readonly Content[] {
  const mirrors = otherMirrors?.mirrors ?? []
  if (mirrors.length === 0) return []
  return [
    dataTable(
      'Other mirrors of the link: real records, never mixed with those of the canary',
      [
        { title: 'Topic' },
        { title: 'By the engine, at the failover' },
        { title: 'Against the source just before the fault' },
        { title: 'Against the source when it was back' },
      ],
      mirrors.map(({ topic, loss, atFault, reconciled, why }) => [
        topic,
        lossText(loss),
        lossText(atFault),
        reconciled.kind === 'unknown' ? `unknown (${why ?? 'the record does not say why'})` : lossText(reconciled),
      ]),
    ),
  ]
}

type PartitionLosses = NonNullable<DrillView['rpo']['perPartition']>

function lossChart(partitions: PartitionLosses): Markup {
  return barsChart(
    {
      id: 'loss',
      title: 'Acknowledged and lost records of each partition of the canary',
      description: partitions
        .map(({ partition, records }) => `partition ${partition}: ${figureText(records)} lost`)
        .join('; '),
    },
    partitions.map(({ partition, acknowledged, records }) => ({
      label: `partition ${partition}`,
      total: acknowledged,
      part: records.value ?? undefined,
      text: records.value === null ? `of ${acknowledged}: unknown` : `${records.value} of ${acknowledged} lost`,
    })),
  )
}

function lossTable(partitions: PartitionLosses): Markup {
  return dataTable(
    'Loss of each partition',
    [
      { title: 'Partition' },
      { title: 'Acknowledged by the source', align: 'right' },
      { title: 'Lost records', align: 'right' },
      { title: 'Age of the oldest lost', align: 'right' },
      { title: 'Sequences lost' },
    ],
    partitions.map(({ partition, acknowledged, records, ms, lost }) => [
      partition,
      acknowledged,
      numberText(records),
      figureText(ms),
      records.value === null ? 'unknown' : sequencesText(lost),
    ]),
  )
}

/** `34 to 58, 60`. */
function sequencesText(sequences: readonly number[]): string {
  const runs: { from: number; to: number }[] = []
  for (const seq of sequences) {
    const last = runs.at(-1)
    if (last?.to === seq - 1) last.to = seq
    else runs.push({ from: seq, to: seq })
  }
  if (runs.length === 0) return 'none'
  const shown = runs.slice(0, 10).map(({ from, to }) => (from === to ? from.toString() : `${from} to ${to}`))
  return `${shown.join(', ')}${runs.length > shown.length ? `, and ${runs.length - shown.length} more` : ''}`
}

export function groupSection(view: DrillView): readonly Content[] {
  const { duplicates, duplicatesPerPartition = [], group } = view
  const title = 'What consumer groups read again, or missed'
  const said = paragraph(
    `Read again: ${figureText(duplicates)}. `,
    group === undefined
      ? 'Whether a group missed anything is not on record.'
      : `Missed by group ${group.name}: ${figureText(group.missed)}.`,
  )
  const [first, ...others] = byGroup(duplicatesPerPartition)
  if (first === undefined) {
    return [heading(2, title), said, paragraph('The record does not say what was read again of which partition.')]
  }
  return [
    headedFigure(title, [said], againChart(first, 0)),
    againTable(first, group),
    ...others.flatMap((own, index) => [figureOf(againChart(own, index + 1)), againTable(own, group)]),
  ]
}

/** One list a group and topic. */
export function byGroup(all: readonly GroupDuplicates[]): readonly (readonly GroupDuplicates[])[] {
  const lists = new Map<string, GroupDuplicates[]>()
  for (const one of all) {
    const key = JSON.stringify([one.group, one.topic])
    lists.set(key, [...(lists.get(key) ?? []), one])
  }
  return [...lists.values()]
}

function againChart(own: readonly GroupDuplicates[], index: number): Markup {
  return barsChart(
    {
      id: `again-${index}`,
      title: `Records that group ${own[0]?.group ?? ''} reads a second time, by partition`,
      description: own.map(({ partition, again }) => `partition ${partition}: ${figureText(again)}`).join('; '),
    },
    own.map(({ partition, again }) => ({
      label: `partition ${partition}`,
      total: again.value ?? 0,
      part: again.value === null ? undefined : 0,
      text: again.value === null ? 'unknown' : `${counted(again.value, 'record')} again`,
    })),
  )
}

function againTable(own: readonly GroupDuplicates[], canary: DrillView['group']): Markup {
  const { group = '', topic = '' } = own[0] ?? {}
  const places = new Map(group === canary?.name ? canary.partitions.map((one) => [one.partition, one]) : [])
  return dataTable(
    `Group ${group}, topic ${topic}: offsets where it stopped on the source, and goes on at the destination`,
    [
      { title: 'Partition' },
      ...['Committed', 'Translated', 'First read', 'Read again', 'Skipped'].map((title) => ({
        title,
        align: 'right' as const,
      })),
    ],
    own.map(({ partition, again, skipped }) => {
      const { committedOnSource, translated, firstRead } = places.get(partition) ?? {}
      const offsets = [committedOnSource, translated, firstRead].map((offset) => offset ?? 'unknown')
      return [partition, ...offsets, numberText(again), numberText(skipped)]
    }),
  )
}

type GroupDuplicates = NonNullable<DrillView['duplicatesPerPartition']>[number]

function numberText(figure: Figure): string {
  return figure.value === null ? figureText(figure) : figure.value.toString()
}
