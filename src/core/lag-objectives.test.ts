import { describe, expect, it } from 'vitest'
import { limitFinder, type LagObjectives } from './lag-objectives.ts'

const objectives: LagObjectives = {
  lagMs: 30_000,
  topics: [
    { glob: '*', lagMs: 20_000 },
    { glob: 'orders-*', lagMs: 5_000 },
    { glob: 'orders-eu-*', lagMs: 4_000 },
    { glob: 'orders-eu-1', lagMs: 3_000 },
  ],
  groups: [
    { glob: 'billing-*', lagMs: 10_000 },
    { glob: '*-billing', lagMs: 9_000 },
  ],
}

describe('limitFinder', () => {
  const topic = limitFinder(objectives, 'topics')
  const group = limitFinder(objectives, 'groups')

  it.each([
    ['orders-eu-1', { ms: 3_000, objective: 'topics.orders-eu-1' }],
    ['orders-eu-2', { ms: 4_000, objective: 'topics.orders-eu-*' }],
    ['orders-us', { ms: 5_000, objective: 'topics.orders-*' }],
    ['other', { ms: 20_000, objective: 'topics.*' }],
  ])('of the topic %s the most specific holds', (name, limit) => {
    expect(topic(name)).toEqual(limit)
    expect(topic(name)).toEqual(limit) // remembered
  })

  it('what no objective of its own matches has the one of all, or none', () => {
    expect(group('orders-eu-1')).toEqual({ ms: 30_000, objective: 'lag' })
    expect(limitFinder({ ...objectives, lagMs: undefined }, 'groups')('orders-eu-1')).toBeUndefined()
  })

  it('of equals the shortest holds, whatever their order', () => {
    const shortest = { ms: 9_000, objective: 'groups.*-billing' }
    expect(group('billing-billing')).toEqual(shortest)
    const turned = { ...objectives, groups: objectives.groups.toReversed() }
    expect(limitFinder(turned, 'groups')('billing-billing')).toEqual(shortest)
  })

  it('two names that no pattern makes equal never beat the name itself', () => {
    const same = { lagMs: undefined, topics: [{ glob: 'a????????', lagMs: 1 }, { glob: 'abcdefghi', lagMs: 2 }], groups: [] } // prettier-ignore
    expect(limitFinder(same, 'topics')('abcdefghi')).toEqual({ ms: 2, objective: 'topics.abcdefghi' })
  })
})
