import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { answerOf, fakeBroker, ordinary } from '../../test/support/fake-broker.ts'
import { offset } from '../core/offset.ts'
import { Cluster } from '../kafka/cluster.ts'
import { listOffsets } from '../kafka/wire/messages/list-offsets.ts'
import { metadata } from '../kafka/wire/messages/metadata.ts'
import { placesToReset } from './reset-places.ts'

// A log that grows between two looks at it. What a cluster that stands still answers: test/cluster/offset-plans.test.ts.
it.each([
  ['of a record in the log is that record', 7n, 7n],
  ['of a record that came in since the end was read is that end', 12n, 10n],
  ['that no record has is the end', -1n, 10n],
])('the place of a time %s', async (_what, told, to) => {
  const topicId = '0123456789abcdef0123456789abcdef'
  const broker = ordinary(({ apiKey, port }) => {
    if (apiKey === listOffsets.apiKey) {
      const partition = { partition: 0, error: 0, timestamp: -1n, offset: told, leaderEpoch: 0 }
      return answerOf(listOffsets, { throttleMs: 0, topics: [{ name: 'orders', partitions: [partition] }] })
    }
    if (apiKey !== metadata.apiKey) return 'as usual'
    const partition = { error: 0, partition: 0, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1], offline: [] }
    return answerOf(metadata, {
      throttleMs: 0,
      brokers: [{ nodeId: 1, host: '127.0.0.1', port, rack: null }],
      clusterId: 'fake',
      controllerId: 1,
      topics: [
        { error: 0, name: 'orders', topicId, isInternal: false, partitions: [partition], authorizedOperations: 0 },
      ],
    })
  })
  await using server = await fakeBroker(broker)
  const settings = { name: 'east', bootstrap: [`127.0.0.1:${server.port}`], region: undefined, tls: undefined, sasl: undefined } // prettier-ignore
  await using cluster = new Cluster(settings, { wait: async (ms, signal) => { await sleep(ms, undefined, { signal }) } }) // prettier-ignore
  const now = { listed: new Map([['billing', { group: 'billing', protocolType: 'consumer', state: 'Empty' }]]), ofOtherKinds: new Map(), commits: new Map(), coordinators: new Map() } // prettier-ignore
  const { topics, placesIn } = await placesToReset(cluster, now, { kind: 'time', at: new Date(1_000) }, ['orders'], { signal: AbortSignal.timeout(10_000) }) // prettier-ignore
  expect(topics).toEqual(new Set(['orders']))
  const seen = new Map([['orders', { topicId, logs: [{ start: offset(0n), end: offset(10n) }] }]])
  expect(await placesIn(seen)).toEqual(
    new Map([['billing', [{ topic: 'orders', partition: 0, to: { offset: to, metadata: '' } }]]]),
  )
})
