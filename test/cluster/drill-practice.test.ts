import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { actOn, LinkSession } from '../../src/links/session.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { arrivedOn, canaryTopicOn } from './support/canary-on.ts'
import { expectFigures } from '../support/figures.ts'
import type { DrillPrinted } from './support/drill-printed.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { act, TestLink } from './support/link.ts'
import { MachineRoom } from './support/machine-room.ts'
import { committedNow, consumed, createdTopic, eventually, withAdmin } from './support/observe.ts'
import { ownSandbox, unique } from './support/sandbox.ts'
import { seededRandom } from './support/seed.ts'

// A drill on clusters that georep did not start. What is looked for, with kafkajs: anything that is left of it, on either side, however it ended;
// anything real that it touched; a loss that is not counted right; a start where there is nothing to be learnt.

const random = seededRandom()
const quick = ['--steady', '500ms', '--hold', '1s', '--probe-interval', '200ms', '--canary-interval', '300ms']
const group = unique('real-group')
// Its own, so that all that they hold can be looked at.
let sandbox: Sandbox<'east' | 'west'>
let east: Sandbox<'east'>['clusters']['east']
let west: Sandbox<'west'>['clusters']['west']
let room: MachineRoom
let link: TestLink
let real: string

beforeAll(async () => {
  room = new MachineRoom()
  sandbox = await ownSandbox()
  ;({ east, west } = sandbox.clusters)
  link = await TestLink.create({ east, west }, { groups: ['*'] })
  real = await createdTopic(east.bootstrap, { partitions: 1, configs: { 'retention.ms': '7200000' } })
  await write(40)
  await link.mirror(real)
  for (const { bootstrap } of [east, west]) {
    await eventually('the coordinators are there', async () => await committedNow(bootstrap, group, real).then(() => true, () => false)) // prettier-ignore
  }
})
afterAll(async () => {
  await link[Symbol.asyncDispose]()
  await room.remove()
  await sandbox[Symbol.asyncDispose]()
})

it('is refused with 5 without a runner, and when the source is dead; nothing was made', async () => {
  const before = await everything()
  const noRunner = await drill('-o', 'json')
  expect(noRunner).toMatchObject({ code: 5, err: expect.stringContaining('GR-NO-RUNNER') as string })
  expect(JSON.parse(noRunner.out)).toMatchObject({ data: { code: 'GR-NO-RUNNER', stateNow: 'nothing was changed' } })

  const [source, destination] = link.name.split('-')
  const config = join(room.folder, 'dead.yaml')
  await writeFile(config, `clusters:\n  ${source}: { bootstrap: ["127.0.0.1:1"] }\n  ${destination}: { bootstrap: ["${west.bootstrap[0]}"] }\n`) // prettier-ignore
  const dead = await room.run(['drill', '--config', config, '--link', link.name])
  expect(dead).toMatchObject({ code: 5, out: '', err: expect.stringContaining('GR-DRILL-SOURCE') as string })
  await expectAsBefore(before)
})

it('passes, counts what was lost, and leaves both clusters as they were', async () => {
  await link.run()
  await commit(30)
  await eventually('the real topic and its group are mirrored', async () => {
    return (await mirroredEnd()) === '40' && (await committedNow(west.bootstrap, group, real)) === '30'
  })
  const before = await everything()

  // Somebody else acts on the link: it is not taken from them without being told.
  const signal = AbortSignal.timeout(120_000)
  await using other = await LinkSession.claim(link.target.state, actOn(link.name, act('mirror promote')), { signal })
  other.keepRenewed()
  expect(await drill()).toMatchObject({ code: 7, err: expect.stringContaining('holds it for "mirror promote"') as string }) // prettier-ignore
  await expectAsBefore(before)
  const started = room.start(['drill', '--config', link.configFile, '--link', link.name, '--take-over', '-o', 'json', ...quick]) // prettier-ignore
  await started.says('holding the steady state')
  const topic = await canaryTopicOn(west.bootstrap)
  const run = `${topic.replace('georep-canary-', '')}-source`
  const arrived = await arrivedOn(west.bootstrap, topic, { run, partitions: 3 })
  const { code, out, err } = await started.ended

  const { data } = JSON.parse(out) as DrillPrinted
  expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('could not be removed') as string })
  expectFigures(data)
  expect(data).toMatchObject({
    ...{ mode: 'practice', verdict: 'pass' },
    rto: { scope: expect.stringMatching(/^simulated: region loss and detection not exercised/) as string },
    findings: expect.arrayContaining([expect.objectContaining({ kind: 'splitBrainNotExercised' })]) as unknown,
    otherMirrors: { count: 0 },
  })
  expect(data.rto.detectionMs).toMatchObject({ value: null, why: expect.stringContaining('t2') as string })
  const found = new Set(arrived.map(({ partition, seq }) => `${partition}/${seq}`))
  const acknowledged = data.ledger.source.filter(([, , , outcome]) => outcome === 'ok')
  const absent = acknowledged.filter(([partition, seq]) => !found.has(`${partition}/${seq}`))
  expect(data.rpo.records.value).toBe(absent.length)
  expect(found.size).toBeGreaterThan(10)

  await expect(other.write(new Map(), { signal })).rejects.toMatchObject({ code: 'GR-LINK-TAKEN' })
  await expectAsBefore(before)
  expect(await stateOf(topic)).toBe(null)
  await write(5)
  await eventually('the real mirror goes on', async () => (await mirroredEnd()) === '45')
  expect(await consumed(west.bootstrap, real, 45)).toEqual(await consumed(east.bootstrap, real, 45))
})

