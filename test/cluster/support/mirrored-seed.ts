import { expect } from 'vitest'
import { allOf, anySource, seeded } from './any-source.ts'
import { type Bootstrapped, TestLink } from './link.ts'
import { endsOf, type FullRecord } from './log-content.ts'
import { eventually } from './observe.ts'

/** The seeds that `GEOREP_SEEDS` names, such as 1-200. */
export function seedsFrom(usual: string): readonly number[] {
  const [first = 1, last = first] = (process.env['GEOREP_SEEDS'] ?? usual).split('-').map(Number)
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** What happens to brokers, by the seed. Each resolves when it has been begun, with what makes it good again; with undefined when nothing happens. */
export interface Trouble {
  readonly ofSource: () => Promise<(() => Promise<void>) | undefined>
  readonly ofDestination: () => Promise<(() => Promise<void>) | undefined>
}

/**
 * Makes a topic as the seed has it, mirrors it while runners are killed, and compares it with its mirror by record and by offset, read with kafkajs.
 */
export async function expectMirrored(
  seed: number,
  { east, west }: { readonly east: Bootstrapped; readonly west: Bootstrapped },
  troubleOf?: (random: () => number) => Trouble,
): Promise<void> {
  const random = seeded(seed)
  const source = await anySource(east.bootstrap, random)
  const trouble = troubleOf?.(random)
  const { topic, isCompacted } = source
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  let runner = await link.run()
  for (let round = 0; round < 3; round++) {
    // kafkajs does not get over a transaction whose broker goes: what happens on the source's side happens while nothing is written.
    const mendDestination = await trouble?.ofDestination()
    for (let count = 1 + Math.floor(random() * 6); count > 0; count--) await source.write()
    const mendSource = await trouble?.ofSource()
    if (random() < 0.6) {
      await runner.kill()
      if (mendSource === undefined && random() < 0.5) await source.write()
      runner = await link.run()
    }
    await mendDestination?.()
    await mendSource?.()
  }
  await source.close()
  const ends = await endsOf(east.bootstrap, topic)
  const failure = async (): Promise<string | undefined> => {
    const { state } = await link.view(topic)
    return state.state === 'FAILED' ? state.reason : undefined
  }
  const what = `seed ${seed}, ${source.what}`
  const mirrorEnds = async (): Promise<string> => String(await endsOf(west.bootstrap, topic))
  await eventually(`the mirror ends where its source does (${what})`, async () => {
    expect(await failure(), what).toBeUndefined()
    return (await mirrorEnds()) === String(ends)
  }).catch(async (error: unknown) => {
    throw new Error(`ends ${String(ends)}, and ${await mirrorEnds()} on the mirror; the runner: ${runner.lines.join('; ')}`, { cause: error }) // prettier-ignore
  })
  const [there, here] = await Promise.all([allOf(east.bootstrap, source), allOf(west.bootstrap, source)])
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
