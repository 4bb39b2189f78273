import { expect, it } from 'vitest'
import type { ConnectCluster } from '../../connect/connect-cluster.ts'
import type { LinkRequest } from '../engine.ts'
import { adoptedMirrors, recordOf } from './adopt-mirrors.ts'

const signal = AbortSignal.timeout(60_000)
const at = '2026-01-01T00:00:00.000Z'
const mm2 = {
  aliases: { source: 'east', target: 'west' },
  connectors: { source: 'mm2', checkpoint: 'cp', heartbeat: null, returnHeartbeat: null },
  naming: { policy: 'default', separator: '.' },
} as const

/** Both clusters have all topics that are asked for, but those. */
async function adopted(
  topics: string | undefined,
  { assigned, held, missing = [] }: { readonly assigned: string; readonly held: readonly string[]; readonly missing?: readonly string[] }, // prettier-ignore
): ReturnType<typeof adoptedMirrors> {
  const connect = {
    offsets: async () => await Promise.resolve(held.map((topic) => ({ partition: { cluster: 'east', topic, partition: 0 }, offset: { offset: 4 } }))), // prettier-ignore
    tasks: async () => await Promise.resolve(assigned === '' ? [] : [{ task: 0, config: { 'task.assigned.partitions': assigned } }]), // prettier-ignore
  } as unknown as ConnectCluster
  const cluster = (name: string): LinkRequest['source'] =>
    ({
      name,
      metadata: async (asked: readonly string[]) => await Promise.resolve({ topics: new Map(asked.filter((topic) => !missing.includes(topic)).map((topic) => [topic, { topicId: `${name}-${topic}`, partitions: [{}] }])) }), // prettier-ignore
    }) as unknown as LinkRequest['source']
  const request = { name: 'east-west', source: cluster('east'), destination: cluster('west') } as unknown as LinkRequest
  return await adoptedMirrors({ connect, config: topics === undefined ? {} : { topics } }, request, mm2, { signal })
}

const states = ({ mirrors }: Awaited<ReturnType<typeof adopted>>): unknown =>
  Object.fromEntries(mirrors.map((one) => [one.mirrorTopic, recordOf(one, at).state]))
const active = { state: 'ACTIVE' }
const paused = { state: 'PAUSED', since: at }

it('a topic that is empty has no place yet, and is carried: it is a mirror', async () => {
  const found = await adopted('orders,new', { assigned: 'orders-0,new-0,heartbeats-0', held: ['orders'] })
  expect(states(found)).toEqual({ 'east.new': active, 'east.orders': active })
  expect(found.warnings).toEqual([])
})

it('one that somebody has taken from the list is PAUSED, and told of: what clients write to it now is not appended to', async () => {
  const found = await adopted('orders', { assigned: 'orders-0', held: ['old', 'orders'] })
  expect(states(found)).toEqual({ 'east.old': paused, 'east.orders': active })
  expect(found.warnings).toEqual([
    expect.stringMatching(/"east.old" is PAUSED.*mirror resume east.old --link east-west/),
  ])
})

it.each(['orders.*', undefined])('a pattern (%j) is told of, and what it does not find is PAUSED', async (topics) => {
  const found = await adopted(topics, { assigned: 'orders-0', held: ['old', 'orders'] })
  expect(states(found)).toEqual({ 'east.old': paused, 'east.orders': active })
  expect(found.warnings[0]).toMatch(/carries what a pattern finds \(topics: (?:orders)?\.\*\)/)
})

it('of a connector that is STOPPED, without tasks, the list says what it carries; a pattern does not', async () => {
  const names = await adopted('orders', { assigned: '', held: ['old', 'orders'] })
  expect(states(names)).toEqual({ 'east.old': paused, 'east.orders': active })
  expect(states(await adopted('o.*', { assigned: '', held: ['old', 'orders'] }))).toEqual({ 'east.old': active, 'east.orders': active }) // prettier-ignore
})

it('topics that are not there are told of', async () => {
  const found = await adopted('orders,gone', { assigned: 'orders-0', held: ['gone', 'orders'], missing: ['gone'] })
  expect(states(found)).toEqual({ 'east.orders': active })
  expect(found.warnings).toEqual([expect.stringContaining('no mirror of "gone": topic "gone" is not there on cluster "east"')]) // prettier-ignore
})
