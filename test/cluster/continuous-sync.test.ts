import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { actOn, LinkSession } from '../../src/links/session.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf, expectSameRecords, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually, onceKnown, withAdmin } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'
import { stateOf } from './support/state-records.ts'
import { write } from './support/write.ts'

// Settings and partition counts of source topics, brought to their mirrors by a runner at work. What topics have is read with kafkajs.

const { east, west } = sharedClusters()

type Configs = Readonly<Record<string, string>>

/** Settings that the topic has of its own. */
async function configsOf(bootstrap: readonly string[], topic: string): Promise<Configs> {
  return await onceKnown(async () => {
    const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }]
    const found = await withAdmin(bootstrap, async (admin) => await admin.describeConfigs({ resources, includeSynonyms: false })) // prettier-ignore
    const own = found.resources[0]?.configEntries.filter(({ configSource }) => (configSource as number) === 1) ?? []
    return inOrder(Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue])))
  })
}

/** The topic's own settings are these then, and no others. */
async function setConfigs(bootstrap: readonly string[], topic: string, configs: Configs): Promise<void> {
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
  const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }]
  await withAdmin(bootstrap, async (admin) => { await admin.alterConfigs({ validateOnly: false, resources }) }) // prettier-ignore
}

/** All brokers know of them afterwards: to a partition that its metadata does not have kafkajs writes nothing, and does not say so. */
async function grow(bootstrap: readonly string[], topic: string, count: number): Promise<void> {
  await withAdmin(bootstrap, async (admin) => { await admin.createPartitions({ topicPartitions: [{ topic, count }] }) }) // prettier-ignore
  for (const broker of bootstrap) await eventually(`${broker} knows the partitions`, async () => (await partitionsOf([broker], topic)) === count) // prettier-ignore
}

async function partitionsOf(bootstrap: readonly string[], topic: string): Promise<number> {
  return await onceKnown(async () =>
    (await withAdmin(bootstrap, async (admin) => await admin.fetchTopicMetadata({ topics: [topic] }))).topics[0]?.partitions.length ?? 0) // prettier-ignore
}

