import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { TestLink } from './support/link.ts'
import { endsOf, expectSameRecords, type FullRecord, recordsIn } from './support/log-content.ts'
import { configsOf } from './support/frozen-runner.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'
import { seededRandom } from './support/seed.ts'
import { startOn } from './support/switch.ts'
import { write } from './support/write.ts'

const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(240_000)

function failoverOf(link: TestLink): ReturnType<typeof startOn> {
  return startOn(link, 'mirror', 'failover', '--all', '--confirm', link.name, '--force-while-source-up')
}

interface Stopped {
  readonly state: string
  readonly ends: readonly number[]
}

/** What the link's state says of its mirrors. */
async function storedStates(link: TestLink): Promise<readonly Stopped[]> {
  const { state } = link.target
  await state.refresh({ signal })
  return state.mirrors(link.name).map(({ state: stored }) => ({
    state: stored.state,
    ends: stored.state === 'STOPPED' ? stored.ends.map(Number) : [],
  }))
}

/** The mirror holds the first records of the source, is open for writes, and consumers see nothing of the fence. */
async function expectOpen(topic: string, ends: readonly number[], source: readonly FullRecord[]): Promise<void> {
  const mirrored = source.filter(({ partition, offset }) => Number(offset) < (ends[partition] ?? 0))
  expect(await recordsIn(west.bootstrap, topic, mirrored.length)).toEqual(mirrored)
  for (const partition of ends.keys()) await write(west.bootstrap, topic, 1, { partition, prefix: 'after' })
  const all = await recordsIn(west.bootstrap, topic, mirrored.length + ends.length)
  expect(all).toHaveLength(mirrored.length + ends.length)
  expect(all.filter(({ value }) => value === 'after 0').map(({ partition }) => partition)).toEqual([...ends.keys()])
}

it('an interrupted failover, run again, ends as one that was not: five times killed at random moments', async () => {
  const random = seededRandom()
  const partitions = 2
  const topics = await Promise.all([1, 2, 3].map(async () => await createdTopic(east.bootstrap, { partitions, configs: { 'compression.type': 'gzip' } }))) // prettier-ignore
  await using link = await TestLink.create({ east, west })
  await link.mirror(...topics)
  for (const topic of topics) for (const partition of [0, 1]) await write(east.bootstrap, topic, 50, { partition })
  await link.run()
  const records = new Map<string, readonly FullRecord[]>()
  for (const topic of topics) records.set(topic, await expectSameRecords(east.bootstrap, west.bootstrap, topic))
  const seen: string[] = []
  for (let kill = 0; kill < 5; kill++) {
    const child = failoverOf(link)
    await sleep(250 + random() * 350)
    await child.kill()
    seen.push((await storedStates(link)).map(({ state }) => state).join())
  }
  process.stderr.write(`the states after each kill: ${seen.join(' | ')}\n`)
  expect(await failoverOf(link).ended).toMatchObject({ code: 0 })
  expect(await storedStates(link)).toEqual(topics.map(() => ({ state: 'STOPPED', ends: [50, 50] })))
  for (const topic of topics) {
    expect(await configsOf(west.bootstrap, topic)).toContain('compression.type=gzip own')
    await expectOpen(topic, [50, 50], records.get(topic)!)
  }
})

it('of two operators who fail over at once, one does it and the other is told so', async () => {
  const kinds: string[] = []
  for (let round = 0; round < 3; round++) {
    const topic = await createdTopic(east.bootstrap)
    await using link = await TestLink.create({ east, west })
    await link.mirror(topic)
    await write(east.bootstrap, topic, 10)
    await link.run()
    const source = await expectSameRecords(east.bootstrap, west.bootstrap, topic)
    const both = await Promise.allSettled([link.failover('all'), link.failover('all')])
    const told = both.map((one) =>
      one.status === 'fulfilled' ? one.value.map(({ outcome }) => outcome.kind).join() : codeOf(one.reason),
    )
    kinds.push(told.join())
    expect(told.filter((one) => one === 'applied')).toHaveLength(1)
    // The other one came while it was held, or after it was done.
    expect(['GR-LINK-HELD', 'GR-LINK-TAKEN', 'unchanged']).toContain(told.find((one) => one !== 'applied'))
    expect(await storedStates(link)).toEqual([{ state: 'STOPPED', ends: [10] }])
    await expectOpen(topic, [10], source)
  }
  process.stderr.write(`${kinds.join(' | ')}\n`)
})

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

it('a mirror of large records ends where it ends, without the hidden offset of the fence', async () => {
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  for (let batch = 0; batch < 24; batch++) await write(east.bootstrap, topic, 1, { prefix: String(batch), valueBytes: 900_000 }) // prettier-ignore
  await link.run()
  await eventually('all is mirrored', async () => (await endsOf(west.bootstrap, topic))[0] === 24)
  const [result] = await link.failover('all')
  expect(result).toMatchObject({ outcome: { kind: 'applied' }, ends: [24n], loss: { kind: 'exact', records: 0n } })
  expect(await endsOf(west.bootstrap, topic)).toEqual([25])
})

it('says how many records are lost, those included that the source has taken since the plan', async () => {
  const topic = await createdTopic(east.bootstrap, { partitions: 2 })
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await write(east.bootstrap, topic, 10, { partition: 0 })
  await write(east.bootstrap, topic, 20, { partition: 1 })
  const runner = await link.run()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  await runner.kill()
  await write(east.bootstrap, topic, 7, { partition: 0 })
  await write(east.bootstrap, topic, 1, { partition: 1 })
  const afterPlan = async (): Promise<void> => { await write(east.bootstrap, topic, 3, { partition: 1 }) } // prettier-ignore
  const [result] = await link.failover('all', { afterPlan })
  expect(result).toMatchObject({ ends: [10n, 20n], loss: { kind: 'exact', records: 11n } })
})
