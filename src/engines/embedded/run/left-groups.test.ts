import { expect, it } from 'vitest'
import type { LeftGroupsRecord } from '../../../links/runner-notes.ts'
import { leftGroupsRecords } from './left-groups.ts'

const now = new Date('2026-01-02T03:04:05.000Z')
const before = (...groups: readonly string[]): { leftGroups: () => LeftGroupsRecord | undefined } => ({
  leftGroups: () => (groups.length === 0 ? undefined : { v: 1, kind: 'leftgroups', groups: [...groups], count: groups.length, at: '' }), // prettier-ignore
})

it('are written down when they are others than before, and no more when there are none', () => {
  const record = { v: 1, kind: 'leftgroups', groups: ['a', 'b'], count: 2, at: now.toISOString() }
  const changes = [['leftgroups/east-west', record]]
  expect([...leftGroupsRecords(before(), 'east-west', ['b', 'a'], now)]).toEqual(changes)
  expect([...leftGroupsRecords(before('a', 'c'), 'east-west', ['b', 'a'], now)]).toEqual(changes)
  expect([...leftGroupsRecords(before('a', 'b'), 'east-west', ['b', 'a'], now)]).toEqual([])
  expect([...leftGroupsRecords(before('a'), 'east-west', [], now)]).toEqual([['leftgroups/east-west', null]])
  expect([...leftGroupsRecords(before(), 'east-west', [], now)]).toEqual([])
})

it('are named up to so many, and counted', () => {
  const many = Array.from({ length: 700 }, (_, index) => `g${index}`)
  const [record] = leftGroupsRecords(before(), 'east-west', many, now).values()
  expect(record).toMatchObject({ count: 700, groups: expect.toSatisfy((groups: readonly string[]) => groups.length === 500) as unknown }) // prettier-ignore
})