describe.concurrent('a runner', () => {
  it("brings over changed settings, and takes back what it brought; others are the operator's", async () => {
    const topic = await createdTopic(east.bootstrap, { configs: { 'retention.ms': '7200000', 'max.message.bytes': '500000' } }) // prettier-ignore
    const asMade = { 'compression.type': 'producer', 'max.message.bytes': '104857600', 'message.timestamp.after.max.ms': '9223372036854775807', 'message.timestamp.before.max.ms': '9223372036854775807', 'message.timestamp.type': 'CreateTime' } // prettier-ignore
    await using link = await TestLink.create({ east, west })
    await link.mirror(topic)
    const runner = await link.run()
    expect(await configsOf(west.bootstrap, topic)).toEqual({ ...asMade, 'retention.ms': '7200000' })

    // What would refuse or rewrite mirrored records is put back, be it lowered or taken off.
    await setConfigs(west.bootstrap, topic, { 'compression.type': 'gzip', 'max.message.bytes': '1000', 'retention.ms': '7200000' }) // prettier-ignore
    await eventually('it has what a mirror needs', async () => JSON.stringify(await configsOf(west.bootstrap, topic)) === JSON.stringify(inOrder({ ...asMade, 'retention.ms': '7200000' }))) // prettier-ignore

    // An operator's own, beside a change at the source: set anew, set for the first time, and one that waits until the mirror stops.
    await setConfigs(west.bootstrap, topic, { ...asMade, 'retention.ms': '1', 'segment.ms': '3600000' })
    await setConfigs(east.bootstrap, topic, { 'retention.ms': '3600000', 'retention.bytes': '900000000', 'max.message.bytes': '600000' }) // prettier-ignore
    const after = { ...asMade, 'retention.ms': '3600000', 'retention.bytes': '900000000', 'segment.ms': '3600000' }
    await eventually('settings are as on the source', async () => JSON.stringify(await configsOf(west.bootstrap, topic)) === JSON.stringify(inOrder(after))) // prettier-ignore
    const record = (await stateOf(west.bootstrap, link.name)).get(`mirror/${link.name}/${topic}`)
    expect(record).toMatchObject({
      deferredConfigs: { 'max.message.bytes': '600000' },
      copiedConfigs: { 'retention.ms': '3600000', 'retention.bytes': '900000000' },
    })

    await setConfigs(east.bootstrap, topic, { 'max.message.bytes': '600000', 'retention.bytes': '900000000' })
    const { 'retention.ms': _, ...without } = after
    await eventually('what was brought is taken back', async () => JSON.stringify(await configsOf(west.bootstrap, topic)) === JSON.stringify(inOrder(without))) // prettier-ignore
    await runner.says(`mirror "${topic}" was put right: retention.ms taken back`)
  })

  it('adds partitions to the mirror, every record of them at its offset, while the others go on', async () => {
    const topic = await createdTopic(east.bootstrap)
    await using link = await TestLink.create({ east, west })
    await link.mirror(topic)
    const runner = await link.run()
    await write(east.bootstrap, topic, 10, { prefix: 'before' })
    await grow(east.bootstrap, topic, 3)
    await write(east.bootstrap, topic, 7, { partition: 1, prefix: 'early' })
    await write(east.bootstrap, topic, 5, { partition: 0, prefix: 'beside' })
    await eventually('it has the partitions', async () => (await partitionsOf(west.bootstrap, topic)) === 3)
    await write(east.bootstrap, topic, 4, { partition: 2, prefix: 'late' })
    await expectSameRecords(east.bootstrap, west.bootstrap, topic)
    expect(await endsOf(west.bootstrap, topic)).toEqual([15, 7, 4])
    expect((await stateOf(west.bootstrap, link.name)).get(`mirror/${link.name}/${topic}`)).toMatchObject({ partitions: 3 }) // prettier-ignore
    expect(runner.lines.filter((line) => /no longer carried|FAILED/.test(line))).toEqual([])
    // Each is fenced as the first is.
    expect(await link.failover([topic])).toMatchObject([{ outcome: { kind: 'applied' }, ends: [15n, 7n, 4n] }])
    expect(await recordsIn(west.bootstrap, topic, 26)).toHaveLength(26)
  })

  it('gives way to whoever acts on the link, and what is not mirrored meanwhile counts as lost', async () => {
    const topic = await createdTopic(east.bootstrap)
    await using link = await TestLink.create({ east, west })
    await link.mirror(topic)
    await link.run()
    {
      const signal = AbortSignal.timeout(60_000)
      await using session = await LinkSession.claim(link.target.state, actOn(link.name, act('test')), { signal })
      session.keepRenewed()
      await setConfigs(east.bootstrap, topic, { 'retention.ms': '3600000' })
      await grow(east.bootstrap, topic, 2)
      await write(east.bootstrap, topic, 3, { partition: 1 })
      await sleep(6_500) // one of its rounds
      expect(await configsOf(west.bootstrap, topic)).not.toHaveProperty(['retention.ms'])
      // What is not mirrored yet would be lost, and is counted.
      const { partitions } = await link.view(topic)
      expect(partitions.map(({ loss }) => loss)).toEqual([{ kind: 'exact', records: 0n }, { kind: 'exact', records: 3n }]) // prettier-ignore
    }
    await expectSameRecords(east.bootstrap, west.bootstrap, topic)
    expect(await configsOf(west.bootstrap, topic)).toMatchObject({ 'retention.ms': '3600000' })
  })

  it('finds partitions that were added while it was killed, also one whose log does not begin at 0 any more', async () => {
    const topic = await createdTopic(east.bootstrap)
    await using link = await TestLink.create({ east, west })
    await link.mirror(topic)
    const killed = await link.run()
    await write(east.bootstrap, topic, 3)
    await expectSameRecords(east.bootstrap, west.bootstrap, topic)
    await killed.kill()
    await grow(east.bootstrap, topic, 3)
    await write(east.bootstrap, topic, 6, { partition: 1, prefix: 'trimmed' })
    await write(east.bootstrap, topic, 2, { partition: 2 })
    await withAdmin(east.bootstrap, async (admin) => {
      await admin.fetchTopicOffsets(topic) // or kafkajs knows no leader to ask
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '4' }] })
    })
    await link.run()
    await eventually('all is there', async () => String(await onceKnown(async () => await endsOf(west.bootstrap, topic))) === '3,6,2') // prettier-ignore
    await eventually('it begins where the source does', async () =>
      (await withAdmin(west.bootstrap, async (admin) => await admin.fetchTopicOffsets(topic))).find(({ partition }) => partition === 1)?.low === '4') // prettier-ignore
    expect(await recordsIn(west.bootstrap, topic, 7)).toEqual(await recordsIn(east.bootstrap, topic, 7))
  })

  it('leaves out what the link leaves out, from the next change on', async () => {
    const topic = await createdTopic(east.bootstrap, { configs: { 'retention.ms': '7200000' } })
    await using link = await TestLink.create({ east, west })
    await link.mirror(topic)
    await link.run()
    const { target } = link
    const signal = AbortSignal.timeout(60_000)
    await target.state.refresh({ signal })
    const altered = await embeddedEngine.alterLink(target, { kind: 'syncConfigsExclude', globs: ['retention.*'] }, act('link alter'), { signal }) // prettier-ignore
    expect(altered).toEqual({ outcome: { kind: 'applied' }, runner: 'obeyed' })
    await setConfigs(east.bootstrap, topic, { 'retention.ms': '3600000', 'retention.bytes': '900000000', 'segment.ms': '3600000' }) // prettier-ignore
    await eventually('the other is as on the source', async () => (await configsOf(west.bootstrap, topic))['segment.ms'] === '3600000') // prettier-ignore
    const mirror = await configsOf(west.bootstrap, topic)
    expect(mirror).toMatchObject({ 'retention.ms': '7200000' })
    expect(mirror).not.toHaveProperty(['retention.bytes'])
  })
})

function inOrder(configs: Configs): Configs {
  return Object.fromEntries(Object.entries(configs).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
