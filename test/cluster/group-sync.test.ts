import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it, afterAll } from 'vitest'
import { BrokerError } from '../../src/kafka/error-codes.ts'
import { syncGroups } from '../../src/links/group-sync.ts'
import { MetadataLimit } from '../../src/links/metadata-limit.ts'
import type { LinkSession } from '../../src/links/session.ts'
import { LinkState } from '../../src/links/state.ts'
import { commit, committedBy } from './support/commits.ts'
import { joinAsStreams } from './support/consumer-protocol.ts'
import { kafkajsClient } from './support/kafkajs-client.ts'
import { TestLink } from './support/link.ts'
import { expectSameRecords } from './support/log-content.ts'
import { createdTopic, eventually, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { inThisProcess } from './support/switch.ts'
import { write } from './support/write.ts'

const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(300_000)
const partitions = 2
const prefix = unique('team')

let topic: string
let link: TestLink
beforeAll(async () => {
  topic = await createdTopic(east.bootstrap, { partitions })
  link = await TestLink.create({ east, west }, { groups: [`${prefix}-*`] })
  await link.mirror(topic)
  await write(east.bootstrap, topic, 20, { partition: 0 })
  await write(east.bootstrap, topic, 20, { partition: 1 })
  await link.run({ groupsInterval: '200ms' })
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
})
afterAll(async () => {
  await link[Symbol.asyncDispose]()
})

const group = (): string => `${prefix}-${unique('g')}`

async function expectCommitted(name: string, offsets: readonly string[]): Promise<void> {
  await eventually(`group "${name}" has ${offsets.join()} on the destination`, async () =>
    (await committedBy(west.bootstrap, name, topic)).join() === offsets.join()) // prettier-ignore
}

/** The link as the command tells of it. */
async function described(): Promise<string> {
  return (await inThisProcess('link', 'describe', link.name, '--config', link.configFile)).out
}

/** Some rounds of the copying have passed. */
async function someRounds(): Promise<void> {
  const marker = group()
  for (const value of [1, 2, 3]) {
    await commit(link.source, marker, topic, [value])
    await expectCommitted(marker, [String(value), '-1'])
  }
}

describe('the offsets of the groups of the link', () => {
  it('are copied as they are, forwards and backwards, and only where something is committed', async () => {
    const [one, two] = [group(), group()]
    await commit(link.source, one, topic, [7, undefined])
    await commit(link.source, two, topic, [0, 20])
    await expectCommitted(one, ['7', '-1'])
    await expectCommitted(two, ['0', '20'])
    await commit(link.source, one, topic, [15, 3])
    await expectCommitted(one, ['15', '3'])
    await commit(link.source, one, topic, [2, 3])
    await expectCommitted(one, ['2', '3'])
  })

  it('are copied of applications of Kafka Streams, whose groups have a protocol of their own, KIP-1071', async () => {
    const name = group()
    await commit(link.source, name, topic, [7, 3])
    const leave = await joinAsStreams(east.bootstrap[0]!, name, topic)
    await expectCommitted(name, ['7', '3'])
    await leave()
    await commit(link.source, name, topic, [9, 4])
    await expectCommitted(name, ['9', '4'])

    // On the destination, too, it may run.
    const leaveThere = await joinAsStreams(west.bootstrap[0]!, name, topic)
    await commit(link.source, name, topic, [11, 5])
    await eventually('it is left alone', async () => (await described()).includes(name))
    expect(await committedBy(west.bootstrap, name, topic)).toEqual(['9', '4'])
    await leaveThere()
    await expectCommitted(name, ['11', '5'])
  })

  it('come with what the client has put beside them, and without it where the destination takes less', async () => {
    const name = group()
    await commit(link.source, name, topic, [7, 3], 'done: 9, "ü"')
    await expectCommitted(name, ['7', '3'])
    const beside = async (): Promise<readonly string[]> => (await withAdmin(west.bootstrap, async (admin) => await admin.fetchOffsets({ groupId: name, topics: [topic] })))[0]?.partitions.map(({ metadata }) => metadata ?? '') ?? [] // prettier-ignore
    expect(await beside()).toEqual(['done: 9, "ü"', 'done: 9, "ü"'])
    await commit(link.source, name, topic, [7, 3], 'done: 9 and 10')
    await eventually('it has changed', async () => (await beside()).join() === 'done: 9 and 10,done: 9 and 10')

    const large = unique('large')
    await commit(link.source, large, topic, [4, undefined], 'x'.repeat(4_096))
    const written: string[] = []
    const commitOffsets: LinkSession['commitOffsets'] = async (groups) => {
      const some = [...groups].map(([one, offsets]) => [one, offsets.map(({ offset, metadata = '' }) => `${offset}${metadata}`).join()] as const) // prettier-ignore
      written.push(...some.map(([, text]) => (text.length > 100 ? 'refused' : text)))
      return await Promise.resolve(new Map(some.map(([one, text]) => [one, text.length > 100 ? new BrokerError('group', 12) : undefined]))) // prettier-ignore
    }
    const state = new LinkState(link.destination)
    await state.refresh({ signal })
    const round = { source: link.source, destination: link.destination, mirrors: state.mirrors(link.name), isCarried: () => true, groups: () => [large], session: { commitOffsets } as unknown as LinkSession, generation: 0, limit: new MetadataLimit({ monotonic: () => 0 }) } // prettier-ignore
    expect(await syncGroups(round, { signal })).toEqual({ committed: [large], active: [], bare: [large], failed: new Map() }) // prettier-ignore
    expect(written).toEqual(['refused', '4'])
    // What was refused is not tried again in each round, neither while the group is elsewhere nor when it is there.
    await syncGroups(round, { signal })
    expect(written).toEqual(['refused', '4', '4'])
    await commit(link.destination, large, topic, [4, undefined])
    expect(await syncGroups(round, { signal })).toEqual({ committed: [], active: [], bare: [large], failed: new Map() })
    expect(written).toEqual(['refused', '4', '4'])
  })

  it('are copied of more groups than go into a transaction', async () => {
    const groups = Array.from({ length: 45 }, group)
    await Promise.all(groups.map(async (name, index) => { await commit(link.source, name, topic, [index % 20]) })) // prettier-ignore
    await withAdmin(west.bootstrap, async (admin) => {
      for (const [index, groupId] of groups.entries()) {
        await eventually(`group "${groupId}" is there`, async () =>
          (await admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions.find(({ partition }) => partition === 0)?.offset === String(index % 20)) // prettier-ignore
      }
    })
  })

  it('are copied for no other group, and for no other topic', async () => {
    const [outside, inside] = [unique('outside'), group()]
    const other = await createdTopic(east.bootstrap)
    await withAdmin(west.bootstrap, async (admin) => { await admin.createTopics({ topics: [{ topic: other, numPartitions: 1 }] }) }) // prettier-ignore
    await commit(link.source, outside, topic, [5, 5])
    await commit(link.source, inside, topic, [5, 5])
    await commit(link.source, inside, other, [5])
    await expectCommitted(inside, ['5', '5'])
    await someRounds()
    expect(await committedBy(west.bootstrap, inside, other)).toEqual(['-1'])
    expect(await committedBy(west.bootstrap, outside, topic)).toEqual(['-1', '-1'])
  })

  it('that are ahead of the mirror are cut to its end, and follow it', async () => {
    const name = group()
    await commit(link.source, name, topic, [30, 5])
    await expectCommitted(name, ['20', '5'])
    await write(east.bootstrap, topic, 5, { partition: 0 })
    await expectCommitted(name, ['25', '5'])
  })

  it('are left alone while the group has members on the destination, and not moved back', async () => {
    const name = group()
    await commit(link.source, name, topic, [3, 3])
    await expectCommitted(name, ['3', '3'])
    const consumer = kafkajsClient(west.bootstrap).consumer({ groupId: name, maxWaitTimeInMs: 50 })
    await consumer.connect()
    try {
      await consumer.subscribe({ topic })
      await consumer.run({ autoCommitInterval: 100, eachMessage: async () => { await Promise.resolve() } }) // prettier-ignore
      await expectCommitted(name, ['25', '20'])
      await commit(link.source, name, topic, [4, 4])
      await someRounds()
      expect(await committedBy(west.bootstrap, name, topic)).toEqual(['25', '20'])
      expect(await described()).toMatch(new RegExp(`^Left alone: +${name} \\(members on the destination, since `, 'm'))
    } finally {
      await consumer.disconnect()
    }
    // With the members gone the group is the source's again.
    await expectCommitted(name, ['4', '4'])
    await eventually('it is named no more', async () => !(await described()).includes('Left alone'))
  })

  it('are those of other groups once the link is altered, and what was copied stays', async () => {
    const [before, after] = [group(), unique('other')]
    await commit(link.source, before, topic, [9, 9])
    await expectCommitted(before, ['9', '9'])
    const argv = ['link', 'alter', link.name, '--config', link.configFile, '--groups']
    const altered = await inThisProcess(...argv, 'other-*')
    expect({ code: altered.code, err: altered.err }).toMatchObject({ code: 0 })
    expect(altered.out).toMatch(/^Change: +copies committed offsets of other-\*$/m)
    expect(altered.out).toMatch(/^Runner: +does so/m)
    // The runner has said that it goes by the new groups.
    await commit(link.source, before, topic, [2, 2])
    await commit(link.source, after, topic, [5, 5])
    await expectCommitted(after, ['5', '5'])
    await commit(link.source, after, topic, [6, 6])
    await expectCommitted(after, ['6', '6'])
    expect(await committedBy(west.bootstrap, before, topic)).toEqual(['9', '9'])
    expect((await inThisProcess(...argv, 'other-*')).out).toMatch(/^Outcome: +unchanged: it has these groups already$/m)
    expect((await inThisProcess(...argv, `${prefix}-*`)).code).toBe(0)
    await expectCommitted(before, ['2', '2'])
  })

  it('are not committed of a group that has left the link in the middle of a round', async () => {
    // None of those that the runner copies meanwhile.
    const name = unique('left')
    await commit(link.source, name, topic, [2, 2])
    const { source, destination } = link
    const written: string[] = []
    const commitOffsets = async (groups: ReadonlyMap<string, unknown>): Promise<ReadonlyMap<string, undefined>> => {
      written.push(...groups.keys())
      return await Promise.resolve(new Map([...groups.keys()].map((one) => [one, undefined])))
    }
    const state = new LinkState(destination)
    await state.refresh({ signal })
    const round = { source, destination, mirrors: state.mirrors(link.name), isCarried: () => true, session: { commitOffsets } as unknown as LinkSession, generation: 0, limit: new MetadataLimit({ monotonic: () => 0 }) } // prettier-ignore
    let asked = 0
    await commit(destination, name, topic, [0, 0])
    expect((await syncGroups({ ...round, groups: () => (asked++ === 0 ? [name] : []) }, { signal })).committed).toEqual(
      [],
    )
    expect(written).toEqual([])
    await syncGroups({ ...round, groups: () => [name] }, { signal })
    expect(written).toEqual([name])
  })

  it('are not touched any more after a failover', async () => {
    const name = group()
    await commit(link.source, name, topic, [6, 6])
    await expectCommitted(name, ['6', '6'])
    await link.failover('all')
    await commit(link.source, name, topic, [8, 8])
    await sleep(1_500) // three rounds of groups, if it took part
    expect(await committedBy(west.bootstrap, name, topic)).toEqual(['6', '6'])
  })
})
