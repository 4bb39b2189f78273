import kafkajs, { type Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { takeTransactionalId } from '../../src/kafka/producers.ts'
import { batchFromRecords } from '../../src/kafka/records/record.ts'
import { produce } from '../../src/kafka/wire/messages/produce.ts'
import { georepAtWork, type Georep } from './support/georep.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { endsOf, kafkaTool } from './support/log-content.ts'
import { forNobody } from './support/no-cluster-rights.ts'
import { consumed, createdTopic, eventually, layer, withAdmin } from './support/observe.ts'
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
  readonly heldBack: readonly {
    readonly producerId: string
    readonly ageMs: number
    readonly transactionalId: string | null
    readonly transactionStartedAt: string | null
    readonly next: string | null
  }[]
}

async function lag(of = topic): Promise<Lag> {
  const { code, data, err } = await georep.json('lag', '--link', georep.link, '--mirrors-only', '--topic', of)
  expect(code, err).toBe(0)
  return data as Lag
}

/** What kafka-transactions.sh runs. */
async function transactionsTool(...args: readonly string[]): Promise<string> {
  const server = args.includes('--bootstrap-server') ? [] : ['--bootstrap-server', east.bootstrap.join()]
  return await kafkaTool('org.apache.kafka.tools.TransactionsCommand', [...server, ...args])
}

/** By which transactional id the producer writes, and what the coordinator says of it. */
async function transactionOf(producerId: string): Promise<{ readonly transactionalId: string; readonly transactionState: string }> {
  const rows = (await transactionsTool('list')).trim().split('\n').map((line) => line.trim().split(/\s+/)) // prettier-ignore
  const [transactionalId, , , transactionState] = rows.find((cells) => cells[2] === producerId)!
  return { transactionalId: transactionalId!, transactionState: transactionState! }
} // prettier-ignore

/** Of the first partition, as the broker tells Kafka's tool: who has a transaction open, and from which offset on. */
async function openTransactions(): Promise<readonly { readonly producerId: string; readonly from: string }[]> {
  const out = await transactionsTool('describe-producers', '--topic', topic, '--partition', '0')
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
    const told = await transactionOf(holder!.producerId)
    expect(told.transactionState).toBe('Ongoing')
    expect(heldBack[0]).toMatchObject({ ...told, transactionTimeoutMs: 60_000, next: null })
    expect(Date.parse(heldBack[0]!.transactionStartedAt!)).toBeGreaterThanOrEqual(before)
    const { out } = await georep.run('lag', '--link', georep.link, '--mirrors-only', '--topic', topic)
    expect(out).toMatch(
      /\nHELD-BACK +PARTITION +STABLE-END +PRODUCER-ID +FIRST-OFFSET +OPEN-FOR +TRANSACTIONAL-ID +STATE\n/,
    )
    expect(out).toMatch(
      new RegExp(`\n${topic} +0 +3 +${holder!.producerId} +3 +\\S.* ${told.transactionalId} +Ongoing\n`),
    )
    // Who may not describe the id is told all else.
    await forNobody(east, told.transactionalId)
    const asApp = georep.withSourceAt(east.secure.join(', '), ', sasl: { mechanism: PLAIN, username: app, password: secret }') // prettier-ignore
    let less: Lag['heldBack'] = []
    await eventually('the broker knows the ACL', async () => {
      const seen = await asApp('lag', '--link', georep.link, '--mirrors-only', '--topic', topic, '-o', 'json')
      expect(seen.code, seen.err).toBe(0)
      expect(seen.err).not.toContain('warning')
      less = (JSON.parse(seen.out) as { data: Lag }).data.heldBack
      return less[0]?.transactionalId === null
    })
    const untold = { transactionalId: null, transactionState: null, transactionStartedAt: null, transactionTimeoutMs: null } // prettier-ignore
    expect(less).toEqual([{ ...heldBack[0], ...untold, ageMs: expect.any(Number) as number }])
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

  it('that nobody ends, with the command that does', async () => {
    const hung = await createdTopic(east.bootstrap)
    const prefixed = `copy.${hung}`
    await write(east.bootstrap, hung, 2)
    const { code, err } = await georep.run('mirror', 'create', hung, '--prefix', 'copy.', '--link', georep.link)
    expect(code, err).toBe(0)
    const mirrorEndsAt = async (end: number): Promise<void> => { await eventually(`the mirror ends at ${end}`, async () => (await endsOf(west.bootstrap, prefixed))[0] === end) } // prettier-ignore
    await mirrorEndsAt(2)
    const { transactionalId, producerId } = await hangingTransaction(hung)
    await write(east.bootstrap, hung, 3, { prefix: 'behind' })
    const told = await transactionOf(producerId)
    expect(told).toEqual({ transactionalId, transactionState: 'Empty' })
    const next = `kafka-transactions.sh --bootstrap-server ${east.bootstrap.join()} abort --topic ${hung} --partition 0 --start-offset 2`
    expect((await lag(hung)).heldBack).toMatchObject([{ ...told, topic: prefixed, producerId, transactionStartedAt: null, next }]) // prettier-ignore
    const { err: warned } = await georep.run('lag', '--link', georep.link, '--mirrors-only', '--topic', hung)
    expect(warned).toContain(`is older than its time-out of 1.00 s, and is not being ended\n  next: ${next}\n`)
    expect(await endsOf(west.bootstrap, prefixed)).toEqual([2])
    // Of a secured cluster the command comes in as an administrator.
    const asAdmin = georep.withSourceAt(east.secure.join(', '), ', sasl: { mechanism: PLAIN, username: app, password: secret }') // prettier-ignore
    const secured = await asAdmin('lag', '--link', georep.link, '--mirrors-only', '--topic', hung)
    expect(secured.err).toContain(`next: kafka-transactions.sh --bootstrap-server ${east.secure.join()} --command-config admin.properties abort --topic ${hung} --partition 0 --start-offset 2\n`) // prettier-ignore
    await transactionsTool(...next.split(' ').slice(1))
    // Its record and the marker are hidden.
    await mirrorEndsAt(7)
    expect((await lag(hung)).heldBack).toEqual([])
    expect((await consumed(west.bootstrap, prefixed, 5)).map(({ offset }) => offset)).toEqual(['0', '1', '3', '4', '5'])
  })
})

