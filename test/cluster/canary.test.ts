import { afterAll, afterEach, expect, it } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { readSlots, sequenceBreaks } from '../../src/core/canary-reads.ts'
import { canaryFromBytes } from '../../src/core/canary-record.ts'
import { isAcknowledged, ledgerCounts, type LedgerEntry } from '../../src/core/ledger.ts'
import { rpoFrom } from '../../src/core/rpo.ts'
import { drainCanary } from '../../src/drill/canary-reader.ts'
import { openKafkaSender } from '../../src/drill/canary-sender.ts'
import { CanaryWriter } from '../../src/drill/canary-writer.ts'
import { detectLoss } from '../../src/drill/detector.ts'
import { type GroupReader, openGroupReader } from '../../src/drill/group-reader.ts'
import { Cluster } from '../../src/kafka/cluster.ts'
import { readRange } from '../../src/kafka/read.ts'
import type { ClusterSettings } from '../../src/kafka/settings.ts'
import { upSandbox } from '../../src/sandbox/up.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import {
  committedOf,
  endOffsets,
  membersOf,
  newTopic,
  pass,
  readAll,
  recordsIn,
  until,
} from './support/canary-observer.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { machine, randomId } from './support/sandbox-deps.ts'

// What is looked for, and read back with kafkajs alone:
// 1. a record that the ledger says is acknowledged and that the log does not hold at that offset;
// 2. a record that the ledger says was not written and that the log holds;
// 3. a slot that was skipped; 4. a stop that hangs, or sockets that stay, when the broker is dead or silent.

const signal = AbortSignal.timeout(240_000)
const partitions = [0, 1, 2]
/** Longer than any stop takes, and shorter than every time-out of a client that waits for a dead broker. */
const stopMs = 10_000
const writers: CanaryWriter[] = []
const readers: GroupReader[] = []

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.abandon()
  for (const writer of writers.splice(0)) await writer.stop({ timeoutMs: 100 })
})

it('every acknowledged record is in the log, at the offset of the ledger, and every slot was used', async () => {
  const { bootstrap } = sharedClusters().east
  const topic = await newTopic(bootstrap, partitions.length)
  const writer = await openWriter(bootstrap, topic)
  writer.resume()
  await pass(2_000)
  await writer.pause({ signal })
  const entries = writer.ledger()
  expectEverySlot(entries)
  expect(entries.filter((entry) => !isAcknowledged(entry))).toEqual([])
  expect(entries.length).toBeGreaterThan(3 * 35)
  await expectAgreement(bootstrap, topic, writer)
  const before = await recordsIn(bootstrap, topic)
  await writer.writeExactly(25, { signal })
  expect((await recordsIn(bootstrap, topic)) - before).toBe(25)
})

it('a record that the broker refuses has failed', async () => {
  const { bootstrap } = sharedClusters().east
  const topic = await newTopic(bootstrap, partitions.length, [{ name: 'max.message.bytes', value: '60' }])
  const writer = await openWriter(bootstrap, topic)
  writer.resume()
  await pass(300)
  await writer.pause({ signal })
  const outcomes = new Set(writer.ledger().map(({ outcome }) => JSON.stringify(outcome)))
  expect([...outcomes]).toEqual(['{"kind":"fail","why":"refused: MESSAGE_TOO_LARGE"}'])
  expect(await recordsIn(bootstrap, topic)).toBe(0)
})

