import { describe, expect, it } from 'vitest'
import { type Entry, type Line, lineText } from '../runbook/journal-line.ts'
import { responseTimes } from './response-times.ts'

type Event = readonly [step: string | null, phase: Entry['phase'], outcome: Entry['outcome'], atMs: number]

function journal(events: readonly Event[]): readonly Line[] {
  return events.map(([step, phase, outcome, atMs], index) => {
    const entry = { step, attempt: 1, phase, outcome, observed: null }
    const wall = '2026-01-02T03:04:05.000Z'
    return lineText({ run: 'r', seq: index + 1, prev: null, wall, monoNs: `${atMs}000000`, actor: 'a', ...entry }).line
  })
}

const kinds: Readonly<Record<string, string>> = {
  ask: 'approve',
  again: 'approve',
  fence: 'fence',
  one: 'mirror.failover',
  other: 'mirror.promote',
}
const times = (events: readonly Event[]): ReturnType<typeof responseTimes> => responseTimes(journal(events), (step) => kinds[step]) // prettier-ignore

describe('when things were decided and commanded', () => {
  it('is when the first step that opens mirrors was begun, whatever was done before', () => {
    expect(
      times([
        ...([[null, 'note', null, 90], ['fence', 'intent', null, 100], ['fence', 'result', 'fail', 150]] as const),
        ...([['one', 'intent', null, 200], ['one', 'result', 'fail', 300], ['one', 'intent', null, 400]] as const),
        ...([['one', 'result', 'ok', 500], ['other', 'intent', null, 600], ['other', 'result', 'ok', 700]] as const),
      ]),
    ).toEqual({ commandedAt: 200, approvedAt: undefined, waits: undefined })
  }) // prettier-ignore

  it('has the waits for people apart, before the command and after it', () => {
    expect(
      times([
        ...([['ask', 'intent', null, 100], ['ask', 'result', 'fail', 140], ['ask', 'intent', null, 150], ['ask', 'result', 'ok', 400]] as const),
        ...([['one', 'intent', null, 500], ['one', 'result', 'ok', 700]] as const),
        ...([['again', 'intent', null, 800], ['again', 'result', 'ok', 900]] as const),
      ]),
    ).toEqual({ commandedAt: 500, approvedAt: 400, waits: { allMs: 390, sinceCommandMs: 100 } })
  }) // prettier-ignore

  it('of an approval without an answer is not known to have been given', () => {
    expect(times([['ask', 'intent', null, 100]])).toEqual({ commandedAt: undefined, approvedAt: undefined, waits: undefined }) // prettier-ignore
    expect(times([['ask', 'probe', 'fail', 100], ['one', 'intent', null, 200]]).approvedAt).toBeUndefined() // prettier-ignore
  })
})
