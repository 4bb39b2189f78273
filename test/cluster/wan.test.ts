import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Sandbox, SandboxBroker } from '../../src/sandbox/sandbox.ts'
import { eastAndWest, upSandbox } from '../../src/sandbox/up.ts'
import { TestLink } from './support/link.ts'
import { Load } from './support/load.ts'
import { endsOf, expectSameRecords, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually, onceKnown, withAdmin } from './support/observe.ts'
import type { Runner } from './support/runner.ts'
import { machine, randomId } from './support/sandbox-deps.ts'
import { startOn, Writer } from './support/switch.ts'
import { write } from './support/write.ts'

// Three brokers a side, 80 ms between them: what the engine does when leaders move and brokers freeze, and what a cut is.

const signal = AbortSignal.timeout(600_000)
const partitions = 6
const wan = { roundTripMs: 80, bytesPerSecond: 20_000_000 }
let sandbox: Sandbox<'east' | 'west'>
let topic: string
let link: TestLink
let runner: Runner
beforeAll(async () => {
  const clusters = eastAndWest.map((cluster) => ({ ...cluster, brokers: 3 }))
  const name = `wan-${randomId()}`
  sandbox = await upSandbox({ name, clusters, wan, isOwned: true, report: () => undefined }, machine(), { signal })
  const { east, west } = sandbox.clusters
  topic = await createdTopic(east.bootstrap, { partitions })
  link = await TestLink.create({ east: { bootstrap: east.wanBootstrap }, west })
  await link.mirror(topic)
  runner = await link.run()
}, 180_000)
afterAll(async () => {
  await link[Symbol.asyncDispose]()
  await sandbox[Symbol.asyncDispose]()
})

it('what is made has three replicas: topics, mirrors, the state topic; and brokers ask for two of them in sync', async () => {
  const { east, west } = sandbox.clusters
  expect(await replicasOf(east.bootstrap, topic)).toEqual(Array(partitions).fill(3))
  expect(await replicasOf(west.bootstrap, topic)).toEqual(Array(partitions).fill(3))
  expect(await replicasOf(west.bootstrap, '__georep')).toEqual([3])
  for (const one of [topic, '__georep']) expect(await inSyncOf(west.bootstrap, one)).toBe('2')
})

it('a broker of the destination that is killed under load: every record is there once, at its offset', async () => {
  const { east, west } = sandbox.clusters
  const load = await Load.start(east.bootstrap, [topic], { partitions })
  await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic)).every((end) => end > 20))
  await (await leaderOf('west', topic)).kill({ signal })
  const [before] = await endsOf(east.bootstrap, topic)
  await eventually(
    'records arrive again',
    async () => (await endsOf(west.bootstrap, topic)).every((end) => end > before! + 50),
    60_000,
  )
  await load.stop()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic, { timeoutMs: 40_000 })
  await west.start({ signal })
  expect(await west.state()).toBe('up')
})

it('a broker of the source that is frozen, and one that is killed: mirroring goes on from the others', async () => {
  const { east, west } = sandbox.clusters
  const frozen = await leaderOf('east', topic)
  await frozen.pause({ signal })
  const others = east.bootstrap.filter((_, index) => east.brokers[index] !== frozen)
  await moved(others, topic, frozen.nodeId)
  await arrives(100, others)
  await frozen.resume({ signal })
  await eventually('it is in sync again', async () => (await replicasOf(east.bootstrap, topic, 'isr')).every((count) => count === 3), 40_000) // prettier-ignore
  const killed = await leaderOf('east', topic)
  await killed.kill({ signal })
  await moved(east.bootstrap, topic, killed.nodeId)
  await arrives(100)
  await expectSameRecords(east.bootstrap, west.bootstrap, topic, { timeoutMs: 40_000 })
  await east.start({ signal })
})

it('a cut lets nothing pass and tells nobody, clients inside a region go on, and after it is healed so does the link', async () => {
  const { east, west } = sandbox.clusters
  await eventually('the source answers over the way between the regions', async () => await answers(east.wanBootstrap))
  await sandbox.wan?.cut({ signal })
  expect(await sandbox.wan?.state()).toBe('cut')
  const [process] = (await sandbox.wan?.processes()) ?? []
  expect(execFileSync('ps', ['-o', 'stat=', '-p', String(process?.pid)], { encoding: 'utf8' })).toMatch(/^T/)
  const before = await endsOf(west.bootstrap, topic)
  const load = await Load.start(east.bootstrap, [topic], { partitions })
  await eventually('records are taken in their region', () => Promise.resolve(load.written > 200))
  await load.stop()
  expect(await Promise.all([answers(east.bootstrap), answers(east.wanBootstrap)])).toEqual([true, false])
  expect(await endsOf(west.bootstrap, topic)).toEqual(before)
  await runner.says('the source does not answer', 40_000)
  await sandbox.wan?.heal({ signal })
  await expectSameRecords(east.bootstrap, west.bootstrap, topic, { timeoutMs: 40_000 })
})

