import { createHash, randomBytes } from 'node:crypto'
import { CompressionTypes } from 'kafkajs'
import { expect, it } from 'vitest'
import { TestLink } from './support/link.ts'
import { consoleConsumed, expectSameRecords, kafkaTool, recordsIn, sameEnds } from './support/log-content.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { createdTopic } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'

const { east, west } = sharedClusters()

it('mirrors every record at its source offset', async () => {
  const partitions = 3
  // Its records are years old, and retention is looked after every five minutes.
  const topic = await createdTopic(east.bootstrap, { partitions, configs: { 'retention.ms': '-1' } })
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  const before = await writtenByKafkajs(topic)
  await link.run()
  const after = await writtenByKafkajs(topic)
  const seen = await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  expect(seen).toHaveLength(before + after)
  expect(new Set(seen.map(({ key }) => key === null))).toEqual(new Set([true, false]))
  expect(seen.some(({ value }) => value === null)).toBe(true)
  expect(seen.some(({ headers }) => headers.includes('twice'))).toBe(true)
})

it('mirrors every record at its source offset: as Kafka itself compresses and reads it', async () => {
  const topic = await createdTopic(east.bootstrap, { partitions: 2 })
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await link.run()
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
  const each = 2_000
  await Promise.all(
    codecs.map(async (codec) => {
      const lines = Array.from({ length: each }, (_, index) => `h:${codec}${index}\tk${index}\t${codec} value ${index}`)
      await kafkaTool(
        'org.apache.kafka.tools.ConsoleProducer',
        [
          ...['--bootstrap-server', east.bootstrap.join(), '--topic', topic, '--compression-codec', codec],
          ...['--reader-property', 'parse.key=true', '--reader-property', 'parse.headers=true'],
        ],
        `${lines.join('\n')}\n`,
      )
    }),
  )
  const count = codecs.length * each
  const [there, here] = await Promise.all([
    consoleConsumed(east.bootstrap, topic, count),
    consoleConsumed(west.bootstrap, topic, count),
  ])
  expect(here).toBe(there)
  for (const codec of codecs) expect(here).toContain(`${codec} value ${each - 1}`)
  expect(here.split('\n').filter((line) => line !== '')).toHaveLength(count)
})

it('mirrors every record at its source offset: answers of several megabytes, one after the other, in the same memory', async () => {
  const partitions = 2
  const topic = await createdTopic(east.bootstrap, { partitions })
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  const batches = 40
  const written = new Map<string, string>()
  for (let n = 0; n < batches; n++) {
    for (let partition = 0; partition < partitions; partition++) {
      const value = randomBytes(675_000).toString('base64')
      await producer.send({ topic, messages: [{ partition, value }] })
      written.set(`${partition}/${n}`, hashOf(value))
    }
  }
  await producer.disconnect()
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await link.run()
  await sameEnds(topic, [east.bootstrap, west.bootstrap])
  const seen = await recordsIn(west.bootstrap, topic, batches * partitions)
  expect(new Map(seen.map(({ partition, offset, value }) => [`${partition}/${offset}`, hashOf(value ?? '')]))).toEqual(written) // prettier-ignore
  expect(seen).toHaveLength(batches * partitions)
})

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

/** Batches of one record to many, plain and compressed, with every shape that a record can have. Returns how many records. */
async function writtenByKafkajs(topic: string): Promise<number> {
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  let written = 0
  for (const [round, size] of [1, 2, 10, 300, 3, 1_000].entries()) {
    const messages = Array.from({ length: size }, (_, index) => ({
      key: index % 3 === 0 ? null : `key ${index}`,
      value: index % 7 === 5 ? null : `value ${index} ${'x'.repeat(index % 200)}`,
      timestamp: String(1_600_000_000_000 + 1_000 * written + (index % 5) * 17),
      ...(index % 4 === 0 ? {} : { headers: { source: 'test', empty: '', twice: ['a', 'b'], unicode: 'ü' } }),
    }))
    await producer.send({
      topic,
      messages,
      compression: round % 2 === 0 ? CompressionTypes.None : CompressionTypes.GZIP,
    })
    written += size
  }
  await producer.disconnect()
  return written
}
