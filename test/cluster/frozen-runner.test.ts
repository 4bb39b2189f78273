import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { offset } from '../../src/core/offset.ts'
import { producerStates } from '../../src/kafka/producers.ts'
import type { OffsetToCommit } from '../../src/kafka/txn-commits.ts'
import { FencedError } from '../../src/kafka/held-id.ts'
import { LinkSession } from '../../src/links/session.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { committedBy, Commits } from './support/commits.ts'
import { expectFrozenRunnerChangesNothing } from './support/frozen-runner.ts'
import { act, TestLink } from './support/link.ts'
import { Load } from './support/load.ts'
import { endsOf, expectSameRecords } from './support/log-content.ts'
import { createdTopic, eventually, layer } from './support/observe.ts'
import { ownSandbox, sharedClusters, unique } from './support/sandbox.ts'
import { seededRandom } from './support/seed.ts'

const signal = AbortSignal.timeout(240_000)
const random = seededRandom()
const title =
  'a runner frozen with SIGSTOP before the failover and continued after it changes nothing on the destination: no record, no group offset, no configuration'

it.concurrent(title, async () => {
  const clusters = sharedClusters()
  // Three links, so that three moments are tried: it goes on while its knowledge still counts as fresh, and the brokers have to refuse it.
  const moments = Array.from({ length: 3 }, async () => { await expectFrozenRunnerChangesNothing(clusters, { random }) }) // prettier-ignore
  await Promise.all(moments)
})

describe.concurrent('brokers that forget soon', () => {
  const properties = {
    'producer.id.expiration.ms': '1500',
    'producer.id.expiration.check.interval.ms': '100',
    'transactional.id.expiration.ms': '2000',
    'transaction.remove.expired.transaction.cleanup.interval.ms': '200',
  }
  let sandbox: Sandbox<'east' | 'west'>
  beforeAll(async () => {
    sandbox = await ownSandbox({ west: { properties } })
  })
  afterAll(async () => {
    await sandbox[Symbol.asyncDispose]()
  })

  it(`${title}: after its producer id and its transactional id have expired`, async () => {
    // It goes on as soon as its brokers have forgotten it: nothing refuses it then but its own knowledge of how old it is.
    const whileFrozen = async (topic: string): Promise<void> => {
      await using west = layer(sandbox.clusters.west)
      const both = [0, 1].map((partition) => ({ topic, partition }))
      await eventually('the fence is forgotten', async () =>
        [...(await producerStates(west, both, { signal })).values()].every((found) => Array.isArray(found) && found.length === 0)) // prettier-ignore
      await sleep(1_000)
    }
    await expectFrozenRunnerChangesNothing(sandbox.clusters, { whileFrozen, random })
  })

  it('a session whose transactional id was forgotten commits nothing that was decided before', async () => {
    const { bootstrap } = sandbox.clusters.west
    const topic = await createdTopic(bootstrap)
    const group = unique('group')
    await using link = await TestLink.create(sandbox.clusters)
    const { state } = link.target
    const claim = { ...act('link run'), act: 'link run', link: link.name, kind: 'runner' } as const
    // The first look at a group makes the topic that commits are in: the id, which is forgotten within two seconds, is not to wait for that.
    await committedBy(bootstrap, group, topic)
    await using session = await LinkSession.claim(state, claim, { signal })
    const offsets = (value: bigint): ReadonlyMap<string, readonly OffsetToCommit[]> =>
      new Map([[group, [{ topic, partition: 0, offset: offset(value) }]]])
    const { generation } = session
    expect([...(await session.commitOffsets(offsets(1n), { signal, generation })).values()]).toEqual([undefined])
    await sleep(4_000) // both ids have expired
    // Whoever took the id over meanwhile, and fenced this session by it, would be forgotten as well.
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(session.commitOffsets(offsets(2n), { signal, generation })).rejects.toBeInstanceOf(FencedError)
    }
    expect(await committedBy(bootstrap, group, topic)).toEqual(['1'])
    await session.write(new Map(), { signal })
    expect(session.generation).toBeGreaterThan(generation)
    await session.commitOffsets(offsets(3n), { signal, generation: session.generation })
    await eventually('the new commit is there', async () => (await committedBy(bootstrap, group, topic))[0] === '3')
  })
})

it.concurrent(`${title}: after a restart of the destination's broker`, async () => {
  await using sandbox = await ownSandbox()
  const whileFrozen = async (): Promise<void> => { await sandbox.clusters.west.restart({ signal }) } // prettier-ignore
  await expectFrozenRunnerChangesNothing(sandbox.clusters, { whileFrozen, random })
})

it.concurrent('a failover of one mirror of two leaves the other one to the live runner', async () => {
  const { east, west } = sharedClusters()
  const [failed, kept] = [await createdTopic(east.bootstrap), await createdTopic(east.bootstrap)]
  const group = unique('group')
  await using link = await TestLink.create({ east, west }, { groups: [group] })
  await link.mirror(failed, kept)
  const runner = await link.run({ groupsInterval: '200ms' })
  const load = await Load.start(east.bootstrap, [failed, kept])
  const commits = Commits.start(link.source, group, [failed, kept])
  await eventually('offsets are copied', async () => Number((await committedBy(west.bootstrap, group, failed))[0]) > 3)
  const results = await link.failover([failed])
  const end = await endsOf(west.bootstrap, failed)
  const committed = await committedBy(west.bootstrap, group, failed)
  const keptEnd = (await endsOf(west.bootstrap, kept))[0]!
  expect(results.map(({ topic, outcome }) => [topic, outcome.kind])).toEqual([[failed, 'applied']])
  await sleep(3_000) // the runner takes part in the other mirror, and would in this one
  expect(await endsOf(west.bootstrap, failed)).toEqual(end)
  expect(await committedBy(west.bootstrap, group, failed)).toEqual(committed)
  await eventually('the other one goes on', async () => (await endsOf(west.bootstrap, kept))[0]! > keptEnd + 100)
  await load.stop()
  await commits.stop()
  await expectSameRecords(east.bootstrap, west.bootstrap, kept)
  await eventually('the offset of the kept topic is copied', async () =>
    (await committedBy(west.bootstrap, group, kept))[0] === String(commits.last)) // prettier-ignore
  expect(await committedBy(west.bootstrap, group, failed)).toEqual(committed)
  expect(await runner.stop()).toBe(0)
})
