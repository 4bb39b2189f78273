import { textFromDurationMs } from '../../core/duration.ts'

/**
 * A measured figure out of a record, for people: `4.21 s ± 60 ms`, `12 records`, or `unknown`. The record is read from a
 * file, so nothing about its form is taken for granted.
 */
export function figureText(figures: unknown, name: string): string {
  const figure =
    typeof figures === 'object' && figures !== null ? (figures as Record<string, unknown>)[name] : undefined
  if (typeof figure !== 'object' || figure === null) return '-'
  const { value, error, unit } = figure as Record<string, unknown>
  if (typeof value !== 'number' || typeof unit !== 'string') return 'unknown'
  const text = withUnit(value, unit)
  return typeof error === 'number' ? `${text} ± ${withUnit(error, unit)}` : text
}

function withUnit(value: number, unit: string): string {
  return unit === 'ms' ? textFromDurationMs(value) : `${value} ${unit}`
}