it('a broker killed with SIGKILL: outcomes are right, the schedule goes on, and the writer stops at once', async () => {
  const { east } = await ownCluster()
  const topic = await newTopic(east.bootstrap, partitions.length)
  const socketsBefore = openSockets()
  const writer = await openWriter(east.bootstrap, topic)
  const probing = await openWriter(east.bootstrap, topic)
  const detecting = detectLoss({
    probe: async () => {
      await probing.writeExactly(1, { signal })
    },
    probeEveryMs: 250,
    failuresNeeded: 3,
    time: systemTime,
    signal,
  })
  writer.resume()
  await pass(1_500)
  const killed = await east.kill({ signal })
  const { lostAt } = await detecting
  expect(lostAt).toBeGreaterThan(killed.fromMs)
  await pass(2_500)
  await until('no send is under way but those of now', () => writer.ledger().slice(0, -40).every(({ outcome }) => outcome.kind !== 'pending')) // prettier-ignore
  const entries = writer.ledger()
  expectEverySlot(entries)
  // What was scheduled once it was dead was not acknowledged, and once a send is known not to have left, each later one is.
  const acknowledged = entries.filter(isAcknowledged)
  expect(acknowledged.length).toBeGreaterThan(50)
  expect(acknowledged.filter(({ scheduledAt }) => scheduledAt > killed.toMs)).toEqual([])
  const settled = entries.slice(0, -40)
  for (const partition of partitions) {
    const kinds = settled.filter((one) => one.partition === partition).map(({ outcome }) => outcome.kind)
    expect(new Set(kinds.slice(kinds.indexOf('fail')))).toEqual(new Set(['fail']))
  }
  expect(ledgerCounts(settled).fail).toBeGreaterThan(60)
  expect(entries.at(-40)?.outcome).toMatchObject({ kind: 'fail', why: expect.stringMatching(/^not sent: /) as string })
  await expectQuickStop(writer)
  await expectQuickStop(probing)
  await until('the sockets are closed', () => openSockets() <= socketsBefore)

  await east.restart({ signal })
  await expectAgreement(east.bootstrap, topic, writer)
})

it('a broker stopped with SIGSTOP: sends are unknown, and acknowledged after all when it goes on', async () => {
  const { east } = await ownCluster()
  const topic = await newTopic(east.bootstrap, partitions.length)
  const socketsBefore = openSockets()
  const writer = await openWriter(east.bootstrap, topic, { sendTimeoutMs: 1_000 })
  writer.resume()
  await pass(500)
  const paused = await east.pause({ signal })
  await pass(2_000)
  const during = writer.ledger()
  const overdue = during.filter(({ scheduledAt }) => scheduledAt > paused.toMs && scheduledAt < paused.toMs + 800)
  expect(overdue.length).toBeGreaterThan(20)
  expect(new Set(overdue.map(({ outcome }) => outcome.kind))).toEqual(new Set(['unknown']))
  await east.resume({ signal })
  const late = (): readonly LedgerEntry[] => writer.ledger().filter(({ partition, seq }) => overdue.some((one) => one.partition === partition && one.seq === seq)) // prettier-ignore
  await until('what was late is acknowledged', () => late().every(({ outcome }) => outcome.kind === 'ok'))
  await until('the canary goes on', () => writer.ledger().at(-40)?.outcome.kind === 'ok')
  expect(late()).toHaveLength(overdue.length)
  expectEverySlot(writer.ledger())

  // And stopped for good: no answer will come.
  await east.pause({ signal })
  await pass(300)
  await expectQuickStop(writer)
  await until('the sockets are closed', () => openSockets() <= socketsBefore)
  expect(writer.ledger().some(({ outcome }) => outcome.kind === 'pending')).toBe(false)
  await east.resume({ signal })
  await pass(300)
  await expectAgreement(east.bootstrap, topic, writer)
})

it('a record that could not be sent in time is not sent later', async () => {
  const { east } = await ownCluster()
  const topic = await newTopic(east.bootstrap, partitions.length)
  const writer = await openWriter(east.bootstrap, topic, { sendTimeoutMs: 500 })
  // Connected, but the metadata of the topic is not loaded: nothing gets as far as a request.
  await east.pause({ signal })
  writer.resume()
  await pass(1_500)
  const during = writer.ledger()
  expect(during[0]?.outcome).toEqual({ kind: 'fail', why: 'not sent: no answer within 500 ms' })
  await east.resume({ signal })
  await until('the canary goes on', () => writer.ledger().at(-40)?.outcome.kind === 'ok')
  await writer.pause({ signal })
  expectEverySlot(writer.ledger())
  expect(ledgerCounts(writer.ledger()).fail).toBeGreaterThan(30)
  await expectAgreement(east.bootstrap, topic, writer)
})

