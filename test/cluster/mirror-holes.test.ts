import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { georepAtWork, type Georep } from './support/georep.ts'
import { compactSoon, holeOf } from './support/hole-of.ts'
import { compacted } from './support/holes.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { endsOf, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'

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
    // More than it looks at between two places, of which compaction leaves four records of ten in each batch.
    const [batches, inBatch, again] = [1_200, 10, 6]
    await writeBatches(topic, batches, (batch, index) => (index < again ? `again ${index}` : `once ${batch} ${index}`), inBatch) // prettier-ignore
    await compactSoon(east.bootstrap, topic)
    await writeBatches(topic, 1, () => 'last', 1)
    await compacted(east.bootstrap, { topic, partition: 0 }, { from: 0, first: again })
    const { hidden, outcome } = await created(topic, '--dry-run')
    expect(outcome).toBe('planned')
    const gone = again * (batches - 1)
    const { atLeast, atMost, about } = hidden.offsets
    // Less than two thirds of it are certain, and the rest is an estimate.
    expect(Number(atLeast)).toBeLessThan(gone * 0.66)
    expect(Number(atMost)).toBeGreaterThan(gone)
    expect(Math.abs(Number(about) / gone - 1)).toBeLessThan(0.1)
  })
})

/** Batches of records of a kilobyte, one behind the other. */
async function writeBatches(
  topic: string,
  batches: number,
  keyOf: (batch: number, index: number) => string,
  inBatch: number,
): Promise<void> {
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  for (let batch = 0; batch < batches; batch++) {
    const messages = Array.from({ length: inBatch }, (_, index) => ({ key: keyOf(batch, index), value: 'x'.repeat(1_000) })) // prettier-ignore
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
}
