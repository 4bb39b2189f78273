import { describe, expect, it } from 'vitest'
import { ancestryOf, type Loop, loopIn } from './ancestry.ts'

type Mirrors = readonly (readonly [from: string, to: string])[]

/** Clusters are east, west and north; `silent` ones cannot be asked where their topics come from. */
async function loopOf(
  mirrors: Mirrors,
  from: string,
  to: string,
  silent: readonly string[] = [],
): Promise<Loop['kind']> {
  const place = (text: string): { clusterId: string; topic: string } => ({ clusterId: text.split('/')[0] ?? '', topic: text.split('/')[1] ?? '' }) // prettier-ignore
  const ancestry = await ancestryOf(place(from), async ({ clusterId, topic }) => {
    if (silent.includes(clusterId)) return `${clusterId} does not answer`
    return await Promise.resolve(
      mirrors.filter(([, end]) => end === `${clusterId}/${topic}`).map(([start]) => place(start)),
    )
  })
  const { clusterId, topic } = place(to)
  const names = { sourceTopic: place(from).topic, mirrorTopic: topic }
  return loopIn(ancestry, names, { name: clusterId, clusterId }).kind
}

const identity = ['east/orders', 'west/orders'] as const
const prefixed = ['east/orders', 'west/east.orders'] as const

describe('a mirror that would copy a topic back to where it comes from is seen', () => {
  it.each([
    ['one that comes from nowhere', [], 'east/orders', 'west/orders', 'none'],
    ['the same name straight back', [identity], 'west/orders', 'east/orders', 'loop'],
    ['with a prefix, under its first name', [prefixed], 'west/east.orders', 'east/orders', 'loop'],
    ['with a prefix, under a longer name', [prefixed], 'west/east.orders', 'east/west.east.orders', 'comesBack'],
    ['another topic of the same cluster', [identity], 'west/payments', 'east/payments', 'none'],
    [
      'around three clusters, one name',
      [identity, ['west/orders', 'north/orders']],
      'north/orders',
      'east/orders',
      'loop',
    ],
    [
      'around three clusters, with prefixes',
      [prefixed, ['west/east.orders', 'north/west.east.orders']],
      'north/west.east.orders',
      'east/north.west.east.orders',
      'comesBack',
    ],
    ['on from the second cluster to a third', [identity], 'west/orders', 'north/orders', 'none'],
    [
      'a diamond',
      [
        ['east/a', 'west/a'],
        ['east/b', 'west/a'],
        ['east/b', 'north/b'],
      ],
      'west/a',
      'north/a',
      'none',
    ],
  ] as const)('%s', async (_, mirrors, from, to, expected) => {
    expect(await loopOf(mirrors, from, to)).toBe(expected)
  })

  it('ends where records go round already', async () => {
    expect(await loopOf([identity, ['west/orders', 'east/orders']], 'west/orders', 'north/orders')).toBe('none')
    expect(await loopOf([identity, ['west/orders', 'east/orders']], 'west/orders', 'west/copy')).toBe('comesBack')
  })

  it('is unknown, not none, where a cluster that feeds it cannot be asked', async () => {
    expect(await loopOf([identity], 'west/orders', 'north/orders', ['east'])).toBe('unknown')
    expect(await loopOf([], 'west/orders', 'north/orders', ['west'])).toBe('unknown')
    // What is known is enough to refuse.
    expect(await loopOf([identity], 'west/orders', 'east/orders', ['east'])).toBe('loop')
    expect(await loopOf([], 'west/orders', 'north/orders', ['east'])).toBe('none')
  })
})