/** A record of a transaction that its coordinator never heard of: of a broker that does not ask it, as before Kafka 3.6 (KIP-890). */
async function hangingTransaction(to: string): Promise<{ readonly transactionalId: string; readonly producerId: string }> {
  const signal = AbortSignal.timeout(30_000)
  const transactionalId = unique('hung')
  await using cluster = layer(east)
  const producer = await takeTransactionalId(cluster, transactionalId, { signal, transactionTimeoutMs: 1_000 })
  const timestampMs = BigInt(Date.now() - 90_000)
  const records = batchFromRecords([{ key: null, value: Buffer.from('hung') }], { timestampMs, producer, baseSequence: 0, isTransactional: true }) // prettier-ignore
  const { brokers } = await cluster.metadata([], { signal })
  await verifying(brokers, false)
  try {
    await eventually('the record was taken', async () => {
      const topics = [{ name: to, partitions: [{ partition: 0, records }] }]
      const answer = await cluster.sendTo(brokers[0]!.nodeId, produce, { transactionalId, acks: -1, timeoutMs: 10_000, topics }, { signal }) // prettier-ignore
      return answer.topics[0]!.partitions[0]!.error === 0
    })
  } finally {
    await verifying(brokers, true)
  }
  return { transactionalId, producerId: producer.producerId.toString() }
} // prettier-ignore

async function verifying(brokers: readonly { readonly nodeId: number }[], is: boolean): Promise<void> {
  const configEntries = [{ name: 'transaction.partition.verification.enable', value: String(is) }]
  const resources = brokers.map(({ nodeId }) => ({ type: kafkajs.ConfigResourceTypes.BROKER, name: String(nodeId), configEntries })) // prettier-ignore
  await withAdmin(east.bootstrap, async (admin) => { await admin.alterConfigs({ validateOnly: false, resources }) }) // prettier-ignore
}
