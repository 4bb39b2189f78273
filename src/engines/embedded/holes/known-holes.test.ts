import { describe, expect, it } from 'vitest'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { KnownHoles, type SourceNow } from './known-holes.ts'

const partitions = [0, 1].map((partition) => ({ partition, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1] }))
const source: SourceNow = { there: { name: 'orders', topicId: 'T', partitions }, starts: [3n, 40n], most: 100_000n }
const hole = { partition: 1, from: 50n, until: 200_051n, count: 200_001n }
const why = ['too large']

function noted() {
  const time = fakeTime()
  const holes = new KnownHoles(time)
  expect(holes.blockersOf(source)).toBeUndefined()
  holes.note(source, hole, why)
  return { time, holes }
}

describe('a topic that was refused for a hole', () => {
  it.each([
    ['nothing has changed', source],
    ['its log begins later, and before the hole', { ...source, starts: [9n, 50n] }],
  ])('is refused without a look while %s', (_, now) => {
    const { holes } = noted()
    expect(holes.blockersOf(now)).toEqual(why)
    expect(holes.blockersOf(now)).toEqual(why)
  })

  it.each([
    ['another topic has its name', { ...source, there: { ...source.there, topicId: 'other' } }],
    ['its log begins in the hole', { ...source, starts: [3n, 51n] }],
    ['it has no such partition', { ...source, there: { ...source.there, partitions: partitions.slice(0, 1) } }],
    ['more is hidden at once', { ...source, most: 10_000_000n }],
  ])('is looked at again when %s', (_, now) => {
    const { holes } = noted()
    expect(holes.blockersOf(now)).toBeUndefined()
    // What is found then is what is known.
    expect(holes.blockersOf(source)).toBeUndefined()
  })

  it('is looked at again after an hour', async () => {
    const { holes, time } = noted()
    await time.pass(3_599_000)
    expect(holes.blockersOf(source)).toEqual(why)
    await time.pass(1_000)
    expect(holes.blockersOf(source)).toBeUndefined()
  })
})
