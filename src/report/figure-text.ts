import { textFromDurationMs } from '../core/duration.ts'
import type { Measured } from '../core/measured.ts'

/** A measured figure as a record has it: the unit may be one that this georep does not know. */
export type Figure = Omit<Measured, 'unit'> & { readonly unit: string }

/** `2.03 s ± 101 ms`, `6 records`, `unknown (why)`. */
export function figureText(figure: Figure): string {
  const { value, unit, why } = figure
  if (value === null) return `unknown (${why ?? 'not measured'})`
  const error = errorText(figure)
  return error === '' ? valueText(value, unit) : `${valueText(value, unit)} ${error}`
}

/** Of the lost records of a canary, which is a sample: it can say `none observed`, and not zero. */
export function lostFigureText(figure: Figure): string {
  return figure.value === 0 ? 'none observed' : figureText(figure)
}

/** The same without the reason: `none observed`, `6 records`, `unknown`. */
export function shortLostText(figure: Figure): string {
  return figure.value === null ? 'unknown' : lostFigureText(figure)
}

/** Without the reason, which is told elsewhere: `2.03 s ± 101 ms`, `unknown`. */
export function shortFigureText(figure: Figure): string {
  return figure.value === null ? 'unknown' : figureText(figure)
}

/** `± 101 ms`; empty where the figure is exact, or unknown. */
export function errorText({ value, error, unit }: Figure): string {
  return value === null || error === null || error === 0 ? '' : `± ${valueText(error, unit)}`
}

export function valueText(value: number, unit: string): string {
  if (unit === 'ms') return textFromDurationMs(value)
  return unit === 'records' ? counted(value, 'record') : `${value} ${unit}`
}

/** `1 record`, `25 records`. */
export function counted(count: number | bigint | string, what: string): string {
  return `${count.toString()} ${what}${count.toString() === '1' ? '' : 's'}`
}
