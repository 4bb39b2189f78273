import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { createdTopic, eventually, withAdmin } from './support/observe.ts'
import { georepFor, type Georep } from './support/georep.ts'
import type { Runner } from './support/runner.ts'
import { sharedClusters } from './support/sandbox.ts'

const { east, west } = sharedClusters()
let georep: Georep
let sourceDead: Georep['run']
let runner: Runner | undefined

beforeAll(() => {
  georep = georepFor([east.bootstrap, west.bootstrap])
  sourceDead = georep.withSourceAt('127.0.0.1:1')
})
afterAll(async () => {
  await georep.remove()
})

async function produced(topic: string, timestamps: readonly number[]): Promise<void> {
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  const messages = timestamps.map((at) => ({ value: 'v', partition: 0, timestamp: String(at) }))
  await producer.send({ topic, acks: -1, messages })
  await producer.disconnect()
}

async function endOf(topic: string): Promise<string | undefined> {
  return await withAdmin(west.bootstrap, async (admin) => (await admin.fetchTopicOffsets(topic))[0]?.offset)
}

it('the gate ends with 0 within, 3 over, and 4 where it is not determined', async () => {
  const topic = await createdTopic(east.bootstrap)
  const link = ['--link', georep.link]
  const gate = ['lag', ...link, '--fail-over', '30s', '-o', 'json']
  // Groups of other tests come and go, and are not asked.
  await georep.run('link', 'create', georep.link, '--groups', topic)
  runner = await georep.startRunner()
  expect((await georep.run(...gate)).code).toBe(4) // nothing is mirrored yet
  await produced(topic, [Date.now()])
  await georep.run('mirror', 'create', topic, ...link)
  await eventually('it is mirrored', async () => (await endOf(topic)) === '1')
  expect((await georep.run(...gate)).code).toBe(0)
  expect(await georep.run(...gate, '--topic', 'no-such-*')).toMatchObject({ code: 4, err: expect.stringContaining('nothing matches') as string }) // prettier-ignore
  const created = await georep.run('mirror', 'create', `${topic}*`, ...link, '--no-auto-create')
  expect(created.code, created.err).toBe(0)
  const later = `${topic}-later`
  await withAdmin(east.bootstrap, async (admin) => await admin.createTopics({ topics: [{ topic: later }], waitForLeaders: false })) // prettier-ignore
  await eventually('a topic that matches and is not mirrored is not determined', async () => {
    const { code, err } = await georep.run(...gate)
    return code === 4 && err.includes(`topic ${later} of link ${georep.link}: it is not mirrored`)
  })

  expect((await georep.run('mirror', 'pause', topic, ...link)).code).toBe(0)
  const hour = 3_600_000
  await produced(topic, [Date.now() - hour, Date.now()])
  const over = await georep.run(...gate)
  expect(over).toMatchObject({ code: 3, err: expect.stringContaining(`worst ${topic}/0 of link ${georep.link}`) as string }) // prettier-ignore
  const { data } = JSON.parse(over.out) as { data: { partitions: { lag: string; lagMs: number; method: string }[] } }
  expect(data.partitions).toMatchObject([{ topic, lag: '2', method: 'exact', status: 'PAUSED' }])
  expect(data.partitions[0]?.lagMs).toBeGreaterThanOrEqual(hour)
  // What is over its limit is told together with what is not known.
  expect(over.err).toContain('1 not determined')
  const dead = await sourceDead(...gate)
  expect(dead.code).toBe(4)
  const known = (JSON.parse(dead.out) as { data: { partitions: { status: string; sourceSeen: object }[] } }).data
  expect(known.partitions).toMatchObject([{ status: 'STALE', sourceSeen: { isCurrent: false, ageMs: expect.any(Number) as number } }]) // prettier-ignore

  await runner.kill()
  const both = await georep.run(...gate)
  expect(both).toMatchObject({ code: 3, out: expect.stringContaining('no runner of it was seen to live') as string })
})
