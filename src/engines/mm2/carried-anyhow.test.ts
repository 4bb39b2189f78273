import { expect, it } from 'vitest'
import { partitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import { carriedAnyhow } from './carried-anyhow.ts'
import type { ConnectorsSeen } from './connectors-seen.ts'

const paused = { state: 'PAUSED', since: '2026-01-01T00:00:00Z' } as const
const stopped: MirrorRecord['state'] = { state: 'STOPPED', stoppedBy: 'failover', at: '2026-01-01T00:00:00Z', ends: [], isFenced: true } // prettier-ignore
const mirror = (topic: string, state: MirrorRecord['state']): Parameters<typeof carriedAnyhow>[1][number] => ({ mirrorTopic: `east.${topic}`, sourceTopic: topic, partitions: 2, state }) // prettier-ignore
const link = { name: 'east-west', pausedAt: null }

/** One task carries partition 1 of these. */
function seen(topics: readonly string[], state: 'RUNNING' | 'STOPPED' = 'RUNNING'): ConnectorsSeen {
  const source = { role: 'source', name: 'mm2', state, worker: undefined, why: undefined, tasks: [] } as const
  const taskOf = new Map(topics.map((topic) => [partitionKey({ topic, partition: 1 }), 0]))
  return { version: '4.3.1', connectors: [source], configs: {}, taskOf, next: new Map() }
}

it('a topic that was opened, and is appended to all the same, is told of with what ends that', () => {
  const mirrors = [mirror('orders', { state: 'ACTIVE' }), mirror('payments', stopped)]
  expect(carriedAnyhow(link, mirrors, seen(['orders', 'payments']))).toEqual([
    'mirror "east.payments" is STOPPED, and tasks of connector "mm2" append to it; what takes it from them: georep mirror resume --all --link east-west',
  ])
  expect(carriedAnyhow(link, mirrors, seen(['orders']))).toEqual([])
  expect(carriedAnyhow(link, mirrors, seen(['orders', 'payments'], 'STOPPED'))).toEqual([])
  expect(carriedAnyhow(link, mirrors, { why: 'no answer' })).toEqual([])
})

it('no mirror that is paused goes on by the command that is given', () => {
  const found = carriedAnyhow(
    link,
    [mirror('orders', paused), mirror('payments', stopped)],
    seen(['orders', 'payments']),
  )
  expect(found).toEqual([
    expect.stringMatching(/"east.orders" is PAUSED.*georep mirror pause east.orders --link east-west$/),
    expect.stringMatching(/"east.payments" is STOPPED.*georep mirror pause east.orders --link east-west$/),
  ])
})

it('a link that is paused and carried is told of', () => {
  const since = { ...link, pausedAt: '2026-01-01T00:00:00Z' }
  expect(carriedAnyhow(since, [], seen(['orders']))).toEqual(['the link is paused, and connector "mm2" runs; what tells it: georep link pause east-west']) // prettier-ignore
  expect(carriedAnyhow(since, [], seen([], 'STOPPED'))).toEqual([])
})
