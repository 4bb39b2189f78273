import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { offset } from '../../src/core/offset.ts'
import type { Cluster } from '../../src/kafka/cluster.ts'
import { BrokerError, Code } from '../../src/kafka/error-codes.ts'
import { listGroups } from '../../src/kafka/groups.ts'
import { logEnds } from '../../src/kafka/offsets.ts'
import { FencedError } from '../../src/kafka/held-id.ts'
import { Transactor } from '../../src/kafka/transactor.ts'
import { TransportError } from '../../src/kafka/wire/connection.ts'
import { endTxn } from '../../src/kafka/wire/messages/end-txn.ts'
import { resolveKafka } from '../../src/sandbox/kafka.ts'
import { kafkajsClient } from './support/kafkajs-client.ts'
import { committedNow, consumed, createdTopic, eventually, layer } from './support/observe.ts'
import { machine } from './support/sandbox-deps.ts'
import { sharedClusters, unique } from './support/sandbox.ts'

// What a Transactor writes, and what it must not be able to write, observed with kafkajs's clients.
const { east } = sharedClusters()
const { bootstrap } = east
const signal = AbortSignal.timeout(240_000)
const timestampMs = 1_700_000_000_000n

let cluster: Cluster
let second: Cluster
beforeAll(() => {
  cluster = layer(east)
  second = layer(east)
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
})

const record = (text: string): { key: Buffer; value: Buffer } => ({ key: Buffer.from('k'), value: Buffer.from(text) })
const at = (topic: string, value: number): { topic: string; partition: number; offset: ReturnType<typeof offset> } => ({
  topic,
  partition: 0,
  offset: offset(BigInt(value)),
})

async function endOf(topic: string): Promise<bigint> {
  const end = (await logEnds(cluster, [{ topic, partition: 0 }], { signal })).get(`${topic}/0`)
  if (end === undefined || end instanceof BrokerError) throw new Error('no log end')
  return end.offset
}

it('appends in transactions of its own, and says where', async () => {
  const topic = await createdTopic(bootstrap)
  const transactor = await Transactor.open(cluster, unique('txn'), { signal })
  const to = { topic, partition: 0 }
  const first = await transactor.append(to, [record('one'), record('two')], { signal, timestampMs })
  const next = await transactor.append(to, [record('three')], { signal, timestampMs })
  // Each transaction ends with a marker.
  expect([first, next]).toEqual([{ offset: 0n, appendTimeMs: undefined }, { offset: 3n, appendTimeMs: undefined }]) // prettier-ignore
  const seen = await consumed(bootstrap, topic, 3)
  expect(seen.map((one) => [one.offset, one.value, one.timestamp])).toEqual([
    ['0', 'one', timestampMs.toString()],
    ['1', 'two', timestampMs.toString()],
    ['3', 'three', timestampMs.toString()],
  ])
})

it('tells the append time of a topic that takes it', async () => {
  const topic = await createdTopic(bootstrap, { configs: { 'message.timestamp.type': 'LogAppendTime' } })
  const transactor = await Transactor.open(cluster, unique('txn'), { signal })
  const { appendTimeMs } = await transactor.append({ topic, partition: 0 }, [record('one')], { signal, timestampMs })
  const [seen] = await consumed(bootstrap, topic, 1)
  expect(String(appendTimeMs)).toBe(seen?.timestamp)
})

it('commits the offsets of several groups', async () => {
  const topic = await createdTopic(bootstrap)
  const transactor = await Transactor.open(cluster, unique('txn'), { signal })
  const [one, two] = [unique('group'), unique('group')]
  const commit = async (value: number): Promise<void> => {
    const results = await transactor.commitOffsets(new Map([[one, [at(topic, value)]], [two, [at(topic, value + 1)]]]), { signal }) // prettier-ignore
    expect([...results.values()]).toEqual([undefined, undefined])
  }
  await commit(5)
  await eventually('both are committed', async () => (await committedNow(bootstrap, two, topic)) === '6')
  expect(await committedNow(bootstrap, one, topic)).toBe('5')
  await commit(2)
  await eventually('both went back', async () => (await committedNow(bootstrap, two, topic)) === '3')
})

it('goes on after a call that failed', async () => {
  const topic = await createdTopic(bootstrap)
  const transactor = await Transactor.open(cluster, unique('txn'), { signal })
  const nowhere = { topic: unique('missing'), partition: 0 }
  await expect(transactor.append(nowhere, [record('lost')], { signal, timestampMs })).rejects.toBeInstanceOf(
    BrokerError,
  )
  expect(await transactor.append({ topic, partition: 0 }, [record('kept')], { signal, timestampMs })).toMatchObject({
    offset: 0n,
  })
  expect(await consumed(bootstrap, topic, 1)).toMatchObject([{ value: 'kept' }])
})

