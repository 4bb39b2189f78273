import { textFromDurationMs } from '../core/duration.ts'
import { element, type Markup } from './markup.ts'
import type { PastRun } from './past-runs.ts'
import { chart, faint, ink, label, line, linearScale, paper, type Scale, shade } from './plot.ts'
import { verdictWord } from './words.ts'

const id = 'history'
const left = 96
const right = 688
const top = 16
const bottom = 150

/** The RTO of past runs with its error bar, oldest first; a run without one stands below the axis. One run is no history, and is drawn all the same. */
export function historyChart(runs: readonly PastRun[], objectiveMs: number | undefined): Markup {
  const known = runs.flatMap(({ rto }) => (rto.value === null ? [] : [rto.value + (rto.error ?? 0)]))
  const largest = Math.max(1, ...known)
  // An objective that is far away would press the figures flat.
  const isNear = objectiveMs !== undefined && objectiveMs <= largest * 3
  const scale = linearScale(
    { min: 0, max: Math.max(largest, isNear ? objectiveMs : 0) * 1.08 },
    { from: bottom, to: top, wanted: 5 },
  )
  const step = (right - left) / runs.length
  return chart(
    { id, title: 'RTO of past runs of the same scope and mode', description: describe(runs), height: bottom + 74 },
    ...scale.ticks.flatMap((tick) => [
      line([left, scale.at(tick)], [right, scale.at(tick)], { stroke: shade }),
      label(left - 6, scale.at(tick) + 4, textFromDurationMs(tick), { anchor: 'end' }),
    ]),
    ...(isNear ? objectiveLine(objectiveMs, scale) : []),
    ...runs.map((run, index) => point(run, left + (index + 0.5) * step, scale)),
    line([left, bottom], [right, bottom]),
    ...(runs.length <= 12 ? dates(runs, step) : []),
    label(
      left,
      bottom + 64,
      'verdict: ● pass   ■ fail   ○ unknown   ◆ split brain; the line through it is the error bar',
      { fill: faint },
    ),
  )
}

function objectiveLine(objectiveMs: number, scale: Scale): readonly Markup[] {
  const y = scale.at(objectiveMs)
  return [
    line([left, y], [right, y], { dashes: '6 3' }),
    label(right, y - 4, `objective of this run: ${textFromDurationMs(objectiveMs)}`, { anchor: 'end' }),
  ]
}

function point({ verdict, rto: { value, error } }: PastRun, x: number, scale: Scale): Markup {
  if (value === null) return element('g', {}, symbol(verdict, x, bottom + 12))
  const y = scale.at(value)
  const reach = error ?? 0
  const [high, low] = [scale.at(value + reach), scale.at(Math.max(0, value - reach))]
  return element(
    'g',
    {},
    line([x, high], [x, low]),
    ...[high, low].map((end) => line([x - 4, end], [x + 4, end])),
    symbol(verdict, x, y),
  )
}

function symbol(verdict: string, x: number, y: number): Markup {
  switch (verdict) {
    case 'pass':
      return element('circle', { cx: x, cy: y, r: 4.5, fill: ink })
    case 'fail':
      return element('rect', { x: x - 4.5, y: y - 4.5, width: 9, height: 9, fill: ink })
    case 'splitBrain':
      return element('path', { d: `M${x.toFixed(1)} ${(y - 6).toFixed(1)} l6 6 l-6 6 l-6 -6 z`, fill: ink })
    default:
      return element('circle', { cx: x, cy: y, r: 4.5, fill: paper, stroke: ink })
  }
}

function dates(runs: readonly PastRun[], step: number): readonly Markup[] {
  return runs.map(({ startedAt, isThis }, index) =>
    label(left + (index + 0.5) * step, bottom + 34, startedAt.slice(5, 10), {
      anchor: 'middle',
      ...(isThis ? { weight: 'bold' as const } : {}),
    }),
  )
}

function describe(runs: readonly PastRun[]): string {
  return runs
    .map(
      ({ startedAt, verdict, rto }) =>
        `${startedAt.slice(0, 10)}: ${verdictWord(verdict)}, ${rto.value === null ? 'RTO unknown' : textFromDurationMs(rto.value)}`,
    )
    .join('; ')
}
