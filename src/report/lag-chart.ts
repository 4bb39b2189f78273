import type { DrillView } from './drill-view.ts'
import { figureText } from './figure-text.ts'
import { element, type Markup } from './markup.ts'
import { chart, faint, fills, label, line, linearScale, shade, timeAxis } from './plot.ts'

const id = 'lag'
const left = 96
const right = 688
const top = 26
const bottom = 126
/** More than there are pixels would only make the file larger. */
const mostPoints = 600

type Lag = NonNullable<DrillView['lag']>
type Sample = Lag['samples'][number]

/** How far the mirror was behind, before the fault and after it. Where it was not seen the line is broken. Undefined without a sample. */
export function lagChart(lag: Lag): Markup | undefined {
  const samples = thinned(lag.samples)
  const times = samples.map(([at]) => at)
  const [min, max] = [times[0], times.at(-1)]
  if (min === undefined || max === undefined) return undefined
  const largest = Math.max(1, ...samples.map(([, records]) => records ?? 0))
  const x = linearScale({ min: Math.min(min, 0), max: Math.max(max, 1) }, { from: left, to: right })
  const y = linearScale({ min: 0, max: largest }, { from: bottom, to: top, wanted: 4 })
  const at = ([ms, records]: Sample): string => `${x.at(ms).toFixed(1)} ${y.at(records ?? 0).toFixed(1)}`
  return chart(
    { id, title: 'Lag of the mirror before and after the fault', description: describe(lag), height: bottom + 44 },
    ...y.ticks
      .filter((tick) => Number.isInteger(tick))
      .flatMap((tick) => [
        line([left, y.at(tick)], [right, y.at(tick)], { stroke: shade }),
        label(left - 6, y.at(tick) + 4, tick.toString(), { anchor: 'end' }),
      ]),
    label(8, top + 4, 'records', { fill: faint }),
    ...seenPieces(samples).map((piece) =>
      piece.length === 1
        ? element('circle', { cx: x.at(piece[0]?.[0] ?? 0), cy: y.at(piece[0]?.[1] ?? 0), r: 2, fill: fills.dark })
        : element('path', {
            d: `M${piece.map(at).join(' L')}`,
            fill: 'none',
            stroke: fills.dark,
            'stroke-width': 1.6,
          }),
    ),
    line([x.at(0), top - 8], [x.at(0), bottom], { stroke: faint, dashes: '4 3' }),
    label(x.at(0), top - 12, 't0', { anchor: 'middle', weight: 'bold' }),
    timeAxis(x, bottom, { unit: 'seconds after the fault (t0)' }),
  )
}

/** Of as many neighbours as share a point the worst; one that was not seen stays one. */
function thinned(samples: readonly Sample[]): readonly Sample[] {
  const sorted = samples.toSorted(([a], [b]) => a - b)
  const share = Math.ceil(sorted.length / mostPoints)
  return sorted
    .filter((_, index) => index % share === 0)
    .map(([at], index) => {
      const records = sorted.slice(index * share, (index + 1) * share).map(([, one]) => one)
      return [at, records.includes(null) ? null : Math.max(...records.map((one) => one ?? 0))]
    })
}

function seenPieces(samples: readonly Sample[]): readonly (readonly Sample[])[] {
  const pieces: Sample[][] = [[]]
  for (const sample of samples) {
    if (sample[1] === null) pieces.push([])
    else pieces.at(-1)?.push(sample)
  }
  return pieces.filter((piece) => piece.length > 0)
}

function describe({ beforeFault, worstBeforeFault, atFailover }: Lag): string {
  return `before the fault: ${figureText(beforeFault)}; worst before it: ${figureText(worstBeforeFault)}; at the failover: ${figureText(atFailover)}`
}
