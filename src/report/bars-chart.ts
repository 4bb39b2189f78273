import { element, type Markup } from './markup.ts'
import { box, chart, fills, hatch, hatchFill, ink, label } from './plot.ts'

export interface Bar {
  readonly label: string
  /** The whole, outlined. */
  readonly total: number
  /** Of it, in black; undefined: not known, and the whole is hatched. */
  readonly part: number | undefined
  readonly text: string
}

const left = 150
const most = 30

/** Bars on one scale, one a row: of each a whole and the part that matters. At most 30: the first of them. */
export function barsChart(
  { id, title, description }: { readonly id: string; readonly title: string; readonly description: string },
  bars: readonly Bar[],
): Markup {
  const shown = bars.slice(0, most)
  const largest = shown.reduce((value, { total, part = 0 }) => Math.max(value, total, part), 1)
  const perRecord = 330 / largest
  return chart(
    { id, title, description, height: 16 + shown.length * 24 },
    hatch(id),
    ...shown.map((bar, index) => {
      const y = 8 + index * 24
      const end = left + Math.max(bar.total, bar.part ?? 0) * perRecord
      const part = (bar.part ?? 0) * perRecord
      return element(
        'g',
        {},
        label(left - 8, y + 12, bar.label, { anchor: 'end' }),
        box(left, y, bar.total * perRecord, 16, {
          fill: bar.part === undefined ? hatchFill(id) : fills.white,
          stroke: ink,
        }),
        // What is lost is at the end of what was written; some of it is to be seen, however little.
        ...(part === 0 ? [] : [box(end - Math.max(part, 2), y, Math.max(part, 2), 16, { fill: fills.black })]),
        label(end + 8, y + 12, bar.text),
      )
    }),
  )
}
