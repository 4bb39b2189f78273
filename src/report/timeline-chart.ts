import { textFromDurationMs } from '../core/duration.ts'
import { markMeanings } from '../core/rto.ts'
import type { DrillView } from './drill-view.ts'
import { type Figure, shortFigureText } from './figure-text.ts'
import { element, type Markup } from './markup.ts'
import { type MarkName, type Phase, phasesFrom } from './phases.ts'
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
  type Scale,
  timeAxis,
} from './plot.ts'

const id = 'timeline'
const left = 190
const right = 680

const fillOf: Readonly<Record<Phase['name'], string>> = {
  detection: hatchFill(id),
  approval: fills.white,
  failover: fills.dark,
  recovery: fills.light,
}

/** The outage from the fault to the steady state: phases, marks, probes, and the RTO figures with their error bars. Undefined without any mark. */
export function timelineChart(view: DrillView): Markup | undefined {
  const seen = Object.values(view.marks).filter((at) => at !== undefined)
  if (seen.length === 0) return undefined
  const phases = phasesFrom(view.marks)
  const isOpen = phases.some(({ span }) => span === undefined)
  const max = Math.max(...seen, 1)
  const pad = max * 0.04
  const scale = linearScale(
    { min: Math.min(0, ...seen.filter((at) => at > -max / 4)) - pad, max: max * (isOpen ? 1.5 : 1) + pad },
    { from: left, to: right },
  )
  const rows = [phaseRow(phases, scale), markRow(view, scale), probeRow(view, scale), ...rtoRows(view, scale)]
  const drawn = rows.filter((row) => row !== undefined)
  const rowHeight = 34
  const bottom = 14 + drawn.length * rowHeight
  return chart(
    { id, title: 'Timeline of the outage', description: describe(phases), height: bottom + 74 },
    hatch(id),
    ...drawn.map((row, index) => row(14 + index * rowHeight)),
    timeAxis(scale, bottom, { unit: 'seconds after the fault (t0)' }),
    legend(phases, bottom + 60),
  )
}

type Row = (y: number) => Markup

function phaseRow(phases: readonly Phase[], scale: Scale): Row {
  return (y) =>
    element(
      'g',
      {},
      rowLabel('Phases', y),
      ...phases.flatMap(({ name, span }) => {
        if (span === undefined) return []
        const x = scale.at(span.fromMs)
        return [box(x, y, Math.max(1, scale.at(span.toMs) - x), 22, { fill: fillOf[name], stroke: ink })]
      }),
      openEnd(phases, scale, y),
    )
}

/** From the last thing that was seen: how it went on is not known. */
function openEnd(phases: readonly Phase[], scale: Scale, y: number): readonly Markup[] {
  const unseen = phases.find(({ span }) => span === undefined)
  if (unseen === undefined) return []
  const known = phases.flatMap(({ span }) => (span === undefined ? [] : [span.toMs]))
  const x = scale.at(known.length === 0 ? 0 : Math.max(...known))
  return [
    element('rect', {
      x,
      y,
      width: Math.max(0, scale.to - x),
      height: 22,
      fill: 'none',
      stroke: ink,
      'stroke-dasharray': '3 3',
    }),
    label(x + 5, y + 15, `${unseen.name}: its end was not seen`),
  ]
}

function markRow({ marks }: DrillView, scale: Scale): Row {
  const seen = (Object.keys(markMeanings) as MarkName[]).flatMap((name) => {
    const at = marks[name]
    return at === undefined || scale.at(at) < scale.from ? [] : [{ text: name, x: scale.at(at) }]
  })
  return (y) =>
    element(
      'g',
      {},
      rowLabel('Marks', y),
      ...seen.map(({ x }) => line([x, y], [x, y + 8], { width: 1.5 })),
      ...groupedLabels(seen).map(({ text, x }) => label(x, y + 20, text, { anchor: 'middle' })),
    )
}

/** The probes by which the loss was detected, on the clock of the observer: the last of them is t2. */
function probeRow({ probes = [], marks: { t2 } }: DrillView, scale: Scale): Row | undefined {
  const last = probes.at(-1)
  if (last === undefined || t2 === undefined) return undefined
  const zero = last.endedAt - t2
  const shown = probes
    .map(({ endedAt, failure }) => ({ x: scale.at(endedAt - zero), isFailed: failure !== undefined }))
    .filter(({ x }) => x >= scale.from && x <= scale.to)
  return (y) =>
    element(
      'g',
      {},
      rowLabel('Probes: ○ answered, × failed', y),
      ...shown.map(({ x, isFailed }) =>
        isFailed
          ? element('path', { d: crossAt(x, y + 11), stroke: ink, 'stroke-width': 1.6, fill: 'none' })
          : element('circle', { cx: x, cy: y + 11, r: 4, fill: 'none', stroke: ink }),
      ),
    )
}

function crossAt(x: number, y: number): string {
  const [near, far, top, bottom] = [x - 4, x + 4, y - 4, y + 4].map((value) => value.toFixed(1))
  return `M${near} ${top} L${far} ${bottom} M${near} ${bottom} L${far} ${top}`
}

function rtoRows({ rto }: DrillView, scale: Scale): readonly Row[] {
  const rows: readonly (readonly [string, Figure])[] = [
    ['To first write', rto.write],
    ['To first read', rto.read],
    ['RTO, service', rto.service],
  ]
  return rows.map(
    ([name, figure]) =>
      (y) =>
        element('g', {}, rowLabel(`${name}: ${shortFigureText(figure)}`, y), ...rtoBar(figure, scale, y + 11)),
  )
}

/** From t0, with whiskers as far as the error reaches. */
function rtoBar({ value, error }: Figure, scale: Scale, y: number): readonly Markup[] {
  if (value === null) return []
  const end = scale.at(value)
  const reach = error ?? 0
  const [low, high] = [Math.max(scale.from, scale.at(value - reach)), Math.min(scale.to, scale.at(value + reach))]
  return [
    line([scale.at(0), y], [end, y], { width: 3 }),
    line([low, y], [high, y]),
    ...[low, high].map((x) => line([x, y - 5], [x, y + 5])),
  ]
}

function legend(phases: readonly Phase[], y: number): Markup {
  return element(
    'g',
    {},
    ...phases.flatMap((phase, index) => {
      const x = 14 + index * 172
      return [
        box(x, y - 10, 22, 12, { fill: fillOf[phase.name], stroke: ink }),
        label(x + 28, y, `${phase.name} ${durationOf(phase)}`),
      ]
    }),
  )
}

function rowLabel(text: string, y: number): Markup {
  return label(left - 12, y + 15, text, { anchor: 'end', fill: text.startsWith('RTO') ? ink : faint })
}

/** `1.34 s`, or `unknown`. */
export function durationOf({ span }: Phase): string {
  return span === undefined ? 'unknown' : textFromDurationMs(span.toMs - span.fromMs)
}

function describe(phases: readonly Phase[]): string {
  return phases.map((phase) => `${phase.name}: ${durationOf(phase)}`).join(', ')
}
