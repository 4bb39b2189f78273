import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { georepAtWork, type Georep } from './support/georep.ts'
import { compacted, compactsSoon, fillWithHoles, untilHoles } from './support/holes.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { endsOf, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually, withAdmin } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'
import { write } from './support/write.ts'

// What a plan tells of the offsets that compaction has left without a record, and that a mirror has to hide.

const { ConfigResourceTypes } = kafkajs
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

/** A record, so many offsets of which compaction has left the last, and a record. */
async function holeOf(offsets: number, partition = 0): Promise<string> {
  const topic = await createdTopic(east.bootstrap, { partitions: partition + 1, configs: { 'cleanup.policy': 'compact' } }) // prettier-ignore
  const [place, hole] = [
    { topic, partition },
    { count: 1, offsets },
  ] as const
  await fillWithHoles(east.bootstrap, place, hole)
  await compactSoon(topic)
  await write(east.bootstrap, topic, 1, { partition })
  await untilHoles(east.bootstrap, place, hole)
  return topic
}

async function compactSoon(topic: string): Promise<void> {
  const configEntries = Object.entries(compactsSoon).map(([name, value]) => ({ name, value }))
  await withAdmin(east.bootstrap, async (admin) => { await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }] }) }) // prettier-ignore
  await sleep(1_000) // until the broker goes by it, and the segment is old enough
}

describe('a plan looks at a compacted source', () => {
  it('and refuses it for a hole that its runner would not hide, with partition, ends and count', async () => {
    const count = 10_250_000
    const topic = await holeOf(count, 1)
    const { code, outcome, why, hidden } = await created(topic)
    expect({ code, outcome }).toEqual({ code: 5, outcome: 'refused' })
    // As the runner meets it: from behind the batch of the first record up to behind the one in which the last of the key stands.
    expect(why).toBe(
      `partition 1 of "${topic}" has no records at ${count - 100_000} offsets from 100000 up to ${count + 1}: more than 10000000 at once are not hidden on a mirror`,
    )
    expect(hidden).toMatchObject({ offsets: { kind: 'exact', atLeast: String(count - 1) }, isWhole: true, unknown: [] })
    expect(await withAdmin(west.bootstrap, async (admin) => await admin.listTopics())).not.toContain(topic)
  })

  it('and tells what will be hidden of one that it takes, as the mirror then has it', async () => {
    const topic = await holeOf(30_000)
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
    await compactSoon(topic)
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
