import { expect, it } from 'vitest'
import { requireOneSourceEach } from './translate-plan.ts'

const place = (group: string, sourceTopic: string, topic: string, partition = 0) => ({ group, sourceTopic, topic, partition }) // prettier-ignore

it('plans no group that has places in two topics of which the copies are one', () => {
  const merged = [place('a', 'orders', 'all'), place('b', 'orders', 'all'), place('b', 'returns', 'all')]
  expect(() => { requireOneSourceEach(merged) }).toThrow('group "b" would have two places in all/0: of "orders" and of "returns"') // prettier-ignore
  const apart = [...merged.slice(0, 2), place('b', 'orders', 'all', 1), place('b', 'returns', 'returns')]
  expect(() => { requireOneSourceEach(apart) }).not.toThrow() // prettier-ignore
})
