import { textFromDurationMs } from '../core/duration.ts'
import type { CanarySide, CanaryView, Sent, Span } from './canary-view.ts'
import { element, type Markup } from './markup.ts'
import type { MarkTimes } from './phases.ts'
import {
  box,
  chart,
  faint,
  fills,
  groupedLabels,
  hatch,
  hatchFill,
  ink,
  label,
  line,
  linearScale,
  roundStep,
  type Scale,
  shade,
  textWidth,
  timeAxis,
} from './plot.ts'

const id = 'canary'
const left = 96
const right = 688
const top = 42
const rateHeight = 84
const latencyHeight = 64
const gap = 16
const panelHeight = 18 + rateHeight + gap + latencyHeight + 14
const mostBuckets = 100

/** How many sends were due in a piece of time, and what came of them. */
interface Bucket {
  readonly fromMs: number
  ok: number
  fail: number
  unknown: number
  latencies: number[]
}

/**
 * The canary on both sides through the failure, one above the other on one axis: what was acknowledged a second, what was not, and how long it took.
 * The times are those at which the sends were due: the canary sends on schedule, whatever the brokers do.
 */
export function canaryChart(view: CanaryView, marks: MarkTimes, everyMs: number): Markup {
  // Not shorter than the canary's interval: a piece in which nothing was due would look like a gap.
  const width = roundStep(Math.max(1, everyMs, (view.span.toMs - view.span.fromMs) / mostBuckets))
  const min = Math.floor(view.span.fromMs / width) * width
  const scale = linearScale(
    { min, max: min + bucketsIn(view.span.toMs - min, width) * width },
    { from: left, to: right },
  )
  const sides = [
    { name: 'SOURCE', side: view.source },
    { name: 'DESTINATION', side: view.destination },
  ].map(({ name, side }) => ({ name, side, buckets: bucketsOf(side.sends, min, width) }))
  const all = sides.flatMap(({ buckets }) => buckets)
  const rate = rateScales(all, width)
  const bottom = top + sides.length * panelHeight
  const shown = view.isPlaced ? shownMarks(marks, scale) : []
  return chart(
    { id, title: 'The canary on both sides through the failure', description: describe(view), height: bottom + 64 },
    hatch(id),
    ...outageShade(view.outage, scale, bottom),
    ...sides.map(({ name, buckets }, index) =>
      panel(name, buckets, { y: top + index * panelHeight, scale, width, rate }),
    ),
    ...shown.map(({ x }) => line([x, top - 8], [x, bottom], { stroke: faint, dashes: '4 3' })),
    ...groupedLabels(shown).map(({ text, x }) => label(x, top - 12, text, { anchor: 'middle', weight: 'bold' })),
    timeAxis(scale, bottom, {
      unit: view.isPlaced ? 'seconds after the fault (t0), by when a send was due' : 'seconds after the first send',
    }),
    legend(bottom + 56),
  )
}

/** So many that the last one ends after it. */
function bucketsIn(ms: number, width: number): number {
  return Math.floor(ms / width) + 1
}

interface Rates {
  /** Sends a second of one bucket. */
  readonly most: number
  readonly mostMissing: number
}

function rateScales(buckets: readonly Bucket[], width: number): Rates {
  const perSecond = (count: number): number => (count * 1_000) / width
  let [most, mostMissing] = [0, 0]
  for (const { ok, fail, unknown } of buckets) {
    most = Math.max(most, perSecond(ok))
    mostMissing = Math.max(mostMissing, perSecond(fail + unknown))
  }
  return { most: most === 0 ? 1 : most, mostMissing }
}

interface Place {
  readonly y: number
  readonly scale: Scale
  /** Of a bucket, in milliseconds. */
  readonly width: number
  readonly rate: Rates
}

function panel(name: string, buckets: readonly Bucket[], place: Place): Markup {
  return element(
    'g',
    {},
    label(8, place.y + 12, name, { weight: 'bold' }),
    ...rates(buckets, place),
    ...latencies(buckets, { ...place, y: place.y + 18 + rateHeight + gap }),
  )
}

/** Above the line what was acknowledged, below it what was not. */
function rates(buckets: readonly Bucket[], { y, scale, width, rate }: Place): readonly Markup[] {
  const perPixel = (rate.most + rate.mostMissing) / rateHeight
  const zero = y + 18 + rate.most / perPixel
  const heightOf = (count: number): number => (count * 1_000) / width / perPixel
  const bars = buckets.flatMap(({ fromMs, ok, fail, unknown }) => {
    const x = scale.at(fromMs)
    const wide = Math.max(0.6, scale.at(fromMs + width) - x - 0.6)
    const missed = heightOf(fail)
    return [
      ...(ok === 0 ? [] : [box(x, zero - heightOf(ok), wide, heightOf(ok), { fill: fills.dark })]),
      ...(fail === 0 ? [] : [box(x, zero, wide, missed, { fill: hatchFill(id), stroke: fills.hatched.stroke })]),
      ...(unknown === 0 ? [] : [box(x, zero + missed, wide, heightOf(unknown), { fill: fills.black })]),
    ]
  })
  return [
    ...bars,
    line([left, zero], [right, zero]),
    label(left - 6, y + 26, `${rounded(rate.most)}/s`, { anchor: 'end' }),
    label(left - 6, zero + 4, '0', { anchor: 'end' }),
    label(8, y + 30, 'sends', { fill: faint }),
  ]
}

