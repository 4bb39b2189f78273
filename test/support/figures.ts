import { expect } from 'vitest'

/** A measured figure as it stands in a document. */
export interface Figure {
  readonly value: number | null
  readonly error: number | null
  readonly unit: string
  readonly why: string | null
}

/** Every object with a unit is a whole figure, and one that is unknown says why. Returns how many there are. */
export function expectFigures(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if ('unit' in value) {
    expect(Object.keys(value)).toEqual(expect.arrayContaining(['value', 'error', 'unit', 'why']))
    const figure = value as Figure
    if (figure.value === null) expect(figure.why).toMatch(/\S/)
    else expect(figure.value).toEqual(expect.any(Number))
    count++
  }
  for (const part of Object.values(value)) count += expectFigures(part)
  return count
}