it('a planned switch outlives the broker that leads the link’s state, killed while the mirror drains: nothing acknowledged is missing', async () => {
  const { east, west } = sandbox.clusters
  const orders = await createdTopic(east.bootstrap, { partitions: 3 })
  await link.mirror(orders)
  const writer = await Writer.start(east.bootstrap, orders, 3)
  await eventually('records arrive', async () => (await endsOf(west.bootstrap, orders)).every((end) => end > 20))
  // It does not end as long as the source grows.
  const promote = startOn(link, 'mirror', 'promote', orders, '--fence', 'none', '--confirm', orders, '-o', 'json') // prettier-ignore
  await promote.says('draining')
  const killed = await leaderOf('west', '__georep')
  await killed.kill({ signal })
  await moved(west.bootstrap, '__georep', killed.nodeId)
  await moved(west.bootstrap, orders, killed.nodeId)
  const atTheKill = await endsOf(east.bootstrap, orders)
  await eventually('it drains on', async () => (await endsOf(west.bootstrap, orders)).every((end, index) => end > atTheKill[index]!)) // prettier-ignore
  await writer.stop()
  expect(await promote.ended).toMatchObject({ code: 0, err: expect.stringContaining('no record is missing') as string }) // prettier-ignore
  expect((JSON.parse(promote.out) as { data: unknown }).data).toMatchObject({ results: [{ topic: orders, outcome: 'applied', missing: { kind: 'exact', records: '0' } }] }) // prettier-ignore
  const count = (await endsOf(east.bootstrap, orders)).reduce((sum, end) => sum + end, 0)
  const [there, here] = await Promise.all([recordsIn(east.bootstrap, orders, count), recordsIn(west.bootstrap, orders, count)]) // prettier-ignore
  expect(here).toEqual(there)
  const values = new Set(here.map(({ value }) => value))
  expect(writer.acknowledged.filter((value) => !values.has(value))).toEqual([])
  expect(writer.acknowledged.length).toBeGreaterThan(60)
  // Open for writes, with two of three brokers.
  await write(west.bootstrap, orders, 1)
})

/** Whether a broker answers ApiVersions, version 0, on a new connection. */
async function answers([address = '']: readonly string[]): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]) })
  socket.write(Buffer.from('0000000a' + '00120000' + '00000001' + '0000', 'hex'))
  const answered = once(socket, 'data').then(() => true)
  const isAnswered = await Promise.race([answered, sleep(3_000, false)])
  socket.destroy()
  return isAnswered
}

/** Some more records, written in the source's region, come to stand in the mirror. */
async function arrives(count: number, source = sandbox.clusters.east.bootstrap): Promise<void> {
  const { west } = sandbox.clusters
  const load = await Load.start(source, [topic], { partitions })
  await eventually('records are written', () => Promise.resolve(load.written > count), 30_000)
  await load.stop()
  const ends = await endsOf(source, topic)
  await eventually(
    'they are mirrored',
    async () => String(await endsOf(west.bootstrap, topic)) === String(ends),
    40_000,
  )
}

async function leaderOf(cluster: 'east' | 'west', name: string): Promise<SandboxBroker> {
  const { bootstrap, brokers } = sandbox.clusters[cluster]
  const leader = (await partitionsOf(bootstrap, name))[0]?.leader
  const broker = brokers.find(({ nodeId }) => nodeId === leader)
  if (broker === undefined) throw new Error(`no leader among ${brokers.map(({ nodeId }) => nodeId).join()}`)
  return broker
}

async function moved(bootstrap: readonly string[], name: string, from: number): Promise<void> {
  await eventually('others lead', async () => (await partitionsOf(bootstrap, name)).every(({ leader }) => leader !== from && leader >= 0), 30_000) // prettier-ignore
}

async function replicasOf(
  bootstrap: readonly string[],
  name: string,
  which: 'replicas' | 'isr' = 'replicas',
): Promise<readonly number[]> {
  return (await partitionsOf(bootstrap, name)).map((one) => one[which].length)
}

async function partitionsOf(
  bootstrap: readonly string[],
  name: string,
): Promise<readonly { readonly leader: number; readonly replicas: number[]; readonly isr: number[] }[]> {
  return await onceKnown(async () => {
    const { topics } = await withAdmin(bootstrap, async (admin) => await admin.fetchTopicMetadata({ topics: [name] }))
    return topics[0]?.partitions.toSorted((a, b) => a.partitionId - b.partitionId) ?? []
  })
}

async function inSyncOf(bootstrap: readonly string[], name: string): Promise<string | undefined> {
  return await withAdmin(bootstrap, async (admin) => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }],
    })
    return resources[0]?.configEntries.find(({ configName }) => configName === 'min.insync.replicas')?.configValue
  })
}
