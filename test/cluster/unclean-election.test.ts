import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { kafkajsClient } from './support/kafkajs-client.ts'
import { TestLink } from './support/link.ts'
import { endsOf, expectSameRecords, type FullRecord, recordsIn } from './support/log-content.ts'
import { eventually, onceKnown, withAdmin } from './support/observe.ts'
import { ownSandbox, unique } from './support/sandbox.ts'
import { write } from './support/write.ts'

// A source whose leader is lost while its only follower lags, and that lets the follower lead all the same (unclean.leader.election.enable): what was mirrored and is
// lost there is named, and nothing of what comes in its place is put behind it. Read with kafkajs on both sides.

const signal = AbortSignal.timeout(900_000)
const [good, lost] = [10, 6]
/** What is written when the follower leads: in the place of what is lost, up to behind it. */
const kinds = { idle: 0, fewer: 3, same: lost, more: 15, txn: 15, unlost: 4 } as const
type Kind = keyof typeof kinds
let sandbox: Sandbox<'east' | 'west'>
beforeAll(async () => {
  // A follower that stands still is out of sync soon, not after half a minute.
  sandbox = await ownSandbox({ east: { brokers: 3, properties: { 'replica.lag.time.max.ms': '3000' } } })
})
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]()
})

it('an unclean election is noticed by a runner at work and by one that comes later: records that the source has lost are never mixed with others', async () => {
  const { east, west } = sandbox.clusters
  const [leader, follower] = east.brokers
  const [first, second, third] = east.bootstrap as [string, string, string]
  const topicsOf = (name: string): Readonly<Record<Kind, string>> => Object.fromEntries(Object.keys(kinds).map((kind) => [kind, unique(`${name}-${kind}`)])) as Record<Kind, string> // prettier-ignore
  const [atWork, later] = [topicsOf('work'), topicsOf('later')]
  const all = [atWork, later].flatMap((topics) => Object.entries(topics) as [Kind, string][])
  const replicas = [leader!.nodeId, follower!.nodeId]
  const configEntries = [{ name: 'unclean.leader.election.enable', value: 'true' }, { name: 'min.insync.replicas', value: '1' }] // prettier-ignore
  await withAdmin(east.bootstrap, async (admin) => {
    await admin.createTopics({ topics: all.map(([, topic]) => ({ topic, numPartitions: -1, replicationFactor: -1, replicaAssignment: [{ partition: 0, replicas }], configEntries })) }) // prettier-ignore
  })
  await using one = await TestLink.create({ east, west })
  await using two = await TestLink.create({ east, west })
  await one.mirror(...Object.values(atWork))
  await two.mirror(...Object.values(later))
  for (const [, topic] of all) await write(east.bootstrap, topic, good, { prefix: 'good' })
  const [, early] = [await one.run(), await two.run()]

  await follower!.pause({ signal })
  await eventually('the follower is out of sync', async () => (await isrs()).every((isr) => isr === String(leader!.nodeId)), 60_000) // prettier-ignore
  for (const [kind, topic] of all) {
    if (kind === 'txn') await transaction(topic, lost - 1)
    else if (kind !== 'unlost') await write([first, third], topic, lost, { prefix: 'lost' })
  }
  const before = new Map<string, readonly FullRecord[]>()
  for (const [kind, topic] of all) {
    await eventually(`"${topic}" is mirrored`, async () => String(await endsOf(west.bootstrap, topic)) === String(good + (kind === 'unlost' ? 0 : lost)), 60_000) // prettier-ignore
    before.set(topic, await recordsIn(west.bootstrap, topic, good + (kind === 'unlost' ? 0 : kind === 'txn' ? lost - 1 : lost))) // prettier-ignore
  }
  expect(await early.stop()).toBe(0)

  await leader!.kill({ signal })
  await follower!.resume({ signal })
  await eventually('the follower leads', async () => (await leaders()).every((id) => id === follower!.nodeId), 90_000)
  for (const [kind, topic] of all) {
    expect({ topic, ends: await endsOf([second, third], topic) }).toEqual({ topic, ends: [good] })
    if (kinds[kind] > 0) await write([second, third], topic, kinds[kind], { prefix: 'other' })
  }
  await two.run()

  for (const [link, topics] of [
    [one, atWork],
    [two, later],
  ] as const) {
    for (const [kind, topic] of Object.entries(topics) as [Kind, string][]) {
      if (kind === 'unlost') {
        await expectSameRecords([second, third], west.bootstrap, topic)
        continue
      }
      const shorter = /^the mirror ends at 16, and the source at 1\d: .*the source has lost records$/
      const another =
        /^the source log is not the one that was mirrored: the record at source offset 1[45] is another one$/
      // Which of them comes first depends on the moment; who is at work may see it before anything else is written there.
      const truncated = /^the source log was truncated: its epoch \d+ now ends at 10, and the mirror is at 16$/
      const isShorter = kinds[kind] < lost
      const texts = [truncated, ...(isShorter || link === one ? [shorter] : []), ...(isShorter ? [] : [another])]
      expect(await link.failure(topic)).toMatch(new RegExp(texts.map(({ source }) => source).join('|')))
      expect(await recordsIn(west.bootstrap, topic, before.get(topic)!.length)).toEqual(before.get(topic))
    }
  }

  /** As a broker tells that was never stopped. */
  async function described() {
    return await onceKnown(async () => (await withAdmin([third], async (admin) => await admin.fetchTopicMetadata({ topics: all.map(([, topic]) => topic) }))).topics.flatMap(({ partitions }) => partitions)) // prettier-ignore
  }
  async function isrs(): Promise<readonly string[]> {
    return (await described()).map(({ isr }) => isr.join())
  }
  async function leaders(): Promise<readonly number[]> {
    return (await described()).map((partition) => partition.leader)
  }
  async function transaction(topic: string, count: number): Promise<void> {
    const producer = kafkajsClient([first, third]).producer({ transactionalId: unique('txn'), idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
    await onceKnown(async () => { await producer.connect() }) // prettier-ignore
    try {
      const open = await onceKnown(async () => await producer.transaction())
      await open.send({ topic, messages: Array.from({ length: count }, (_, index) => ({ partition: 0, value: `lost ${index}` })) }) // prettier-ignore
      await open.commit()
    } finally {
      await producer.disconnect()
    }
  }
}, 900_000)
