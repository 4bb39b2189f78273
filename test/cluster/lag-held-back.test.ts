import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { georepAtWork, type Georep } from './support/georep.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { endsOf, kafkaTool } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { write } from './support/write.ts'

// Who holds a mirror back, beside what Kafka's own kafka-transactions tells of the same partition.

const { east, west } = sharedClusters()
let georep: Georep
let topic: string

beforeAll(async () => {
  topic = await createdTopic(east.bootstrap, { partitions: 2 })
  await write(east.bootstrap, topic, 3)
  ;({ georep } = await georepAtWork([east.bootstrap, west.bootstrap]))
  const { code, err } = await georep.run('mirror', 'create', topic, '--link', georep.link)
  expect(code, err).toBe(0)
})
afterAll(async () => {
  await georep.remove()
})

interface Lag {
  readonly partitions: readonly { readonly partition: number; readonly lag: string; readonly mirrored: string }[]
  readonly heldBack: readonly { readonly producerId: string; readonly ageMs: number }[]
}

async function lag(): Promise<Lag> {
  const { code, data, err } = await georep.json('lag', '--link', georep.link, '--mirrors-only', '--topic', topic)
  expect(code, err).toBe(0)
  return data as Lag
}

/** Of the first partition, as the broker tells Kafka's tool: who has a transaction open, and from which offset on. */
async function openTransactions(): Promise<readonly { readonly producerId: string; readonly from: string }[]> {
  const out = await kafkaTool('org.apache.kafka.tools.TransactionsCommand', ['--bootstrap-server', east.bootstrap.join(), 'describe-producers', '--topic', topic, '--partition', '0']) // prettier-ignore
  const rows = out.trim().split('\n').slice(1).map((line) => line.trim().split(/\s+/)) // prettier-ignore
  return rows.flatMap((cells) => (/^\d+$/.test(cells.at(-1) ?? '') ? [{ producerId: cells[0]!, from: cells.at(-1)! }] : [])) // prettier-ignore
}

async function transactional(timeoutMs: number): Promise<Producer> {
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner, transactionalId: unique('txn'), transactionTimeout: timeoutMs, idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
  await producer.connect()
  return producer
}

async function mirroredUpTo(offset: string): Promise<void> {
  await eventually(`the mirror ends at ${offset}`, async () => String((await endsOf(west.bootstrap, topic))[0]) === offset) // prettier-ignore
}

describe('lag names the open transaction that holds a mirror back', () => {
  it('by producer, first offset and time, until it is committed', async () => {
    await mirroredUpTo('3')
    expect((await lag()).heldBack).toEqual([])
    const producer = await transactional(60_000)
    const before = Date.now()
    const open = await producer.transaction()
    await open.send({ topic, messages: [{ partition: 0, key: 'open', value: 'open' }] })
    await write(east.bootstrap, topic, 5, { prefix: 'behind' })
    const { partitions, heldBack } = await lag()
    // Up to the high watermark, of which the mirror gets nothing.
    expect(partitions.find(({ partition }) => partition === 0)).toMatchObject({ lag: '6', mirrored: '3' })
    const [holder] = await openTransactions()
    expect(holder).toMatchObject({ from: '3' })
    expect(heldBack).toMatchObject([
      { link: georep.link, topic, partition: 0, stableEnd: '3', producerId: holder!.producerId, firstOffset: '3', why: null }, // prettier-ignore
    ])
    expect(heldBack[0]!.ageMs).toBeLessThanOrEqual(Date.now() - before)
    const { out } = await georep.run('lag', '--link', georep.link, '--mirrors-only', '--topic', topic)
    expect(out).toMatch(/\nHELD-BACK +PARTITION +STABLE-END +PRODUCER-ID +FIRST-OFFSET +OPEN-FOR\n/)
    expect(out).toMatch(new RegExp(`\n${topic} +0 +3 +${holder!.producerId} +3 +\\S.*\n`))
    await open.commit()
    await producer.disconnect()
    await mirroredUpTo('10')
    expect((await lag()).heldBack).toEqual([])
  })

  it('whose producer is gone, until its time-out', async () => {
    const producer = await transactional(5_000)
    const open = await producer.transaction()
    await open.send({ topic, messages: [{ partition: 0, key: 'left', value: 'left' }] })
    await write(east.bootstrap, topic, 2, { prefix: 'after' })
    await producer.disconnect()
    const [holder] = await openTransactions()
    expect(holder).toMatchObject({ from: '10' })
    const { heldBack } = await lag()
    expect(heldBack).toMatchObject([{ stableEnd: '10', producerId: holder!.producerId, firstOffset: '10', why: null }])
    // The record, two behind it, and the marker of the coordinator.
    await mirroredUpTo('14')
    expect((await lag()).heldBack).toEqual([])
  })
})