/** Milliseconds on a logarithmic axis: what is worth seeing is ten times as slow as what is not. */
function latencies(buckets: readonly Bucket[], { y, scale, width }: Place): readonly Markup[] {
  const decades = [1, 10, 100, 1_000, 10_000]
  const yOf = (ms: number): number =>
    y + latencyHeight * (1 - Math.log10(Math.min(Math.max(ms, 1), 10_000)) / (decades.length - 1))
  return [
    label(8, y + 8, 'latency', { fill: faint }),
    ...decades.flatMap((ms) => [
      line([left, yOf(ms)], [right, yOf(ms)], { stroke: shade }),
      label(left - 6, yOf(ms) + 4, ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`, { anchor: 'end' }),
    ]),
    ...buckets.flatMap(({ fromMs, latencies: unsorted }) => {
      const sorted = unsorted.toSorted((a, b) => a - b)
      const median = sorted[Math.floor((sorted.length - 1) / 2)]
      const worst = sorted.at(-1)
      if (median === undefined || worst === undefined) return []
      const x = (scale.at(fromMs) + scale.at(fromMs + width)) / 2
      return [
        line([x, yOf(median)], [x, yOf(worst)], { width: 1.4 }),
        element('circle', { cx: x, cy: yOf(median), r: 1.8, fill: ink }),
      ]
    }),
  ]
}

/** Behind everything: the time in which nobody could write. */
function outageShade(outage: Span | undefined, scale: Scale, bottom: number): readonly Markup[] {
  if (outage === undefined) return []
  const x = scale.at(outage.fromMs)
  const width = scale.at(outage.toMs) - x
  const text = `${textFromDurationMs(outage.toMs - outage.fromMs)} without any acknowledgement`
  if (width < textWidth('x')) return []
  const middle = Math.min(Math.max(x + width / 2, textWidth(text) / 2 + left), right - textWidth(text) / 2)
  return [box(x, top - 8, width, bottom - top + 8, { fill: shade }), label(middle, 14, text, { anchor: 'middle' })]
}

function shownMarks(marks: MarkTimes, scale: Scale): readonly { readonly text: string; readonly x: number }[] {
  return (['t0', 't2', 't4', 't5', 't8'] as const).flatMap((name) => {
    const at = marks[name]
    const x = at === undefined ? undefined : scale.at(at)
    return x === undefined || x < left || x > right ? [] : [{ text: name, x }]
  })
}

function bucketsOf(sends: readonly Sent[], min: number, width: number): readonly Bucket[] {
  const buckets = new Map<number, Bucket>()
  for (const { dueMs, acknowledgedMs, outcome } of sends) {
    const index = Math.floor((dueMs - min) / width)
    const bucket = buckets.get(index) ?? { fromMs: min + index * width, ok: 0, fail: 0, unknown: 0, latencies: [] }
    buckets.set(index, bucket)
    bucket[outcome === 'pending' ? 'unknown' : outcome]++
    if (acknowledgedMs !== undefined) bucket.latencies.push(Math.max(0, acknowledgedMs - dueMs))
  }
  return [...buckets.values()].toSorted((a, b) => a.fromMs - b.fromMs)
}

function legend(y: number): Markup {
  const entries = [
    [fills.dark, 'acknowledged'],
    [hatchFill(id), 'not written'],
    [fills.black, 'no answer (on either side)'],
  ] as const
  return element(
    'g',
    {},
    ...entries.flatMap(([fill, text], index) => [
      box(8 + index * 122, y - 10, 22, 12, { fill, stroke: ink }),
      label(8 + index * 122 + 28, y, text),
    ]),
    label(right, y, 'latency: ● median, line up to the worst', { anchor: 'end' }),
  )
}

function describe({ source, destination, outage }: CanaryView): string {
  const side = (name: string, { sends, ok, fail, unknown }: CanarySide): string =>
    `${name}: ${sends.length} sends, ${ok} acknowledged, ${fail} not written, ${unknown} without an answer`
  const silence =
    outage === undefined
      ? ''
      : `, and nobody acknowledged anything for ${textFromDurationMs(outage.toMs - outage.fromMs)}`
  return `${side('source', source)}; ${side('destination', destination)}${silence}`
}

function rounded(value: number): string {
  return Number(value.toFixed(value < 10 ? 1 : 0)).toString()
}