it('a group member reads the canary once, commits, and its successor goes on where it stopped', async () => {
  const { bootstrap } = sharedClusters().east
  const topic = await newTopic(bootstrap, partitions.length)
  const group = unique('group')
  const writer = await openWriter(bootstrap, topic)
  writer.resume()
  const first = await openReader(bootstrap, topic, group)
  await pass(1_500)
  await first.stop({ timeoutMs: 5_000 })
  const committed = await committedOf(bootstrap, topic, group)
  expect(committed).toEqual(first.committed())
  expect(await membersOf(bootstrap, group)).toBe(0)

  const second = await openReader(bootstrap, topic, group)
  await pass(800)
  await writer.pause({ signal })
  await pass(500)
  const wasWritten = (): boolean => true
  const both = [...first.reads(), ...second.reads()]
  const breaks = sequenceBreaks(both, writer.runId, wasWritten)
  expect(breaks.gaps).toEqual([])
  expect(breaks.repeats).toEqual([])
  expect(both.length).toBe(writer.ledger().length)
  expect(readSlots(writer.ledger(), both).every(({ doneAt }) => doneAt !== undefined)).toBe(true)

  second.abandon()
  await pass(300)
  expect(await membersOf(bootstrap, group)).toBe(1)
})

it('a group member whose cluster is killed stops at once', async () => {
  const { east } = await ownCluster()
  const topic = await newTopic(east.bootstrap, partitions.length)
  const socketsBefore = openSockets()
  const reader = await openReader(east.bootstrap, topic, unique('group'))
  await east.kill({ signal })
  await pass(1_500)
  const from = performance.now()
  await reader.stop({ timeoutMs: 1_000 })
  expect(performance.now() - from).toBeLessThan(stopMs)
  await pass(1_500)
  await until('the sockets are closed', () => openSockets() <= socketsBefore)
})

it('draining a topic finds every record, and a record that is cut off is lost', async () => {
  const { bootstrap } = sharedClusters().east
  const topic = await newTopic(bootstrap, partitions.length)
  const writer = await openWriter(bootstrap, topic)
  await writer.writeExactly(60, { signal })
  const source = settingsOf(bootstrap)
  await using cluster = new Cluster(source, { wait: systemTime.wait })
  const drain = async (missing: bigint): ReturnType<typeof drainCanary> =>
    await drainCanary({
      topic,
      partitions,
      runId: writer.runId,
      otherRunIds: [],
      logRange: async (_topic, partition) => {
        const offsets = await endOffsets(bootstrap, topic)
        return { start: 0n, end: offsets.get(partition)! - (partition === 1 ? missing : 0n) }
      },
      readRange: (name, partition, range, options) => readRange(cluster, { topic: name, partition }, range, options),
      timeoutMs: 10_000,
      signal,
    })
  const marks = { t0: performance.now(), injectionUncertaintyMs: 0, everyMs: 50 }
  const whole = rpoFrom(writer.ledger(), await drain(0n), marks)
  expect([whole.records.value, whole.acknowledged, whole.misplaced.length, whole.foreign]).toEqual([0, 60, 0, 0])
  const cut = rpoFrom(writer.ledger(), await drain(7n), marks)
  expect(cut.records.value).toBe(7)
  expect(cut.perPartition.map(({ lost }) => lost.length)).toEqual([0, 7, 0])
})

