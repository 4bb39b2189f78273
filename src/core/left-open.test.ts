import { expect, it } from 'vitest'
import { isLeftOpen, type OpenTransactionView } from './left-open.ts'

const overdue: OpenTransactionView = { ageMs: 90_000, state: 'Ongoing', timeoutMs: 60_000, openForMs: 90_000, isPart: true } // prettier-ignore

it.each<[string, Partial<OpenTransactionView>, boolean]>([
  ['that its coordinator does not end', {}, true],
  ['of which the first record has a time of its own', { ageMs: undefined }, true],
  ['that its coordinator may still be about to end', { ageMs: 69_000, openForMs: 69_000 }, false],
  ['that is younger by one of two clocks', { openForMs: 5_000 }, false],
  ['that is decided: what was committed would be taken', { state: 'PrepareCommit' }, false],
  ['that is decided, and aborted', { state: 'PrepareAbort' }, false],
  ['of which its coordinator knows no more', { state: 'CompleteAbort', openForMs: undefined, isPart: false }, true],
  ['whose producer goes on elsewhere', { state: 'Ongoing', openForMs: 1_000, isPart: false }, true],
  ['that ended between two answers', { ageMs: 69_000, state: 'CompleteAbort', openForMs: undefined, isPart: false }, false], // prettier-ignore
  ['whose age is not known', { ageMs: undefined, state: 'Empty', openForMs: undefined, isPart: false }, false],
  ['whose start is not known', { openForMs: undefined }, false],
  ['whose time-out is none', { timeoutMs: 0 }, false],
])('a transaction %s', (_, other, is) => {
  expect(isLeftOpen({ ...overdue, ...other })).toBe(is)
})
