import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { AutoCreate } from '../../src/engines/embedded/run/auto-create.ts'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { AbortMarkers } from '../../src/kafka/abort-markers.ts'
import { FencedError } from '../../src/kafka/held-id.ts'
import { endTxn } from '../../src/kafka/wire/messages/end-txn.ts'
import type { RequestOf } from '../../src/kafka/wire/message.ts'
import { fetch } from '../../src/kafka/wire/messages/fetch.ts'
import type { LinkSession } from '../../src/links/session.ts'
import { LinkState } from '../../src/links/state.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { withAuthorizer } from './support/authorizer.ts'
import { holeOf } from './support/hole-of.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf, expectSameRecords, recordsIn, sameEnds } from './support/log-content.ts'
import { expectMirrored, seedsFrom } from './support/mirrored-seed.ts'
import { boundOnCluster, forNobody, layerAs, runAsApp } from './support/no-cluster-rights.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'
import { seededRandom } from './support/seed.ts'
import { georep } from './support/switch.ts'
import { TransactionLoad } from './support/transaction-load.ts'
import { abortedWrite, write } from './support/write.ts'

// A destination that grants its runner nothing on the cluster as a whole: offsets that no consumer sees are hidden in transactions, and what consumers see is the
// same as by the other way. More seeds: GEOREP_SEEDS=1-200.

const signal = AbortSignal.timeout(600_000)
const random = seededRandom()
const partitions = 3
let sandbox: Sandbox<'east' | 'west'>
let clusters: Parameters<typeof TestLink.create>[0]
beforeAll(async () => {
  sandbox = await ownSandbox({ west: withAuthorizer })
  const { east, west } = sandbox.clusters
  await boundOnCluster(west)
  clusters = { east, west: runAsApp(west) }
})
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]()
})

it.for(seedsFrom('1-8'))('any source: seeds from %i', async (seeds) => {
  await expectMirrored(seeds, clusters)
})

it('SIGKILL of the runner at a random moment, again and again: every record once, at its offset', async () => {
  const { east, west } = clusters
  const topic = await createdTopic(east.bootstrap, { partitions })
  await using link = await TestLink.create(clusters)
  await link.mirror(topic)
  const load = await TransactionLoad.start(east.bootstrap, topic, partitions)
  let said = ''
  for (let kill = 0; kill < 10; kill++) {
    const runner = await link.run()
    await sleep(500 + random() * 1_000)
    await runner.kill()
    said += runner.lines.join('\n')
  }
  await load.stop()
  const runner = await link.run()
  await sameEnds(topic, [west.bootstrap, east.bootstrap])
  const seen = await recordsIn(west.bootstrap, topic, load.committed)
  expect(seen).toEqual(await recordsIn(east.bootstrap, topic, load.committed))
  expect(seen).toHaveLength(load.committed)
  expect(`${said}\n${runner.lines.join('\n')}`).not.toContain('FAILED')
  expect(said).toContain(
    'hidden in transactions, some hundred a second and partition, and a broker that goes away may fail a mirror: needs Alter',
  )
})

it('that it will be slow is said when there is something to hide, and not before', async () => {
  const { east, west } = clusters
  const topic = await createdTopic(east.bootstrap, { partitions })
  await using link = await TestLink.create(clusters)
  await link.mirror(topic)
  const runner = await link.run()
  await write(east.bootstrap, topic, 30)
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  expect(runner.lines.join('\n')).not.toContain('hidden in transactions')
  await abortedWrite(east.bootstrap, topic, partitions)
  await runner.says('hidden in transactions')
  await sameEnds(topic, [west.bootstrap, east.bootstrap])
  expect(runner.lines.filter((line) => line.includes('hidden in transactions'))).toHaveLength(1)
})

describe('a runner that is frozen while it hides offsets, and goes on after the failover', () => {
  it.concurrent.each([1, 2, 3])('adds no offset behind the fence (%d)', async () => {
    const { east, west } = clusters
    const topic = await createdTopic(east.bootstrap, { partitions })
    await using link = await TestLink.create(clusters)
    await link.mirror(topic)
    const runner = await link.run()
    const load = await TransactionLoad.start(east.bootstrap, topic, partitions)
    try {
      await eventually('offsets are hidden', async () => (await endsOf(west.bootstrap, topic)).every((end) => end > 50))
      await sleep(random() * 500)
      await runner.freeze()
      const results = await link.failover('all')
      expect(results.map(({ outcome }) => outcome.kind)).toEqual(['applied'])
      const ends = await endsOf(west.bootstrap, topic)
      expect(ends).toEqual(results[0]!.ends!.map((end) => Number(end) + 1))
      runner.thaw()
      await runner.says(`mirror "${topic}" is no longer carried`)
      await sleep(2_000)
      expect(await endsOf(west.bootstrap, topic)).toEqual(ends)
      await load.stop()
      const all = await recordsIn(east.bootstrap, topic, load.committed)
      const expected = all.filter(({ partition, offset }) => Number(offset) < ends[partition]! - 1)
      expect(await recordsIn(west.bootstrap, topic, expected.length)).toEqual(expected)
    } finally {
      await load.stop()
    }
  })
})