it('a cluster that is not there is reported, and leaves nothing behind', async () => {
  const socketsBefore = openSockets()
  const from = performance.now()
  await expect(openWriter(['127.0.0.1:1'], 'any')).rejects.toMatchObject({ kind: 'unreachable' })
  await expect(openReader(['127.0.0.1:1'], 'any', 'any', 1_000)).rejects.toMatchObject({
    kind: 'timedOut',
    stateNow: expect.stringContaining('ECONNREFUSED') as string,
  })
  expect(performance.now() - from).toBeLessThan(stopMs)
  await until('the sockets are closed', () => openSockets() <= socketsBefore)
})

let own: Sandbox<'east'> | undefined
afterAll(async () => {
  await own?.[Symbol.asyncDispose]()
})

/** One cluster for the tests that kill or freeze it; each finds it at work, however the one before has left it. */
async function ownCluster(): Promise<Sandbox<'east'>['clusters']> {
  const within = { signal: AbortSignal.timeout(90_000) }
  own ??= await upSandbox(
    { name: `canary-${randomId()}`, clusters: [{ name: 'east', region: 'us-east-1' }], isOwned: true, report: () => undefined }, // prettier-ignore
    machine(),
    within,
  )
  if ((await own.clusters.east.state()) !== 'up') await own.clusters.east.start(within)
  return own.clusters
}

function settingsOf(bootstrap: readonly string[]): ClusterSettings {
  return { name: 'east', bootstrap, region: undefined, tls: undefined, sasl: undefined }
}

async function openWriter(
  bootstrap: readonly string[],
  topic: string,
  options: { readonly sendTimeoutMs?: number } = {},
): Promise<CanaryWriter> {
  const { now, wait } = systemTime
  const sender = await openKafkaSender(settingsOf(bootstrap), { topic, clientId: 'canary', now, wait })
  const writer = new CanaryWriter({ sender, runId: randomId(), partitions, everyMs: 50, time: systemTime, ...options })
  writers.push(writer)
  return writer
}

async function openReader(
  bootstrap: readonly string[],
  topic: string,
  group: string,
  joinTimeoutMs = 20_000,
): Promise<GroupReader> {
  const reader = await openGroupReader({
    settings: settingsOf(bootstrap),
    topic,
    group,
    clientId: 'canary',
    commitEveryMs: 200,
    joinTimeoutMs,
    time: systemTime,
    signal,
  })
  readers.push(reader)
  return reader
}

/** Per partition no hole in the sequence, and the slots 50 ms apart while the writer ran. */
function expectEverySlot(entries: readonly LedgerEntry[]): void {
  for (const partition of partitions) {
    const own = entries.filter((entry) => entry.partition === partition)
    expect(own.map(({ seq }) => seq)).toEqual(own.map((_, index) => index))
    const steps = own.slice(1).map(({ scheduledAt }, index) => Math.round(scheduledAt - own[index]!.scheduledAt))
    expect(new Set(steps)).toEqual(new Set([50]))
  }
}

async function expectQuickStop(writer: CanaryWriter): Promise<void> {
  const from = performance.now()
  await writer.stop({ timeoutMs: 500 })
  expect(performance.now() - from).toBeLessThan(stopMs)
}

/** The ledger against the log, read by kafkajs. */
async function expectAgreement(bootstrap: readonly string[], topic: string, writer: CanaryWriter): Promise<void> {
  // prettier-ignore
  const found = new Map<string, string>()
  let count = 0
  await readAll(bootstrap, topic, (partition, offset, value) => {
    const canary = canaryFromBytes(value)
    count++
    found.set(`${canary?.runId}/${partition}/${canary?.seq}`, offset)
  })
  // None was written twice.
  expect(found.size).toBe(count)
  for (const entry of writer.ledger()) {
    const at = found.get(`${writer.runId}/${entry.partition}/${entry.seq}`)
    if (isAcknowledged(entry)) expect(at, `seq ${entry.seq}`).toBe(entry.outcome.offset.toString())
    if (entry.outcome.kind === 'fail') expect(at, `seq ${entry.seq}: ${entry.outcome.why}`).toBeUndefined()
  }
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
}