it('planned: switches over, loses nothing, and the group goes on exactly where it stopped; what another drill has left is told, and left', async () => {
  const leftOver = 'georep-canary-0123abcd'
  await withAdmin(east.bootstrap, async (admin) => { await admin.createTopics({ topics: [{ topic: leftOver }] }) }) // prettier-ignore
  const before = await everything()
  const args = ['drill', 'run', 'planned', '--config', link.configFile, '--link', link.name, '-o', 'json', ...quick]
  const started = room.start(args)
  await started.says('holding the steady state')
  const topic = await canaryTopicOn(west.bootstrap)
  const run = `${topic.replace('georep-canary-', '')}-source`
  const arrived = await arrivedOn(west.bootstrap, topic, { run, partitions: 3 })
  const { code, out, err } = await started.ended
  const { data } = JSON.parse(out) as DrillPrinted
  expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('could not be removed') as string })
  expectFigures(data)
  expect(data).toMatchObject({
    ...{ mode: 'planned', scenario: 'planned', verdict: 'pass' },
    rto: { scope: expect.stringMatching(/^planned: /) as string, detectionMs: { value: null } },
    rpo: { records: { value: 0 }, scope: expect.stringMatching(/^zero by construction/) as string },
    objectives: { rpoRecords: 0 },
    duplicates: { value: 0 },
  })
  // By another count: all that was acknowledged is there, each where the source had put it.
  const acknowledged = data.ledger.source.filter(([, , , outcome]) => outcome === 'ok')
  const placed = (rows: readonly (readonly [number, number, string | null])[]): readonly string[] =>
    rows.map((row) => row.join('/')).toSorted()
  expect(placed(arrived.map(({ partition, seq, offset }) => [partition, seq, offset]))).toEqual(
    placed(acknowledged.map(([partition, seq, , , offset]) => [partition, seq, offset])),
  )
  expect(acknowledged.length).toBeGreaterThan(10)
  await expectAsBefore(before)
  expect(await stateOf(topic)).toBe(null)
  expect(err).toContain(
    `warning: topic "${leftOver}" on cluster "${link.name.split('-')[0]}": left by a drill that was killed`,
  )
  await withAdmin(east.bootstrap, async (admin) => { await admin.deleteTopics({ topics: [leftOver] }) }) // prettier-ignore
})

it.each([
  ['SIGINT', 130, 'preparing the canary', 400],
  ['SIGINT', 130, 'waiting for a steady state', 1_500],
  ['SIGINT', 130, 'failover: fail over', 60],
  ['SIGINT', 130, 'PENDING_STOPPED', 5],
  ['SIGTERM', 143, 'holding the steady state', 500],
] as const)('%s ends it with %d after "%s", and it leaves nothing', async (signal, code, line, withinMs) => {
  const before = await everything()
  const afterMs = random() * withinMs
  const started = room.start(['drill', '--config', link.configFile, '--link', link.name, ...quick, '--hold', '9s'])
  await started.says(line)
  await sleep(afterMs)
  started.signal(signal)
  const ended = await started.ended
  expect({ ...ended, afterMs }).toMatchObject({
    code,
    out: '',
    err: expect.not.stringContaining('could not be removed') as string,
  })
  await expectAsBefore(before)
})

