import { describe, expect, it } from 'vitest'
import { drillDue } from './drill-due.ts'

const day = 86_400_000
const at = (...days: readonly number[]): readonly { endedAtMs: number }[] =>
  days.map((one) => ({ endedAtMs: one * day }))
const due = (passed: readonly { endedAtMs: number }[]): unknown =>
  drillDue(passed, { everyMs: 90 * day, nowMs: 100 * day })

describe('whether a drill is due', () => {
  it.each([
    ['one that is young enough, wherever it stands', at(3, 50, 7), { kind: 'done', ageMs: 50 * day }],
    ['one of exactly that age', at(10), { kind: 'done', ageMs: 90 * day }],
    ['one that is older', at(9.9), { kind: 'due' }],
    ['none', [], { kind: 'due', last: undefined, ageMs: undefined }],
    ['one a moment ahead, by another clock', at(100.001), { kind: 'done', ageMs: 0 }],
    ['one in the future', at(50, 101), { kind: 'unknown', last: { endedAtMs: 101 * day } }],
  ])('%s', (_what, passed, expected) => {
    expect(due(passed)).toMatchObject(expected)
  })
})
