import { expect, it } from 'vitest'
import { mm2Link } from '../../../test/support/mm2-target.ts'
import { mirror } from '../../../test/support/links.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { besidesBlockers, carriedBesides, unmirroredBesides } from './carried-besides.ts'

const own = mm2Link('http://connect:8083')
const adopted = { ...own, mm2: { ...own.mm2, isAdopted: true } }
const state = { mirrors: () => [mirror('orders', { state: 'ACTIVE' }, [[1n, 1n]]).record] }
const assigned = ['orders', 'new', 'heartbeats'].map((topic) => partitionKey({ topic, partition: 0 }))

it('what a connector that was adopted carries, and that is no mirror, is told of with what makes it one', () => {
  const topics = carriedBesides(state, adopted, assigned)
  expect(topics).toEqual(['new'])
  const command = 'georep link adopt east-west --connect http://connect:8083 --connectors source checkpoint'
  expect(unmirroredBesides(topics, adopted)).toEqual([{ topic: 'new', why: expect.stringContaining(command) as string }]) // prettier-ignore
  expect(besidesBlockers(topics, adopted)).toEqual([expect.stringMatching(`carries "new" besides.*${command}`)])
  expect(besidesBlockers([], adopted)).toEqual([])
})

it('the list of a connector that georep has made is what georep says', () => {
  expect(carriedBesides(state, own, assigned)).toEqual([])
})