describe('a call whose end is not known', () => {
  it.each([
    ['cancelled before its transaction was ended: nothing of it is seen', false, ['first', 'last']],
    ['ended, and the answer lost: it is seen once', true, ['first', 'between', 'last']],
  ])('%s', async (_, wasEnded, expected) => {
    const topic = await createdTopic(bootstrap)
    const to = { topic, partition: 0 }
    await using own = layer(east)
    const transactor = await Transactor.open(own, unique('txn'), { signal })
    await transactor.append(to, [record('first')], { signal, timestampMs })
    const stop = new AbortController()
    const send = own.sendTo.bind(own)
    const spy = vi.spyOn(own, 'sendTo').mockImplementation(async (nodeId, message, request, options) => {
      if (message.name !== endTxn.name) return await send(nodeId, message, request, options)
      if (wasEnded) await send(nodeId, message, request, options)
      stop.abort(new Error('stop'))
      throw new TransportError('no answer', { mayHaveActed: wasEnded })
    })
    const call = transactor.append(to, [record('between')], { signal: stop.signal, timestampMs })
    await expect(call).rejects.toThrow('stop')
    spy.mockRestore()
    await transactor.append(to, [record('last')], { signal, timestampMs })
    expect((await consumed(bootstrap, topic, expected.length)).map(({ value }) => value)).toEqual(expected)
  })
})

describe('a transactor whose id another one has taken over', () => {
  it.each([
    ['at once', false],
    ['after it has written', true],
  ])('is refused, and changes nothing: taken over %s', async (_, hasWritten) => {
    const topic = await createdTopic(bootstrap)
    const [id, group] = [unique('txn'), unique('group')]
    const to = { topic, partition: 0 }
    const first = await Transactor.open(cluster, id, { signal })
    if (hasWritten) {
      await first.append(to, [record('before')], { signal, timestampMs })
      await first.commitOffsets(new Map([[group, [at(topic, 1)]]]), { signal })
      await eventually('the offset is committed', async () => (await committedNow(bootstrap, group, topic)) === '1')
    }
    const before = { end: await endOf(topic), committed: await committedNow(bootstrap, group, topic) }
    const other = await Transactor.open(second, id, { signal })
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(first.append(to, [record('late')], { signal, timestampMs })).rejects.toBeInstanceOf(FencedError)
      await expect(first.commitOffsets(new Map([[group, [at(topic, 9)]]]), { signal })).rejects.toBeInstanceOf(
        FencedError,
      )
    }
    expect({ end: await endOf(topic), committed: await committedNow(bootstrap, group, topic) }).toEqual(before)
    // The fenced one has not taken the id back either.
    await other.append(to, [record('mine')], { signal, timestampMs })
    const values = (await consumed(bootstrap, topic, hasWritten ? 2 : 1)).map(({ value }) => value)
    expect(values).toEqual(hasWritten ? ['before', 'mine'] : ['mine'])
  })
})

describe('the offsets of a group that reads', () => {
  async function refused(topic: string, groupId: string, codes: readonly number[]): Promise<void> {
    const before = await committedNow(bootstrap, groupId, topic)
    const idle = unique('group')
    const transactor = await Transactor.open(cluster, unique('txn'), { signal })
    const results = await transactor.commitOffsets(new Map([[groupId, [at(topic, 1)]], [idle, [at(topic, 1)]]]), { signal }) // prettier-ignore
    expect(codes).toContain(results.get(groupId)?.errorCode)
    expect(results.get(idle)).toBeUndefined()
    await eventually(
      'the other group of the call is committed',
      async () => (await committedNow(bootstrap, idle, topic)) === '1',
    )
    expect(await committedNow(bootstrap, groupId, topic)).toBe(before)
  }

  it('are not changed in a transaction: classic protocol', async () => {
    const topic = await createdTopic(bootstrap)
    const transactor = await Transactor.open(cluster, unique('txn'), { signal })
    await transactor.append({ topic, partition: 0 }, [record('one'), record('two'), record('three')], {
      signal,
      timestampMs,
    })
    const groupId = unique('group')
    const consumer = kafkajsClient(bootstrap).consumer({ groupId, maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async () => { await Promise.resolve() } }) // prettier-ignore
    try {
      await eventually(
        'the consumer has committed',
        async () => Number(await committedNow(bootstrap, groupId, topic)) >= 3,
      )
      await refused(topic, groupId, [Code.unknownMemberId])
    } finally {
      await consumer.disconnect()
    }
  })

  it('are not changed in a transaction: consumer protocol of KIP-848', async () => {
    const topic = await createdTopic(bootstrap)
    const groupId = unique('group')
    const { java, jars } = await resolveKafka(machine(), { report: () => undefined, signal })
    const args = ['--bootstrap-server', bootstrap.join(), '--topic', topic, '--group', groupId, '--command-property', 'group.protocol=consumer'] // prettier-ignore
    const main = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
    const consumer = spawn(java.command, ['-cp', jars.classpath.join(delimiter), main, ...args], { stdio: 'ignore' })
    try {
      await eventually(
        'the group has a member',
        async () =>
          (await listGroups(cluster, { signal })).some(({ group, state }) => group === groupId && state === 'Stable'),
        30_000,
      )
      await refused(topic, groupId, [Code.unknownMemberId, 113])
    } finally {
      consumer.kill('SIGKILL')
    }
  })
})