it.each(['failover: fail over', 'holding the steady state'])(
  'its source lost for real after "%s": unknown, with 4',
  async (line) => {
    const before = await everything()
    const args = ['drill', '--config', link.configFile, '--link', link.name, '-o', 'json', ...quick, '--hold', '2s']
    const started = room.start(args)
    await started.says(line)
    const { signal: within } = new AbortController()
    await east.pause({ signal: within })
    try {
      await started.says('removing the canary')
    } finally {
      await east.resume({ signal: within })
    }
    const { code, out, err } = await started.ended
    const { data } = JSON.parse(out) as DrillPrinted
    expect({ code, err }).toEqual({ code: 4, err: expect.not.stringContaining('could not be removed') as string })
    const lost = { kind: 'lostForReal', why: expect.stringContaining('it does not answer') as string }
    expect(data).toMatchObject({ verdict: 'unknown', findings: expect.arrayContaining([lost]) as unknown })
    await expectAsBefore(before)
  },
)

it('asks which link is meant, with 2, when there are several', async () => {
  await using other = await TestLink.create({ east, west })
  const { code, out, err } = await room.run(['drill', '--config', link.configFile])
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(/error GR-WHICH-LINK: /)
  expect(err).toContain(link.name)
  expect(err).toContain(other.name)
  expect(err).toMatch(/next: georep .*drill --link /)
})

async function drill(...flags: readonly string[]): ReturnType<MachineRoom['run']> {
  return await room.run(['drill', '--config', link.configFile, '--link', link.name, ...quick, ...flags])
}

/** A topic that was deleted is listed by brokers for a moment still. */
async function expectAsBefore(before: unknown): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!isDeepStrictEqual(await everything(), before) && Date.now() < deadline) await sleep(100)
  expect(await everything()).toEqual(before)
}

/** What of the two clusters a drill must leave alone, or clean up. */
async function everything(): Promise<unknown> {
  const sides = [east, west].map(async ({ bootstrap }) => {
    return await withAdmin(bootstrap, async (admin) => {
      const isMirrored = (await admin.listTopics()).includes(real)
      const { groups } = await admin.listGroups()
      const { resources } = isMirrored
        ? await admin.describeConfigs({
            includeSynonyms: false,
            resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: real }],
          })
        : { resources: [] }
      return {
        topics: (await admin.listTopics()).filter((name) => !name.startsWith('__')).toSorted(),
        groups: groups.map(({ groupId }) => groupId).filter((id) => !id.startsWith('reader-') && !id.startsWith('observer-')).toSorted(), // prettier-ignore
        offsets: isMirrored ? await admin.fetchTopicOffsets(real) : undefined,
        committed: await committedNow(bootstrap, group, real),
        configs: resources.map(({ configEntries }) => configEntries.map(({ configName, configValue }) => `${configName}=${configValue}`)), // prettier-ignore
      }
    })
  })
  return await Promise.all(sides)
}

/** The last value in the state topic for a mirror of the link; null when it was taken off. */
async function stateOf(topic: string): Promise<string | null | undefined> {
  const [{ high } = { high: '0' }] = await withAdmin(west.bootstrap, async (admin) => await admin.fetchTopicOffsets('__georep')) // prettier-ignore
  const consumer = kafkajsClient(west.bootstrap).consumer({ groupId: unique('reader'), maxWaitTimeInMs: 100 })
  let found: string | null | undefined
  let isRead = false
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: '__georep', fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) => {
        if (message.key?.toString() === `mirror/${link.name}/${topic}`) found = message.value?.toString() ?? null
        // The runner writes every second, so that there is always a record behind the end that was seen.
        if (BigInt(message.offset) >= BigInt(high)) isRead = true
        await Promise.resolve()
      },
    })
    await eventually('the state is read', () => Promise.resolve(isRead))
  } finally {
    await consumer.disconnect()
  }
  return found
}

async function mirroredEnd(): Promise<string | undefined> {
  return await withAdmin(west.bootstrap, async (admin) => (await admin.fetchTopicOffsets(real))[0]?.high)
}

async function write(records: number): Promise<void> {
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  await producer.send({ topic: real, messages: Array.from({ length: records }, (_, n) => ({ key: `k${n}`, value: unique('v') })) }) // prettier-ignore
  await producer.disconnect()
}

async function commit(offset: number): Promise<void> {
  await withAdmin(east.bootstrap, async (admin) => {
    await admin.setOffsets({ groupId: group, topic: real, partitions: [{ partition: 0, offset: String(offset) }] })
  })
}
