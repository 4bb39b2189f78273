import { describe, expect, it } from 'vitest'
import { assignedPartitions, isHeartbeats, isOnList, nextOffsets, topicsSetting } from './carried-topics.ts'

describe('topicsSetting', () => {
  it('is a list of regular expressions that match one name each, always in the same order', () => {
    const setting = topicsSetting(['orders.eu', 'audit-1', 'orders.eu'])
    expect(setting).toBe('^audit-1$,^orders\\.eu$')
    // As MirrorMaker reads it: the list is joined, and has to match as a whole.
    const isCarried = (topic: string): boolean => new RegExp(`^(?:${setting.split(',').join('|')})$`).test(topic)
    expect(['orders.eu', 'audit-1'].every(isCarried)).toBe(true)
    expect(['ordersxeu', 'orders.eu2', 'audit-10', ''].some(isCarried)).toBe(false)
  })

  it('matches no topic where there is none', () => {
    expect('orders').not.toMatch(new RegExp(topicsSetting([])))
  })
})

it.each([
  [topicsSetting(['orders.eu', 'audit']), true],
  ['audit, orders.eu', true],
  ['orders-eu', false],
  ['orders\\.eux,audit', false],
  ['^$', false],
  ['', false],
  [undefined, undefined],
  ['audit,orders.*', undefined],
  ['(a+)+$', undefined],
] as const)('isOnList: %j for orders.eu is %j', (topics, expected) => {
  expect(isOnList(topics, 'orders.eu')).toBe(expected)
})

it('assignedPartitions: dashes are part of a name, and tasks without partitions have none', () => {
  const tasks = [
    { task: 0, config: { 'task.assigned.partitions': 'audit-1-0,orders-10' } },
    { task: 1, config: { 'task.assigned.partitions': '' } },
    { task: 2, config: {} },
  ]
  expect([...assignedPartitions(tasks)]).toEqual(['audit-1/0', 'orders/10'])
})

it('isHeartbeats', () => {
  expect(['heartbeats', 'east.heartbeats'].every((topic) => isHeartbeats(topic, '.'))).toBe(true)
  expect(['my-heartbeats', 'orders'].some((topic) => isHeartbeats(topic, '.'))).toBe(false)
})

it('nextOffsets: behind what was carried; places of other aliases, and what is no place, are passed over', () => {
  const at = (cluster: string, partition: unknown): Record<string, unknown> => ({ cluster, topic: 'orders', partition })
  const offsets = [
    { partition: at('east', 0), offset: { offset: 41 } },
    { partition: at('elsewhere', 0), offset: { offset: 7 } },
    { partition: at('east', 1), offset: null },
    { partition: at('east', '2'), offset: { offset: 3 } },
    { partition: at('east', 3), offset: { other: 3 } },
  ]
  expect([...nextOffsets(offsets, 'east')]).toEqual([['orders/0', 42n]])
})
