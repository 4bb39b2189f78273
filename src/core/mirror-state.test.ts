import { describe, expect, it } from 'vitest'
import { mirrorEvents, mirrorStateNames, mirrorTransitions, nextMirrorState } from './mirror-state.ts'

/** What DESIGN.md says, written down a second time: an arrow for each row, nothing for a refusal. */
const expected: Readonly<Record<string, string>> = {
  'PENDING created': 'ACTIVE',
  'ACTIVE pause': 'PAUSED',
  'SOURCE_UNAVAILABLE pause': 'PAUSED',
  'PAUSED resume': 'ACTIVE',
  'ACTIVE sourceLost': 'SOURCE_UNAVAILABLE',
  'ACTIVE broken': 'FAILED',
  'SOURCE_UNAVAILABLE sourceBack': 'ACTIVE',
  'SOURCE_UNAVAILABLE broken': 'FAILED',
  'PENDING failover': 'PENDING_STOPPED',
  'ACTIVE failover': 'PENDING_STOPPED',
  'PAUSED failover': 'PENDING_STOPPED',
  'SOURCE_UNAVAILABLE failover': 'PENDING_STOPPED',
  'FAILED failover': 'PENDING_STOPPED',
  'PENDING_STOPPED failover': 'PENDING_STOPPED',
  'ACTIVE promote': 'PENDING_STOPPED',
  'PENDING_STOPPED promote': 'PENDING_STOPPED',
  'PENDING_STOPPED withdrawn': 'ACTIVE',
  'PENDING_STOPPED fenced': 'STOPPED',
  'FAILED rebuild': 'PENDING',
  'ACTIVE rebuild': 'PENDING',
  'PAUSED rebuild': 'PENDING',
  'PENDING rebuild': 'PENDING',
}

describe('nextMirrorState', () => {
  it.each(mirrorStateNames.flatMap((from) => mirrorEvents.map((on) => [from, on] as const)))(
    'from %s on %s: a row or a refusal',
    (from, on) => {
      expect(nextMirrorState(from, on)).toBe(expected[`${from} ${on}`])
    },
  )

  it('has one row for each arrow', () => {
    const arrows = mirrorTransitions.map(({ from, on }) => `${from} ${on}`)
    expect(new Set(arrows).size).toBe(arrows.length)
    expect(arrows.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      Object.keys(expected).toSorted((a, b) => (a < b ? -1 : 1)),
    )
  })

  it.each(mirrorStateNames)('lets %s fail over unless it is STOPPED', (from) => {
    expect(nextMirrorState(from, 'failover')).toBe(from === 'STOPPED' ? undefined : 'PENDING_STOPPED')
  })

  it('leaves STOPPED by no event', () => {
    expect(mirrorEvents.map((on) => nextMirrorState('STOPPED', on))).toEqual(mirrorEvents.map(() => undefined))
  })
})
