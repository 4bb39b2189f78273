import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { salvageStore } from '../../src/cli/mirror/salvage-store.ts'
import { systemTime } from '../../src/cli/system-time.ts'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import type { SalvageStore } from '../../src/engines/engine.ts'
import { batchLayout } from '../../src/kafka/records/batch.ts'
import { batchFromStored, bodyOf } from '../../src/kafka/records/record.ts'
import { produce } from '../../src/kafka/wire/messages/produce.ts'
import { expectDocument } from '../support/published.ts'
import { configsOf } from './support/frozen-runner.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf, expectSameRecords, type FullRecord, kafkaTool, recordsIn, sameEnds } from './support/log-content.ts'
import { createdTopic, eventually, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { randomId } from './support/sandbox-deps.ts'
import { signalledAt } from './support/signalled.ts'
import { allow, deniedWriters, georep, startOn } from './support/switch.ts'
import { abortedWrite, write } from './support/write.ts'

// What never arrived, saved in a topic of the cluster that is written to. What is looked for: a record that is lost, doubled or changed there; an old source that
// was deleted before all of it stood there; a topic of somebody else that was appended to.

const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(300_000)
const partitions = 2
const folder = mkdtempSync(join(tmpdir(), 'georep-into-'))
const salvages: string[] = []
afterAll(() => { for (const one of [folder, ...salvages]) rmSync(one, { recursive: true, force: true }) }) // prettier-ignore

/** The name of a topic that is not there; what is beside its records is left in the folder where a command of a test runs, or a process. */
function newSalvage(): string {
  const name = `${unique('orders')}.salvaged`
  salvages.push(join(tmpdir(), name), join(process.cwd(), name))
  return name
}

/** Ten records of a hundred kilobytes each and one that was aborted in each partition, and some that have no key, no value, an empty one, or headers. */
async function writeWhatIsLost(topic: string): Promise<readonly FullRecord[]> {
  const before = await recordsIn(east.bootstrap, topic, 6)
  for (const partition of [0, 1]) await write(east.bootstrap, topic, 10, { prefix: 'never', partition, valueBytes: 100_000 }) // prettier-ignore
  await abortedWrite(east.bootstrap, topic, partitions)
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  const odd = [{ key: null, value: 'no key', timestamp: '1600000000000' }, { key: 'deleted', value: null }, { key: '', value: '' }, { key: 'traced', value: 'x', headers: { trace: 't1', 'georep.offset': '7' } }] // prettier-ignore
  await producer.send({ topic, messages: odd.map((one) => ({ partition: 1, ...one })) })
  await producer.disconnect()
  const all = await recordsIn(east.bootstrap, topic, before.length + 24)
  return all.filter((one) => !before.some(({ partition, offset }) => partition === one.partition && offset === one.offset)) // prettier-ignore
}

/** A topic that has failed over, with what never arrived. */
async function failedOver(link: TestLink, topic: string): Promise<readonly FullRecord[]> {
  await link.mirror(topic)
  await write(east.bootstrap, topic, 6)
  const runner = await link.run()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  await runner.kill()
  const lost = await writeWhatIsLost(topic)
  await link.failover([topic])
  await write(west.bootstrap, topic, 3, { prefix: 'after' })
  return lost
}

/** How they are to stand in the topic: with one header more, one behind the other. */
function asSaved(lost: readonly FullRecord[]): readonly FullRecord[] {
  const next = new Map<number, number>()
  return lost.map((record) => {
    const offset = next.get(record.partition) ?? 0
    next.set(record.partition, offset + 1)
    const headers = JSON.parse(record.headers) as string[][]
    const own = headers.find(([name]) => name === 'georep.offset')
    // kafkajs gives values of headers of one name together.
    const value = own === undefined ? record.offset : `${String(own[1])},${record.offset}`
    const all = [...headers.filter((one) => one !== own), ['georep.offset', value]]
    return { ...record, offset: String(offset), headers: JSON.stringify(all) }
  })
}

async function topicIdOf(link: TestLink, topic: string): Promise<string | undefined> {
  return (await link.source.metadata([topic], { signal })).topics.get(topic)?.topicId
}

/** A restore that ends when it has taken so many records of what is to be saved. */
async function cutAfter(pair: { readonly from: TestLink; readonly onto: TestLink }, topic: string, into: string, records: number): Promise<void> {
  const targets = { from: pair.from.target, onto: pair.onto.target }
  const store = salvageStore(`topic:${into}`, targets.from.destination, { cwd: tmpdir(), newId: randomId, time: systemTime }) // prettier-ignore
  let left = records
  const salvage: SalvageStore = {
    look: async (...asked) => { await store.look(...asked) },
    open: async (...asked) => {
      const { keep, write: writes, read, verified } = await store.open(...asked)
      return {
        ...{ keep, read, verified },
        write: async (partition, all) =>
          await writes(partition, (async function* () {
            for await (const one of all) {
              if (left-- === 0) throw new Error('cut short')
              yield one
            }
          })()),
      }
    },
  }
  const how = { history: 'full', salvage } as const
  const plan = await embeddedEngine.planRestore(targets, [topic], { signal, fence: 'none', ...how })
  const by = { ...act('mirror restore'), sourceFence: { how: 'none' as const }, onProgress: () => undefined, ...how }
  await expect(embeddedEngine.restore(targets, plan, by, { signal })).rejects.toThrow('cut short')
} // prettier-ignore

it('has exactly the records that never arrived, each once wherever it was cut, before the old source goes', async () => {
  const topic = await createdTopic(east.bootstrap, { partitions, configs: { 'max.message.bytes': '2000000' } })
  await using link = await TestLink.create({ east, west })
  await using back = await link.back()
  const lost = await failedOver(link, topic)
  expect(lost).toHaveLength(24)
  const [into, id] = [newSalvage(), await topicIdOf(link, topic)]
  const said = ['--salvage', `topic:${into}`, '--fence', 'none', '--confirm', topic]

  const planned = await georep(link, 'mirror', 'restore', topic, '--dry-run', '-o', 'json', ...said.slice(0, 4))
  expect(JSON.parse(planned.out)).toMatchObject({ data: { salvage: `topic:${into}`, topics: [{ how: 'replace' }] } })
  // In the first partition, and when that stands whole, in the second.
  const ends: string[] = []
  for (const records of [8, 18]) {
    await cutAfter({ from: link, onto: back }, topic, into, records)
    ends.push(String(await endsOf(west.bootstrap, into)))
  }
  expect(ends).toEqual(['6,0', '10,6'])
  expect(await recordsIn(west.bootstrap, into, 16)).toEqual(asSaved(lost).filter(({ partition, offset }) => partition === 0 || Number(offset) < 6)) // prettier-ignore
  expect(await topicIdOf(link, topic)).toBe(id)
  const { name, configFile } = link
  await startOn({ name, configFile, env: signalledAt({ said: 'comparing' }, 'SIGKILL') }, 'mirror', 'restore', topic, ...said).killed() // prettier-ignore
  expect(await topicIdOf(link, topic)).toBe(id)

  const done = await georep(link, 'mirror', 'restore', topic, ...said)
  expect(done.code, done.err).toBe(0)
  expect(await topicIdOf(link, topic)).not.toBe(id)
  expect(await recordsIn(west.bootstrap, into, 24)).toEqual(asSaved(lost))
  const own = (await configsOf(west.bootstrap, into)).filter((one) => one.endsWith(' own'))
  expect(own).toEqual(expect.arrayContaining(['cleanup.policy=delete own', 'retention.ms=-1 own', 'retention.bytes=-1 own', 'message.timestamp.type=CreateTime own'])) // prettier-ignore
  const text = (file: string): string => readFileSync(join(tmpdir(), into, topic, file), 'utf8')
  for (const file of ['manifest.json', 'topic.json', 'offsets.json']) expectDocument(text(file), file)
  expect(JSON.parse(text('manifest.json'))).toMatchObject({ data: { topicId: id, recordsIn: into, verifiedAt: expect.any(String) as string, partitions: [{ records: '10', file: null }, { records: '14' }] } }) // prettier-ignore
  expect(JSON.parse(text('topic.json'))).toMatchObject({ data: { settings: { 'max.message.bytes': '2000000' } } })
  await back.run()
  await sameEnds(topic, [east.bootstrap, west.bootstrap])
  expect(await recordsIn(east.bootstrap, topic, 9)).toEqual(await recordsIn(west.bootstrap, topic, 9))
}) // prettier-ignore

it('a topic that is not this salvage is refused before anything is changed, and so is one for two topics', async () => {
  const topic = await createdTopic(east.bootstrap, { partitions })
  await allow(east.bootstrap, topic, 'app')
  await using link = await TestLink.create({ east, west })
  await using back = await link.back()
  const lost = await failedOver(link, topic)
  const id = await topicIdOf(link, topic)
  const refused = async (into: string, why: string, named: readonly string[] = [topic]): Promise<void> => {
    const confirm = named.length > 1 ? link.name : topic
    const { code, out, err } = await georep(link, 'mirror', 'restore', ...named, '--salvage', `topic:${into}`, '--fence', 'acl', '--confirm', confirm) // prettier-ignore
    expect({ code, out, err }).toEqual({ code: 5, out: '', err: expect.stringContaining('error GR-SALVAGE-TAKEN') as string }) // prettier-ignore
    expect(err).toContain(why)
    expect(await topicIdOf(link, topic)).toBe(id)
    expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
    await back.target.state.refresh({ signal })
    const { target } = back
    await target.state.refresh({ signal })
    expect(target.state.mirrors(back.name)).toEqual([])
  }
  // As georep would make it, but for one setting, for one partition, and for a record.
  const settings = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1', 'compression.type': 'producer', 'message.timestamp.type': 'CreateTime', 'message.timestamp.before.max.ms': '9223372036854775807', 'message.timestamp.after.max.ms': '9223372036854775807', 'max.message.bytes': '104857600', 'min.insync.replicas': '1' } // prettier-ignore
  const aged = await createdTopic(west.bootstrap, { partitions, configs: { ...settings, 'retention.ms': '1000' } })
  await refused(aged, `topic "${aged}" on cluster "${link.destination.name}" has retention.ms=1000, and would be made with -1`) // prettier-ignore
  const narrow = await createdTopic(west.bootstrap, { partitions: 1, configs: settings })
  await refused(narrow, `has 1 partitions, and "${topic}" has 2`)
  const foreign = await createdTopic(west.bootstrap, { partitions, configs: settings })
  await write(west.bootstrap, foreign, 2, { partition: 1 })
  const before = [await recordsIn(west.bootstrap, foreign, 2), await configsOf(west.bootstrap, foreign)]
  await refused(foreign, 'holds at offset 0 of partition 1 what is not saved there')
  expect([await recordsIn(west.bootstrap, foreign, 2), await configsOf(west.bootstrap, foreign)]).toEqual(before)

  const other = await createdTopic(east.bootstrap, { partitions })
  await allow(east.bootstrap, other, 'app')
  await failedOver(link, other)
  const both = newSalvage()
  await refused(both, 'say topic:{topic}.salvaged, or the like', [topic, other])
  expect(await withAdmin(west.bootstrap, async (admin) => await admin.listTopics())).not.toContain(both)
  salvages.push(join(tmpdir(), `${topic}.salvaged`), join(tmpdir(), `${other}.salvaged`))
  const done = await georep(link, 'mirror', 'restore', topic, other, '--salvage', 'topic:{topic}.salvaged', '--fence', 'none', '--confirm', link.name) // prettier-ignore
  expect(done.code, done.err).toBe(0)
  expect(await recordsIn(west.bootstrap, `${topic}.salvaged`, 24)).toEqual(asSaved(lost))
}) // prettier-ignore

it('of a mirror that is rebuilt has what the mirror alone held, beside it', async () => {
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await write(east.bootstrap, topic, 6)
  const runner = await link.run()
  const good = await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  await write(west.bootstrap, topic, 3, { prefix: 'foreign' })
  await write(east.bootstrap, topic, 2, { prefix: 'late' })
  await link.failure(topic)
  await runner.kill()
  const foreign = (await recordsIn(west.bootstrap, topic, 9)).slice(good.length)
  const into = newSalvage()
  const done = await georep(link, 'mirror', 'rebuild', topic, '--salvage', `topic:${into}`, '--confirm', topic)
  expect(done.code, done.err).toBe(0)
  expect(await recordsIn(west.bootstrap, into, foreign.length)).toEqual(asSaved(foreign))
  await link.run()
  await eventually('it is a mirror again', async () => String(await endsOf(west.bootstrap, topic)) === '8')
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
})

/** Appends one record whose only header has this key, which no client of a test can send. */
async function writeWithHeaderKey(link: TestLink, topic: string, key: Buffer): Promise<void> {
  const body = bodyOf({ key: null, value: Buffer.from('odd'), headers: [{ key, value: null }] })
  const records = batchFromStored([{ offset: 0n, timestampMs: BigInt(Date.now()), body }], { compression: 'gzip' })
  const { leader } = (await link.source.metadata([topic], { signal })).topics.get(topic)!.partitions[0]!
  const topics = [{ name: topic, partitions: [{ partition: 0, records }] }]
  const answer = await link.source.sendTo(leader, produce, { transactionalId: null, acks: -1, timeoutMs: 10_000, topics }, { signal }) // prettier-ignore
  expect(answer.topics[0]?.partitions[0]?.error).toBe(0)
}

/** The records of all batches of a topic's one partition, as they lie on the broker's disk: clients make text of what is none. */
async function onDisk(topic: string): Promise<readonly Buffer[]> {
  const args = ['--bootstrap-server', west.bootstrap.join(), '--describe', '--topic-list', topic]
  const text = await kafkaTool('org.apache.kafka.tools.LogDirsCommand', args)
  const told = JSON.parse(text.slice(text.indexOf('{'))) as { brokers: [{ logDirs: [{ logDir: string }] }] }
  const log = readFileSync(join(told.brokers[0].logDirs[0].logDir, `${topic}-0`, '00000000000000000000.log'))
  const batches: Buffer[] = []
  for (let at = 0; at < log.length;) {
    const end = at + batchLayout.leaderEpoch + log.readInt32BE(at + batchLayout.batchLength)
    batches.push(gunzipSync(log.subarray(at + batchLayout.records, end)))
    at = end
  }
  return batches
}

it('has keys of headers that are not UTF-8 byte for byte', async () => {
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await using _back = await link.back()
  await link.mirror(topic)
  await link.failover([topic])
  const keys = [Buffer.from([0x61, 0xff]), Buffer.from([0x61, 0xfe])]
  for (const key of keys) await writeWithHeaderKey(link, topic, key)
  const [into, files] = [newSalvage(), join(folder, 'odd')]
  const { name, configFile } = link
  const said = ['--fence', 'none', '--confirm', topic]
  await startOn({ name, configFile, env: signalledAt({ said: 'comparing' }, 'SIGKILL') }, 'mirror', 'restore', topic, '--salvage', files, ...said).killed() // prettier-ignore
  const lines = readFileSync(join(files, topic, 'partition-0.jsonl'), 'utf8').split('\n').slice(0, -1)
  expect(lines.map((line) => (JSON.parse(line) as { headers: unknown }).headers)).toEqual(keys.map((key) => [{ key: null, keyBase64: key.toString('base64'), value: null }])) // prettier-ignore

  const done = await georep(link, 'mirror', 'restore', topic, '--salvage', `topic:${into}`, ...said)
  expect(done.code, done.err).toBe(0)
  const saved = Buffer.concat(await onDisk(into))
  // Length, key, and no value.
  for (const key of keys) expect(saved.includes(Buffer.concat([Buffer.from([4]), key, Buffer.from([1])]))).toBe(true)
}) // prettier-ignore