it('a failover has a transaction that is open end before its fence, and none begins behind it', async () => {
  const { east, west } = clusters
  const topic = await createdTopic(east.bootstrap, { partitions })
  await using link = await TestLink.create(clusters)
  await link.mirror(topic)
  const runner = await link.run()
  const load = await TransactionLoad.start(east.bootstrap, topic, partitions)
  await eventually('offsets are hidden', async () => (await endsOf(west.bootstrap, topic)).every((end) => end > 10))
  await load.stop()
  await runner.kill()
  // In its place one that does not hear of the failover, which comes when its transaction is open.
  await using late = layerAs('app', sandbox.clusters.west, link.destination.name)
  const markers = await AbortMarkers.take(late, `georep-hide-${link.name}`, { signal })
  const before = await endsOf(west.bootstrap, topic)
  const sendTo = late.sendTo.bind(late)
  let ends: readonly number[] = []
  Object.assign(late, {
    sendTo: async (...[nodeId, message, ...more]: Parameters<typeof sendTo>) => {
      if ((message as unknown) === endTxn && ends.length === 0) {
        const [result] = await link.failover('all')
        ends = await endsOf(west.bootstrap, topic)
        expect(ends).toEqual(result!.ends!.map((end) => Number(end) + 1))
      }
      return await sendTo(nodeId, message, ...more)
    },
  })
  const append = async (): Promise<unknown> => {
    const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
    return await markers.append(places, { signal, beforeWrite: () => undefined, onTrouble: () => undefined })
  }
  await expect(append()).rejects.toBeInstanceOf(FencedError)
  expect(ends).toEqual(before.map((end) => end + 2))
  await expect(append()).rejects.toBeInstanceOf(FencedError)
  await sleep(500)
  expect(await endsOf(west.bootstrap, topic)).toEqual(ends)
}) // prettier-ignore

it('a failover of one mirror of two leaves the other one to the live runner', async () => {
  const { east, west } = clusters
  const [failed, kept] = [await createdTopic(east.bootstrap, { partitions }), await createdTopic(east.bootstrap, { partitions })]
  await using link = await TestLink.create(clusters)
  await link.mirror(failed, kept)
  const runner = await link.run()
  const loads = await Promise.all([failed, kept].map(async (topic) => await TransactionLoad.start(east.bootstrap, topic, partitions)))
  await eventually('both are carried', async () => (await endsOf(west.bootstrap, failed))[0]! > 30 && (await endsOf(west.bootstrap, kept))[0]! > 30)
  const [result] = await link.failover([failed])
  const ends = await endsOf(west.bootstrap, failed)
  expect(ends).toEqual(result!.ends!.map((end) => Number(end) + 1))
  const [keptEnd] = await endsOf(west.bootstrap, kept)
  await eventually('the other one goes on', async () => (await endsOf(west.bootstrap, kept))[0]! > keptEnd! + 30)
  await Promise.all(loads.map(async (load) => { await load.stop() }))
  const { committed } = loads[1]!
  expect(await recordsIn(west.bootstrap, kept, committed)).toEqual(await recordsIn(east.bootstrap, kept, committed))
  expect(await endsOf(west.bootstrap, failed)).toEqual(ends)
  expect(runner.lines.join('\n')).not.toContain('FAILED')
  expect(await runner.stop()).toBe(0)
}) // prettier-ignore

it('the way back of a promoted topic, the offset of its fence and all, is carried by a runner without cluster rights, too', async () => {
  const { east, west } = sandbox.clusters
  const topic = await createdTopic(west.bootstrap, { partitions })
  await using link = await TestLink.create({ east: runAsApp(west), west: east })
  await link.mirror(topic)
  const runner = await link.run()
  const first = await TransactionLoad.start(west.bootstrap, topic, partitions)
  await eventually('it is carried', async () => (await endsOf(east.bootstrap, topic)).every((end) => end > 20))
  await first.stop()
  const promoted = await georep(link, 'mirror', 'promote', topic, '--fence', 'none', '--confirm', topic)
  expect(promoted.code, promoted.err).toBe(0)
  expect(await runner.stop()).toBe(0)
  await using back = await link.back()
  const reversed = await georep(link, 'mirror', 'reverse', topic, '--confirm', topic)
  expect(reversed.code, reversed.err).toBe(0)
  const before = await endsOf(west.bootstrap, topic)
  const second = await TransactionLoad.start(east.bootstrap, topic, partitions)
  const carrying = await back.run()
  await eventually('it is carried back', async () => (await endsOf(west.bootstrap, topic)).every((end, partition) => end > before[partition]! + 30)) // prettier-ignore
  await second.stop()
  await sameEnds(topic, [west.bootstrap, east.bootstrap])
  const count = first.committed + second.committed
  expect(await recordsIn(west.bootstrap, topic, count)).toEqual(await recordsIn(east.bootstrap, topic, count))
  expect(carrying.lines.join()).toContain('hidden in transactions')
  expect(carrying.lines.join()).not.toContain('FAILED')
})

