import { expect, it } from 'vitest'
import { allOf, anySource, seeded } from './support/any-source.ts'
import { TestLink } from './support/link.ts'
import { endsOf, type FullRecord } from './support/log-content.ts'
import { eventually } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'

// Whatever a topic holds, its mirror shows each record once, at its offset. More seeds: GEOREP_SEEDS=1-200.

const { east, west } = sharedClusters()

const [first = 1, last = first] = (process.env['GEOREP_SEEDS'] ?? '1-4').split('-').map(Number)
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** Of each key the newest record, unless it says that the key is gone: what compaction may not take. */
function newest(records: readonly FullRecord[]): readonly FullRecord[] {
  const found = new Map(records.map((record) => [`${record.partition}/${record.key}`, record]))
  return records.filter((record) => record.value !== null && [...found.values()].includes(record))
}

it.each(seeds)('seed %d', async (seed) => {
  const random = seeded(seed)
  const source = await anySource(east.bootstrap, random)
  const { topic, isCompacted } = source
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  let runner = await link.run()
  for (let round = 0; round < 3; round++) {
    for (let count = 1 + Math.floor(random() * 6); count > 0; count--) await source.write()
    if (random() < 0.6) {
      await runner.kill()
      if (random() < 0.5) await source.write()
      runner = await link.run()
    }
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
})
