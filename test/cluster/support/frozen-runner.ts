import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { expect } from 'vitest'
import { Commits, committedBy } from './commits.ts'
import { TestLink } from './link.ts'
import { Load } from './load.ts'
import { endsOf, type FullRecord, recordsIn } from './log-content.ts'
import { createdTopic, eventually, withAdmin } from './observe.ts'
import { unique } from './sandbox.ts'

interface Bootstrapped {
  readonly bootstrap: readonly string[]
}

/** What of a destination a runner could change, and what is quick to read: the runner is to go on while its knowledge still counts as fresh. */
interface Snapshot {
  readonly ends: readonly number[]
  readonly committed: readonly string[]
  readonly configs: readonly string[]
}

const partitions = 2

/**
 * A runner that is frozen with SIGSTOP in the middle of its work, a failover, and SIGCONT: expects that nothing on the destination changes from the
 * end of the failover on, for more than ten seconds in which the source gets records and commits as before.
 */
export async function expectFrozenRunnerChangesNothing(
  clusters: { readonly east: Bootstrapped; readonly west: Bootstrapped },
  options: {
    /** Takes place between the failover and SIGCONT. */
    readonly whileFrozen?: (topic: string) => Promise<void>
    readonly random: () => number
  },
): Promise<void> {
  const { east, west } = clusters
  const topic = await createdTopic(east.bootstrap, { partitions, configs: { 'retention.ms': '86400000' } })
  const group = unique('group')
  await using link = await TestLink.create(clusters, { groups: [group] })
  await link.mirror(topic)
  const runner = await link.run({ groupsInterval: '100ms' })
  const load = await Load.start(east.bootstrap, [topic], { partitions, everyMs: 5 })
  const commits = Commits.start(link.source, group, [topic])
  try {
    await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic)).every((end) => end > 200))
    await eventually('offsets are copied', async () => Number((await committedBy(west.bootstrap, group, topic))[0]) > 5)
    await sleep(options.random() * 1_000)
    await runner.freeze()
    // What it was doing when it was frozen is complete, or is not; from here on the source has more than it knows.
    await sleep(300)

    const results = await link.failover('all')
    expect(results.map(({ outcome }) => outcome.kind)).toEqual(['applied'])
    await options.whileFrozen?.(topic)
    const before = await snapshot(west.bootstrap, topic, group)
    // The fence takes one hidden offset a partition; what consumers see ends where the failover says.
    expect(before.ends).toEqual(results[0]!.ends!.map((end) => Number(end) + 1))
    runner.thaw()
    const written = load.written
    const committed = commits.last
    await sleep(10_500) // it has read the state again, and its lock has grown old
    // There was something to be done wrong, meanwhile.
    await eventually('records and commits went on', () => Promise.resolve(load.written > written + 500 && commits.last > committed + 50)) // prettier-ignore
    expect(runner.hasEnded).toBe(false)
    await runner.says(`mirror "${topic}" is no longer carried`)
    expect(await snapshot(west.bootstrap, topic, group)).toEqual(before)
    const expected = await firstOfSource(east.bootstrap, topic, before.ends)
    expect(await recordsIn(west.bootstrap, topic, expected.length)).toEqual(expected)
  } finally {
    await load.stop()
    await commits.stop()
  }
}

async function snapshot(bootstrap: readonly string[], topic: string, group: string): Promise<Snapshot> {
  const [ends, committed, configs] = await Promise.all([
    endsOf(bootstrap, topic),
    committedBy(bootstrap, group, topic),
    configsOf(bootstrap, topic),
  ])
  return { ends, committed, configs }
}

/** What the mirror must hold: the source's records before its end. */
async function firstOfSource(
  bootstrap: readonly string[],
  topic: string,
  ends: readonly number[],
): Promise<readonly FullRecord[]> {
  const count = (await endsOf(bootstrap, topic)).reduce((sum, end) => sum + end, 0)
  const all = await recordsIn(bootstrap, topic, count)
  return all.filter(({ partition, offset }) => Number(offset) < (ends[partition] ?? 0) - 1)
}

export async function configsOf(bootstrap: readonly string[], topic: string): Promise<readonly string[]> {
  return await withAdmin(bootstrap, async (admin) => {
    const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }]
    const { resources: found } = await admin.describeConfigs({ resources, includeSynonyms: false })
    return (found[0]?.configEntries ?? [])
      .map(({ configName, configValue, isDefault }) => `${configName}=${configValue} ${isDefault ? 'default' : 'own'}`)
      .toSorted((a, b) => (a < b ? -1 : 1))
  })
}