it('who may neither is told so before a mirror is made; and a failover goes on without the right, and says so', async () => {
  const { east, west } = sandbox.clusters
  const topic = await createdTopic(east.bootstrap, { partitions })
  await using link = await TestLink.create(clusters)
  await link.mirror(topic)
  const load = await TransactionLoad.start(east.bootstrap, topic, partitions)
  const runner = await link.run()
  await eventually('offsets are hidden', async () => (await endsOf(west.bootstrap, topic)).every((end) => end > 10))
  await load.stop()
  await runner.kill()

  const id = `georep-hide-${link.name}`
  await forNobody(west, id)
  await using app = layerAs('app', west, link.destination.name)
  const plan = await embeddedEngine.planMirror({ ...link.target, destination: app }, topic, { signal })
  expect(plan.blockers.join()).toContain(`which needs Alter on cluster "${link.destination.name}" or, more slowly, Write on transactional id "${id}" there`)

  await using other = layerAs('other', west, link.destination.name)
  const target = { ...link.target, destination: other, state: new LinkState(other) }
  const said: string[] = []
  const failover = await embeddedEngine.planFailover(target, 'all', { signal })
  const by = { ...act('mirror failover'), isUnfenced: false, onProgress: (text: string) => { said.push(text) } }
  const [result] = await embeddedEngine.failover(target, failover, by, { signal })
  expect(result?.outcome.kind).toBe('applied')
  expect(said.join()).toContain(`add an offset that no consumer sees to an opened topic: needs Write on transactional id "${id}"`)
}) // prettier-ignore

it('a hole that its runner would not hide is refused before a mirror is made, with partition, ends and count', async () => {
  const { east, west } = sandbox.clusters
  const count = 350_000
  const topic = await holeOf(east.bootstrap, count, 1)
  await using link = await TestLink.create(clusters)
  await using app = layerAs('app', west, link.destination.name)
  const { blockers } = await embeddedEngine.planMirror({ ...link.target, destination: app }, topic, { signal })
  // As the runner meets it: from behind the batch of the first record up to behind the one in which the last of the key stands.
  expect(blockers).toEqual([
    `partition 1 of "${topic}" has no records at ${count - 100_000} offsets from 100000 up to ${count + 1}: more than 100000 at once are not hidden on a mirror`,
  ])
  // One that matches a pattern is planned again and again, and its log is looked through once, and an hour later.
  let [laterMs, fetches, asked, written] = [0, 0, 0, '']
  const { source, state, link: record } = { ...link.target, state: new LinkState(app) }
  const { topicId } = (await source.metadata([topic], { signal })).topics.get(topic)!
  const sendTo = source.sendTo.bind(source)
  Object.assign(source, {
    sendTo: async (...[nodeId, message, request, ...more]: Parameters<typeof sendTo>) => {
      asked++
      // The link's state on the source is read as well.
      if ((message as unknown) === fetch && (request as RequestOf<typeof fetch>).topics.some((one) => one.topicId === topicId)) fetches++ // prettier-ignore
      return await sendTo(nodeId, message, request, ...more)
    },
  })
  const time = { ...systemTime, monotonic: () => systemTime.monotonic() + laterMs }
  const writeDown = async (records: ReadonlyMap<string, unknown>): Promise<void> => { await Promise.resolve(written += JSON.stringify([...records])) } // prettier-ignore
  const autoCreate = new AutoCreate({ target: { source, destination: app }, session: { state, write: writeDown } as unknown as LinkSession, actor: act('link run').actor, time, onTrouble: () => undefined }) // prettier-ignore
  const patterns = [{ glob: topic, prefix: '', isAutoCreate: true, except: [] }]
  const round = async (
    ms: number,
  ): Promise<{ readonly fetches: number; readonly isAsked: boolean; readonly isTold: boolean }> => {
    ;[laterMs, fetches, asked, written] = [laterMs + ms, 0, 0, '']
    await autoCreate.round({ ...record, patterns }, { signal })
    return { fetches, isAsked: asked > 0, isTold: written.includes('more than 100000 at once are not hidden') }
  }
  const first = await round(0)
  expect(first).toMatchObject({ isAsked: true, isTold: true })
  expect(first.fetches).toBeGreaterThan(0)
  for (const ms of [31_000, 3_000_000]) expect(await round(ms)).toEqual({ fetches: 0, isAsked: true, isTold: true })
  expect((await round(700_000)).fetches).toBeGreaterThan(0)
  // Ordered markers are ten million at once, so that another one takes it.
  await using other = layerAs('other', west, link.destination.name)
  const taken = await embeddedEngine.planMirror({ ...link.target, destination: other }, topic, { signal })
  expect(taken.blockers).toEqual([])
  const known = { atLeast: BigInt(count - 1), atMost: BigInt(count - 1) }
  expect(taken.hidden).toMatchObject({ known, isWhole: true, unknown: [] })
})
