import { figureText as textOf, lostFigureText } from '../../report/figure-text.ts'

/**
 * A measured figure out of a record, for people: `4.21 s ± 60 ms`, `12 records`, `none observed`, or `unknown`. The record is read from a
 * file, so nothing about its form is taken for granted.
 */
export function figureText(figures: unknown, name: string): string {
  const figure =
    typeof figures === 'object' && figures !== null ? (figures as Record<string, unknown>)[name] : undefined
  if (typeof figure !== 'object' || figure === null) return '-'
  const { value, error, unit } = figure as Record<string, unknown>
  if (typeof value !== 'number' || typeof unit !== 'string') return 'unknown'
  const known = { value, error: typeof error === 'number' ? error : null, unit, why: null }
  return unit === 'records' ? lostFigureText(known) : textOf(known)
}
