import { expect, it } from 'vitest'
import { lostFigureText } from './figure-text.ts'
import { lossText } from './loss-text.ts'

it.each([
  [{ kind: 'exact', records: '0' }, '0 records lost'],
  [{ kind: 'atLeast', records: '25' }, 'at least 25 records lost (a lower bound)'],
  [{ kind: 'atLeast', records: '0' }, 'loss unknown (none is known of)'],
  [{ kind: 'atMost', records: '25' }, 'up to 25 records lost (an upper bound)'],
  [{ kind: 'unknown', records: null }, 'loss unknown'],
] as const)('the loss %o is told as "%s"', (loss, text) => {
  expect(lossText(loss)).toBe(text)
})

it.each([
  [0, 'none observed'],
  [25, '25 records'],
  [null, 'unknown (late)'],
])('%s lost records of a canary are told as "%s"', (value, text) => {
  expect(lostFigureText({ value, error: 0, unit: 'records', why: value === null ? 'late' : null })).toBe(text)
})
