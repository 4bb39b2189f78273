import { expect } from 'vitest'
import { type AnySource, anySource, seeded } from './any-source.ts'
import { type Bootstrapped, TestLink } from './link.ts'
import { endsOf, type FullRecord, readByKafkaClient } from './log-content.ts'
import { eventually } from './observe.ts'

/** Topics that share a link, a runner, and what happens to both. */
const inGroup = 8

/** The seeds that `GEOREP_SEEDS` names, such as 1-200, in groups: a group is the same whenever it begins with the same seed and is as large. */
export function seedsFrom(usual: string): readonly (readonly number[])[] {
  const [first = 1, last = first] = (process.env['GEOREP_SEEDS'] ?? usual).split('-').map(Number)
  const groups: number[][] = []
  for (let seed = first; seed <= last; seed += inGroup) {
    groups.push(Array.from({ length: Math.min(inGroup, last + 1 - seed) }, (_, index) => seed + index))
  }
  return groups
}

/** What happens to brokers, by the seed. Each resolves when it has been begun, with what makes it good again; with undefined when nothing happens. */
export interface Trouble {
  readonly ofSource: () => Promise<(() => Promise<void>) | undefined>
  readonly ofDestination: () => Promise<(() => Promise<void>) | undefined>
}

/**
 * Makes a topic of each seed, mirrors them by one link while runners are killed, and compares each with its mirror by record and by offset, read with
 * Kafka's own client. What a topic holds goes by its own seed, what happens meanwhile by the first of them.
 */
export async function expectMirrored(
  seeds: readonly number[],
  { east, west }: { readonly east: Bootstrapped; readonly west: Bootstrapped },
  troubleOf?: (random: () => number) => Trouble,
): Promise<void> {
  const random = seeded(-(seeds[0] ?? 0))
  const all = await Promise.all(
    seeds.map(async (seed) => ({ seed, source: await anySource(east.bootstrap, seeded(seed)) })),
  )
  const trouble = troubleOf?.(random)
  await using link = await TestLink.create({ east, west })
  await link.mirror(...all.map(({ source }) => source.topic))
  let runner = await link.run()
  const write = async (times: number): Promise<void> => {
    await Promise.all(all.map(async ({ source }) => { for (let left = times; left > 0; left--) await source.write() })) // prettier-ignore
  }
  for (let round = 0; round < 3; round++) {
    // kafkajs does not get over a transaction whose broker goes: what happens on the source's side happens while nothing is written.
    const mendDestination = await trouble?.ofDestination()
    await write(1 + Math.floor(random() * 6))
    const mendSource = await trouble?.ofSource()
    if (random() < 0.6) {
      await runner.kill()
      if (mendSource === undefined && random() < 0.5) await write(1)
      runner = await link.run()
    }
    await mendDestination?.()
    await mendSource?.()
  }
  const report = (error: unknown, what: string): never => {
    throw new Error(`${what}; the runner: ${runner.lines.join('; ')}`, { cause: error })
  }
  const whatOf = ({ seed, source }: (typeof all)[number]): string => `seed ${seed} of ${String(seeds)}, ${source.what}`
  for (const one of all) {
    await one.source.close()
    await reached({ east, west, link, what: whatOf(one) }, one.source.topic).catch((error: unknown) => report(error, whatOf(one))) // prettier-ignore
  }
  const topics = all.map(({ source }) => source.topic)
  const [there, here] = await readByKafkaClient([east.bootstrap, west.bootstrap], topics)
  for (const one of all) {
    const { topic } = one.source
    try {
      expectSame(there?.get(topic) ?? [], here?.get(topic) ?? [], one.source, whatOf(one))
    } catch (error) {
      report(error, whatOf(one))
    }
  }
}

/** Waits until the mirror ends where its source does. */
async function reached(
  { east, west, link, what }: { readonly east: Bootstrapped; readonly west: Bootstrapped; readonly link: TestLink; readonly what: string }, // prettier-ignore
  topic: string,
): Promise<void> {
  const ends = String(await endsOf(east.bootstrap, topic))
  const mirrorEnds = async (): Promise<string> => String(await endsOf(west.bootstrap, topic))
  await eventually(`the mirror ends where its source does (${what})`, async () => {
    const { state } = await link.view(topic)
    expect(state.state === 'FAILED' ? state.reason : undefined, what).toBeUndefined()
    return (await mirrorEnds()) === ends
  }).catch(async (error: unknown) => {
    throw new Error(`ends ${ends}, and ${await mirrorEnds()} on the mirror`, { cause: error })
  })
}

function expectSame(
  there: readonly FullRecord[],
  here: readonly FullRecord[],
  { isCompacted }: AnySource,
  what: string,
): void {
  expect(here.length, what).toBeGreaterThan(0)
  if (!isCompacted) {
    expect(here, what).toEqual(there)
    return
  }
  // The two clusters compact at times of their own.
  const [theirs, ours] = [there, here].map(
    (some) => new Map(some.map((one) => [`${one.partition}/${one.offset}`, one])),
  )
  for (const [place, record] of ours!) if (theirs!.has(place)) expect(record, what).toEqual(theirs!.get(place))
  expect(newest(here), what).toEqual(newest(there))
}

/** Of each key the newest record, unless it says that the key is gone: what compaction may not take. */
function newest(records: readonly FullRecord[]): readonly FullRecord[] {
  const found = new Map(records.map((record) => [`${record.partition}/${record.key}`, record]))
  return records.filter((record) => record.value !== null && [...found.values()].includes(record))
}
