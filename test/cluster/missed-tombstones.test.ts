import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { type Bootstrapped, TestLink } from './support/link.ts'
import { endsOf, readByKafkaClient, sameEnds } from './support/log-content.ts'
import { createdTopic, eventually, withAdmin } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'
import { georep } from './support/switch.ts'

// A tombstone that compaction has taken before it was carried: the key stays on the mirror, and that is told. Nothing is told where the source keeps
// tombstones for longer than the mirror stood still, whatever else compaction has taken.

const { ConfigResourceTypes } = kafkajs
const { east, west } = sharedClusters()

interface Missed {
  readonly since: string
  readonly until: string
  readonly keptMs: number
}

async function json<T>(link: TestLink, ...argv: readonly string[]): Promise<T> {
  const { code, out, err } = await georep(link, ...argv, '-o', 'json')
  expect(code, err).toBe(0)
  return (JSON.parse(out) as { data: T }).data
}

interface Described {
  readonly missedTombstones: Missed | null
  readonly syncedAt: string | null
}

async function described(link: TestLink, topic: string): Promise<Described> {
  return await json<Described>(link, 'mirror', 'describe', topic)
}

async function missedOf(link: TestLink, topic: string): Promise<Missed | null> {
  return (await described(link, topic)).missedTombstones
}

/** The source has been asked how long it keeps tombstones since this was called. */
async function asked(link: TestLink, topic: string): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const { syncedAt } = await described(link, topic)
    await eventually('the source is asked', async () => (await described(link, topic)).syncedAt !== syncedAt)
  }
}

const hour = 3_600_000

function configs(keptMs: number): Readonly<Record<string, string>> {
  return { 'cleanup.policy': 'compact', 'segment.ms': '500', 'min.cleanable.dirty.ratio': '0.001', 'delete.retention.ms': String(keptMs) } // prettier-ignore
}

it('is told of a mirror that may have kept a key, until it is rebuilt, and not of one whose source keeps tombstones for longer', async () => {
  const [short, long] = [await createdTopic(east.bootstrap, { configs: configs(1_000) }), await createdTopic(east.bootstrap, { configs: configs(hour) })] // prettier-ignore
  const topics = [short, long]
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  const write = async (key: string, value: string | null): Promise<void> => {
    await producer.sendBatch({ topicMessages: topics.map((topic) => ({ topic, messages: [{ key, value, partition: 0 }] })) }) // prettier-ignore
  }
  const read = async ({ bootstrap }: Bootstrapped): Promise<readonly (readonly string[])[]> => {
    const [seen] = await readByKafkaClient([bootstrap], topics)
    return topics.map((topic) => (seen?.get(topic) ?? []).map(({ key, value }) => `${String(key)}=${String(value)}`))
  }
  const mirrored = async (): Promise<void> => {
    for (const topic of topics) await sameEnds(topic, [east.bootstrap, west.bootstrap])
  }
  try {
    await using link = await TestLink.create({ east, west })
    await write('gone', 'its value')
    await write('stays', '0')
    await link.mirror(...topics)
    const first = await link.run()
    await mirrored()
    await first.kill()

    await write('gone', null)
    await eventually('compaction has taken the tombstone', async () => {
      // Each begins a segment (segment.ms is 500), so that the one before can be compacted.
      for (let index = 0; index < 3; index++) {
        await write('stays', String(index))
        await sleep(600)
      }
      const [ofShort = [], ofLong = []] = await read(east)
      return ofShort.every((one) => !one.startsWith('gone')) && !ofLong.includes('gone=its value') && ofLong.includes('gone=null') // prettier-ignore
    })
    const ends = await endsOf(east.bootstrap, long)
    expect((await read(east))[1]?.length, 'holes of the other topic').toBeLessThan((ends[0] ?? 0) - 1)

    const second = await link.run()
    await mirrored()
    await second.says(`mirror "${short}" may have kept keys that were deleted between`)
    const [ofShort, ofLong] = await read(west)
    expect(ofShort).toContain('gone=its value')
    expect(ofLong).toContain('gone=null')
    let missed: Missed | null = null
    await eventually('it is told', async () => (missed = await missedOf(link, short)) !== null)
    expect(missed).toMatchObject({ keptMs: 1_000 })
    expect(second.lines.filter((line) => line.includes(long) && line.includes('may have kept'))).toEqual([])

    const listed = await georep(link, 'mirror', 'list')
    const told = `${short} may have kept keys that were deleted between `
    expect(listed.out.split('\n').filter((line) => line.includes('may have kept'))).toEqual([expect.stringContaining(told)]) // prettier-ignore
    expect(listed.err).toContain(`mirror rebuild ${short} --link ${link.name} --dry-run`)
    for (const verb of ['lag', 'exposure']) {
      const { err } = await georep(link, verb)
      expect(err.split('\n').filter((line) => line.includes('may have kept')), verb).toEqual([expect.stringContaining(`mirror "${short}" may`)]) // prettier-ignore
    }

    // What is known is not forgotten with the runner.
    await second.kill()
    await link.run()
    await write('stays', 'after')
    await mirrored()
    expect(await missedOf(link, short)).toMatchObject({ keptMs: 1_000 })

    // Otherwise the copy might take longer than that, too.
    const configEntries = Object.entries(configs(hour)).map(([name, value]) => ({ name, value }))
    await withAdmin(east.bootstrap, async (admin) => { await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: short, configEntries }] }) }) // prettier-ignore
    const rebuilt = await georep(link, 'mirror', 'rebuild', short, '--discard', '--confirm', short)
    expect(rebuilt.code, rebuilt.err).toBe(0)
    await mirrored()
    expect((await read(west))[0]).not.toContain('gone=its value')
    await asked(link, short)
    expect([await missedOf(link, short), await missedOf(link, long)]).toEqual([null, null])
    const { record } = await link.view(short)
    expect(Date.parse(record.reversed?.at ?? ''), 'from when on it may miss some').toBeGreaterThan(Date.parse(record.createdAt)) // prettier-ignore
  } finally {
    await producer.disconnect()
  }
}) // prettier-ignore
