import { element, type Content, type Markup } from './markup.ts'

// What the charts are drawn with: SVG elements with presentation attributes alone. A content policy that blocks inline CSS blocks `style`, too.

/** Fits a page of A4 or Letter without being shrunk. */
const chartWidth = 700

/** To whatever comes after a chart: there is no margin without CSS. */
const spaceBelow = 12

export interface ChartOf {
  /** Unique in the document. */
  readonly id: string
  readonly title: string
  /** What is to be seen, for those who do not see it. */
  readonly description: string
  readonly height: number
}

export function chart({ id, title, description, height: drawn }: ChartOf, ...content: readonly Content[]): Markup {
  const height = drawn + spaceBelow
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-description`,
      width: chartWidth,
      height,
      viewBox: `0 0 ${chartWidth} ${height}`,
      'font-family': 'Helvetica, Arial, sans-serif',
      'font-size': 11,
      'font-weight': 'normal',
      fill: ink,
    },
    element('title', { id: `${id}-title` }, title),
    element('desc', { id: `${id}-description` }, description),
    element('rect', { width: chartWidth, height, fill: paper }),
    ...content,
  )
}

export const ink = '#1a1a1a'
export const paper = '#ffffff'
export const faint = '#767676'
export const shade = '#e8e8e8'

/** Told apart by how dark they are and by their texture, so that a print without colour tells them apart too. */
export const fills = {
  hatched: { pattern: true, ground: '#fbe9dd', stroke: '#9c4a16' },
  dark: '#1f4e79',
  light: '#a9c7e3',
  white: '#ffffff',
  black: '#1a1a1a',
} as const

/** The texture, for `fill: hatchFill(id)` in the same chart. */
export function hatch(id: string): Markup {
  const { ground, stroke } = fills.hatched
  return element(
    'defs',
    {},
    element(
      'pattern',
      { id: `${id}-hatch`, width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
      element('rect', { width: 6, height: 6, fill: ground }),
      element('path', { d: 'M-1 1 L1 -1 M0 6 L6 0 M5 7 L7 5', stroke, 'stroke-width': 1.4 }),
    ),
  )
}

export function hatchFill(id: string): string {
  return `url(#${id}-hatch)`
}

export interface LabelStyle {
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly weight?: 'bold'
  readonly fill?: string
}

export function label(x: number, y: number, text: string, { anchor, weight, fill }: LabelStyle = {}): Markup {
  return element('text', { x, y, 'text-anchor': anchor, 'font-weight': weight, fill }, text)
}

export function box(
  x: number,
  y: number,
  width: number,
  height: number,
  { fill, stroke }: { readonly fill: string; readonly stroke?: string },
): Markup {
  return element('rect', { x, y, width: Math.max(0, width), height: Math.max(0, height), fill, stroke })
}

export function line(
  from: readonly [number, number],
  to: readonly [number, number],
  {
    stroke = ink,
    width = 1,
    dashes,
  }: { readonly stroke?: string; readonly width?: number; readonly dashes?: string } = {},
): Markup {
  const [x1, y1] = from
  const [x2, y2] = to
  return element('line', { x1, y1, x2, y2, stroke, 'stroke-width': width, 'stroke-dasharray': dashes })
}

/** About as wide as that many characters of a chart's text are. */
export function textWidth(text: string): number {
  return text.length * 5.8
}

/** Where a value lies on a line from `from` to `to` pixels. */
export interface Scale {
  readonly at: (value: number) => number
  readonly ticks: readonly number[]
  readonly from: number
  readonly to: number
}

/** Linear, with ticks at round values inside of the domain. A domain without extent is given some. */
export function linearScale(
  { min, max }: { readonly min: number; readonly max: number },
  { from, to, wanted = 8 }: { readonly from: number; readonly to: number; readonly wanted?: number },
): Scale {
  const extent = max > min ? max - min : 1
  const step = roundStep(extent / wanted)
  const first = Math.ceil(min / step)
  const ticks: number[] = []
  for (let index = first; index * step <= min + extent; index++) ticks.push(Number((index * step).toPrecision(12)))
  return { at: (value) => from + ((value - min) / extent) * (to - from), ticks, from, to }
}

/** 1, 2 or 5 times a power of ten, at least as large. */
export function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast))
  return ([1, 2, 5].find((factor) => factor * power >= atLeast * (1 - 1e-9)) ?? 10) * power
}

/** Seconds below a chart, at the ticks of `scale`, which is in milliseconds. */
export function timeAxis(scale: Scale, y: number, { unit }: { readonly unit: string }): Markup {
  const step = (scale.ticks[1] ?? 1_000) - (scale.ticks[0] ?? 0)
  const decimals = Math.max(0, Math.ceil(-Math.log10(step / 1_000) - 1e-9))
  return element(
    'g',
    {},
    line([scale.from, y], [scale.to, y]),
    ...scale.ticks.flatMap((tick) => [
      line([scale.at(tick), y], [scale.at(tick), y + 4]),
      label(scale.at(tick), y + 16, (tick / 1_000).toFixed(decimals), { anchor: 'middle' }),
    ]),
    label((scale.from + scale.to) / 2, y + 32, unit, { anchor: 'middle', fill: faint }),
  )
}

/** Marks that lie too close to each other for a label each share one: `t2 t3 t4`. From left to right. */
export function groupedLabels(
  marks: readonly { readonly text: string; readonly x: number }[],
): readonly { readonly text: string; readonly x: number }[] {
  const groups: { text: string; x: number }[] = []
  for (const mark of marks.toSorted((a, b) => a.x - b.x)) {
    const last = groups.at(-1)
    if (last !== undefined && mark.x - last.x < textWidth(last.text) / 2 + textWidth(mark.text) / 2 + 8) {
      last.text += ` ${mark.text}`
    } else groups.push({ ...mark })
  }
  return groups
}
