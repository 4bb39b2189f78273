import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { georepAtWork, type Georep } from './support/georep.ts'
import { compactSoon, holeOf } from './support/hole-of.ts'
import { compacted } from './support/holes.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { endsOf, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'
import { write } from './support/write.ts'

// What a plan tells of the offsets that compaction has left without a record, and that a mirror has to hide. That too many of them are refused: hidden-in-transactions.test.ts.

const { east, west } = sharedClusters()
let georep: Georep

beforeAll(async () => {
  ;({ georep } = await georepAtWork([east.bootstrap, west.bootstrap]))
})
afterAll(async () => {
  await georep.remove()
})

interface Created {
  readonly outcome: string
  readonly why: string | null
  readonly hidden: {
    readonly offsets: {
      readonly kind: string
      readonly atLeast: string
      readonly atMost: string
      readonly about: string
    }
    readonly bytes: string
    readonly isWhole: boolean
    readonly unknown: readonly unknown[]
  }
}

async function created(topic: string, ...flags: readonly string[]): Promise<Created & { readonly code: number }> {
  const { code, out } = await georep.run('mirror', 'create', topic, '--link', georep.link, '-o', 'json', ...flags)
  const { data } = JSON.parse(out) as { data: { mirrors: readonly Created[] } }
  return { code, ...data.mirrors[0]! }
}

describe('a plan looks at a compacted source', () => {
  it('and tells what will be hidden of one that it takes, as the mirror then has it', async () => {
    const topic = await holeOf(east.bootstrap, 30_000)
    const planned = await created(topic, '--dry-run')
    expect(planned).toMatchObject({
      code: 0,
      outcome: 'planned',
      hidden: { offsets: { kind: 'exact', about: '29999' }, bytes: String(29_999 * 80), isWhole: true, unknown: [] },
    })
    const { code, out } = await georep.run('mirror', 'create', topic, '--link', georep.link, '--dry-run')
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toMatch(/RECORDS +HIDDEN +HIDDEN-BYTES +WHY$/)
    expect(out.split('\n')[1]).toMatch(/ 30002 +29999 +~2\.4 MB$/)
    expect((await created(topic)).outcome).toBe('applied')
    await eventually('the mirror ends where its source does', async () => String(await endsOf(west.bootstrap, topic)) === '30002') // prettier-ignore
    const read = await recordsIn(west.bootstrap, topic, 3)
    expect(read.map(({ offset }) => offset)).toEqual(['0', '30000', '30001'])
  })

  it('of which it sees a part, and estimates the rest', async () => {
    const topic = await createdTopic(east.bootstrap, { configs: { 'cleanup.policy': 'compact' } })
    const [keys, times] = [300, 40]
    // What is left are the records of the last time, at the end, and one of each batch is of a key that comes once.
    for (let time = 0; time < times; time++) {
      await write(east.bootstrap, topic, keys, { valueBytes: 400, prefix: `${time}` })
      await writeOnce(topic, time)
    }
    await compactSoon(east.bootstrap, topic)
    await writeOnce(topic, times)
    await compacted(east.bootstrap, { topic, partition: 0 }, { from: 0, first: keys })
    const { hidden, outcome } = await created(topic, '--dry-run')
    expect(outcome).toBe('planned')
    const gone = keys * (times - 1)
    expect(Number(hidden.offsets.atLeast)).toBeLessThanOrEqual(gone)
    expect(Number(hidden.offsets.atMost)).toBeGreaterThanOrEqual(gone)
    expect(Math.abs(Number(hidden.offsets.about) / gone - 1)).toBeLessThan(0.1)
  })
})

async function writeOnce(topic: string, time: number): Promise<void> {
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  await producer.send({ topic, messages: [{ key: `once ${time}`, value: 'once' }] })
  await producer.disconnect()
}
