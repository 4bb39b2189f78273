import { expect, it } from 'vitest'
import { stateAfterCreate } from './create-incomplete.ts'

const refused = { outcome: { kind: 'refused', why: 'it is an internal topic' }, isBegun: false } as const
const applied = { outcome: { kind: 'applied' }, isBegun: true } as const
const unknown = { outcome: { kind: 'unknown', why: 'connection closed' }, isBegun: true } as const

it('no mirror was created where none was begun', () => {
  expect(stateAfterCreate([refused, refused])).toBe('no mirror was created')
})

it('nothing where the outcomes say all', () => {
  expect(stateAfterCreate([refused, applied])).toBeUndefined()
})

it('a mirror may be there where it was begun and its end is not known', () => {
  const pending = 'mirrors may be PENDING: the same command goes on with them'
  expect(stateAfterCreate([unknown])).toBe(pending)
  expect(stateAfterCreate([applied, unknown, refused])).toBe(pending)
})
