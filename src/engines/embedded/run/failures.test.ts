import { expect, it } from 'vitest'
import { mirrorRecord } from '../../../../test/support/mirror.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import { Failures } from './failures.ts'

const at = '2026-11-27T12:00:00.000Z'
const key = 'failure/east-west/orders'
const record = mirrorRecord({ link: 'east-west', mirrorTopic: 'orders', mirrorTopicId: 'a'.repeat(32) })
const says = (now: MirrorRecord | undefined) => ({ mirror: () => now })

it('are written until they are', () => {
  const failures = new Failures()
  failures.note(record, 'the source log is gone', at)
  const due = failures.toWrite(says(record))
  expect([...due]).toEqual([[key, { v: 1, kind: 'failure', reason: 'the source log is gone', at }]])
  expect([...failures.toWrite(says(record)).keys()]).toEqual([key])
  failures.written(due.keys())
  expect([...failures.toWrite(says(record))]).toEqual([])
})

it('are not those of a mirror that was made anew, went the way back, or was taken off since', () => {
  const others = [
    { ...record, mirrorTopicId: 'b'.repeat(32) },
    { ...record, mirrorTopicId: '' },
    { ...record, reversed: { ends: [0n], epoch: 3, at } },
    undefined,
  ]
  for (const now of others) {
    const failures = new Failures()
    failures.note(record, 'the mirror topic "orders" was deleted and created anew', at)
    expect([...failures.toWrite(says(now))]).toEqual([])
    // What is left out is not told of a later one either.
    expect([...failures.toWrite(says(record))]).toEqual([])
  }
})
