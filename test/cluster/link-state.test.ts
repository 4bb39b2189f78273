import { setTimeout as sleep } from 'node:timers/promises'
import type { Transaction } from 'kafkajs'
import { expect, it } from 'vitest'
import { stateKey, stateValueFrom } from '../../src/links/records.ts'
import { LinkState } from '../../src/links/state.ts'
import { stateTopic } from '../../src/links/state-topic.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { TestLink } from './support/link.ts'
import { endsOf } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { write } from './support/write.ts'

// A process that dies in the middle of writing to the state topic leaves a transaction open, for twenty seconds at the most.

const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(240_000)

/** A transaction on the state topic that has written something about that link, and is open. */
async function openTransaction(link: string, body: (transaction: Transaction) => Promise<void>): Promise<void> {
  const client = kafkajsClient(west.bootstrap)
  const transactionalId = unique('txn')
  const producer = client.producer({ createPartitioner, transactionalId, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  try {
    const transaction = await producer.transaction()
    const value = stateValueFrom({ v: 1, kind: 'failure', reason: 'a test', at: new Date().toISOString() })
    await transaction.send({ topic: stateTopic, messages: [{ key: stateKey.failure(link, 'topic'), value }] })
    try {
      await body(transaction)
    } finally {
      if (transaction.isActive()) await transaction.abort()
    }
  } finally {
    await producer.disconnect()
  }
}

it('a transaction that is open about another link holds nobody up: not the runner, not a failover, not an observer', async () => {
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  const runner = await link.run()
  await write(east.bootstrap, topic, 10)
  await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic))[0] === 10)
  await openTransaction(unique('other'), async () => {
    await sleep(6_000) // longer than the runner may go without reading the state
    await write(east.bootstrap, topic, 10)
    await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic))[0] === 20, 10_000)
    const { state } = link.target
    await state.glance({ signal })
    const first = state.lock(link.name, 'runner')?.offset
    await sleep(1_500) // it renews its lock each second
    await state.glance({ signal })
    expect(state.lock(link.name, 'runner')?.offset).toBeGreaterThan(first!)

    const started = performance.now()
    const [result] = await link.failover('all')
    expect(result).toMatchObject({ outcome: { kind: 'applied' }, ends: [20n] })
    expect(performance.now() - started).toBeLessThan(10_000)
    await runner.says('is no longer carried', 10_000)
  })
})

it.each([
  ['committed', true],
  ['aborted', false],
])('a transaction about the link itself is waited for, and counts when it is %s', async (_, isCommitted) => {
  const name = unique('link')
  await using link = await TestLink.create({ east, west })
  const { destination } = link
  const state = new LinkState(destination)
  await openTransaction(name, async (transaction) => {
    await state.glance({ signal })
    expect(state.failure(name, 'topic')).toBeUndefined()
    let isRefreshed = false
    const refreshed = state.refresh({ signal, link: name }).then(() => (isRefreshed = true))
    await sleep(1_000) // ten of its looks, if it did not wait for the transaction
    expect(isRefreshed).toBe(false)
    if (isCommitted) await transaction.commit()
    else await transaction.abort()
    await refreshed
    expect(state.failure(name, 'topic')?.reason).toBe(isCommitted ? 'a test' : undefined)
  })
  const fresh = new LinkState(destination)
  await fresh.refresh({ signal, link: name })
  expect(fresh.failure(name, 'topic')?.reason).toBe(isCommitted ? 'a test' : undefined)
})
