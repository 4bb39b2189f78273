import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { act, TestLink } from './support/link.ts'
import { configsOf } from './support/frozen-runner.ts'
import { endsOf, recordsIn } from './support/log-content.ts'
import { createdTopic, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { write } from './support/write.ts'

const { ConfigResourceTypes } = kafkajs
const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(240_000)

interface Refused {
  readonly what: string
  readonly topic: () => Promise<string>
  readonly why: RegExp
}

const cannotBeMirrored: readonly Refused[] = [
  {
    what: 'compacted alone, whose log does not begin at 0',
    topic: async () => {
      const topic = await createdTopic(east.bootstrap, { partitions: 2 })
      await write(east.bootstrap, topic, 5, { partition: 1 })
      await withAdmin(east.bootstrap, async (admin) => {
        await admin.fetchTopicMetadata({ topics: [topic] })
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '3' }] })
        const configEntries = [{ name: 'cleanup.policy', value: 'compact' }]
        await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }] }) // prettier-ignore
      })
      return topic
    },
    why: /does not begin at offset 0 \(partition 1 begins at 3\)/,
  },
]

async function refusal(link: TestLink, topic: string): Promise<readonly string[]> {
  const { target } = link
  await target.state.refresh({ signal })
  const plan = await embeddedEngine.planMirror(target, topic, { signal })
  await expect(embeddedEngine.createMirror(target, plan, act('mirror create'), { signal })).rejects.toMatchObject({
    kind: 'refused',
    code: 'GR-MIRROR-BLOCKED',
  })
  await target.state.refresh({ signal })
  expect(target.state.mirrors(link.name)).toEqual([])
  return plan.blockers
}

describe('a source that cannot be mirrored exactly is refused with the reason', () => {
  it.each(cannotBeMirrored)('$what', async ({ topic: created, why }) => {
    const topic = await created()
    await using link = await TestLink.create({ east, west })
    const blockers = await refusal(link, topic)
    expect(blockers).toHaveLength(1)
    expect(blockers[0]).toMatch(why)
    expect(blockers[0]).toContain(`"${topic}"`)
    expect(await topicsOf(west.bootstrap)).not.toContain(topic)
  })

  it('internal', async () => {
    const topic = '__consumer_offsets'
    await recordsIn(east.bootstrap, await createdTopic(east.bootstrap), 0) // a group makes the topic
    await using link = await TestLink.create({ east, west })
    expect(await refusal(link, topic)).toContain(`"${topic}" is an internal topic`)
  })

  it('that does not exist', async () => {
    const topic = unique('missing')
    await using link = await TestLink.create({ east, west })
    const { target } = link
    await expect(embeddedEngine.planMirror(target, topic, { signal })).rejects.toMatchObject({
      kind: 'refused',
      code: 'GR-TOPIC-MISSING',
      message: `topic "${topic}" does not exist on cluster "${link.source.name}"`,
    })
    expect(await topicsOf(west.bootstrap)).not.toContain(topic)
  })
})

describe('a topic that is there on the destination', () => {
  it('and has records is refused, and stays as it is', async () => {
    const topic = await createdTopic(east.bootstrap)
    await withAdmin(west.bootstrap, async (admin) => { await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }) }) // prettier-ignore
    await write(west.bootstrap, topic, 3)
    const before = [await recordsIn(west.bootstrap, topic, 3), await configsOf(west.bootstrap, topic)]
    await using link = await TestLink.create({ east, west })
    expect(await refusal(link, topic)).toEqual([
      `topic "${topic}" exists on "${link.destination.name}" and is not empty`,
    ])
    expect([await recordsIn(west.bootstrap, topic, 3), await configsOf(west.bootstrap, topic)]).toEqual(before)
  })

  it('and has had records is refused', async () => {
    const topic = await createdTopic(east.bootstrap)
    await withAdmin(west.bootstrap, async (admin) => { await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }) }) // prettier-ignore
    await write(west.bootstrap, topic, 3)
    await withAdmin(west.bootstrap, async (admin) => {
      await admin.fetchTopicMetadata({ topics: [topic] })
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] })
    })
    await using link = await TestLink.create({ east, west })
    expect(await refusal(link, topic)).toHaveLength(1)
  })

  it('and has another number of partitions is refused', async () => {
    const topic = await createdTopic(east.bootstrap, { partitions: 2 })
    await withAdmin(west.bootstrap, async (admin) => { await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] }) }) // prettier-ignore
    await using link = await TestLink.create({ east, west })
    expect(await refusal(link, topic)).toEqual([
      `topic "${topic}" exists on "${link.destination.name}" with 3 partitions, the source has 2`,
    ])
  })

  it('and is empty becomes the mirror', async () => {
    const topic = await createdTopic(east.bootstrap, { configs: { 'retention.ms': '7200000' } })
    await withAdmin(west.bootstrap, async (admin) => { await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }) }) // prettier-ignore
    await using link = await TestLink.create({ east, west })
    await link.mirror(topic)
    expect(await configsOf(west.bootstrap, topic)).toContain('retention.ms=7200000 own')
    expect(await endsOf(west.bootstrap, topic)).toEqual([0])
  })
})

async function topicsOf(bootstrap: readonly string[]): Promise<readonly string[]> {
  return await withAdmin(bootstrap, async (admin) => await admin.listTopics())
}
