import { readFileSync, statSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { arrivedOn, canaryTopicOn, type SeenCanary } from './support/canary-on.ts'
import { expectFigures } from '../support/figures.ts'
import type { DrillPrinted } from './support/drill-printed.ts'
import { MachineRoom, type Started } from './support/machine-room.ts'
import { seededRandom } from './support/seed.ts'

// The drill as a user types it, in processes of their own. What is looked for, with kafkajs, ps and the file system:
// 1. a verdict, a figure or a record that is not what happened; 2. a loss that is not counted to the record;
// 3. anything that is left: a process, a folder, the record of a sandbox, whatever ended the drill, and at whatever moment.

const random = seededRandom()
const partitions = 3
let room: MachineRoom

beforeEach(() => {
  room = new MachineRoom()
})
afterEach(async () => {
  await room.remove()
})

it('the main job: drill --sandbox --measure-rpo passes and leaves no process and no temporary folder', async () => {
  const { code, out, err } = await room.run(['drill', '--sandbox', '--measure-rpo', '-o', 'json'])
  room.expectEmpty()
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('killing "east" with SIGKILL') as string })
  const { schema, data } = JSON.parse(out) as DrillPrinted
  expect(schema).toBe('georep.run/1')
  expectFigures(data)
  expect(data).toMatchObject({ kind: 'drill', mode: 'sandbox', verdict: 'pass' })
  expect(data.findings).toEqual([{ kind: 'noneLostObserved', of: data.rpo.acknowledged }])
  expect(data.rpo.records).toEqual({ value: 0, error: 0, unit: 'records', why: null })
  expect(data.rpo.acknowledged).toBeGreaterThan(60)
  expect(data.rto.serviceMs.value).toBeGreaterThan(0)
  expect(data.rto.serviceMs.error).toBeLessThanOrEqual(2 * data.settings.probeEveryMs + 100)
  expect(data.otherMirrors.count).toBe(1)

  const at = (mark: string): number => data.marks[mark]?.value ?? NaN
  const order = ['t0', 't2', 't3', 't4', 't5', 't6', 't8'].map(at)
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  expect(at('t1')).toBeLessThan(at('t2'))
  expect(at('t5')).toBeLessThan(at('t7'))
  expect(at('t8')).toBe(data.rto.serviceMs.value)

  const [file = '', ...others] = room.records()
  expect(others).toEqual([])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const {
    schema: savedSchema,
    previous,
    previousId,
    ...saved
  } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  expect({ savedSchema, previous, previousId }).toEqual({ savedSchema: schema, previous: null, previousId: null })
  expect(saved).toEqual(data)
})

it('a drill with the link held back by N acknowledged records reports exactly N, and exits 3 under --rpo-records 0', async () => {
  const hashes: (string | null)[] = [null]
  for (const records of [1, 25, 2 + Math.floor(random() * 60)]) {
    const flags = ['--steady', '1s', '--hold', '2s', '--hold-back', String(records), '--rpo-records', '0']
    const drill = room.start(['drill', '--sandbox', '-o', 'json', ...flags])
    const arrived = await arrivedWhileHeld(drill)
    const { code, out } = await drill.ended
    room.expectEmpty()
    const { data } = JSON.parse(out) as DrillPrinted
    expectFigures(data)

    // By another count: acknowledged to a client on the source, and not among what kafkajs found on the destination.
    const found = new Set(arrived.map(({ partition, seq }) => `${partition}/${seq}`))
    const acknowledged = data.ledger.source.filter(([, , , outcome]) => outcome === 'ok')
    const absent = acknowledged.filter(([partition, seq]) => !found.has(`${partition}/${seq}`))
    expect({ absent: absent.length, reported: data.rpo.records.value }).toEqual({ absent: records, reported: records })
    for (const { partition, lost } of data.rpo.perPartition) {
      expect(lost).toEqual(absent.filter(([one]) => one === partition).map(([, seq]) => seq))
    }
    // And what did arrive stands where the source had put it.
    const offsets = new Map(acknowledged.map(([partition, seq, , , offset]) => [`${partition}/${seq}`, offset]))
    for (const { partition, seq, offset } of arrived) expect(offsets.get(`${partition}/${seq}`)).toBe(offset)
    expect(arrived.length).toBe(found.size)

    expect({ code, verdict: data.verdict }).toEqual({ code: 3, verdict: 'fail' })
    expect(data.findings).toContainEqual({ kind: 'objectiveMissed', objective: 'rpoRecords', limit: 0, actual: records, error: 0, isLowerBound: false }) // prettier-ignore
    expect(data.rpo.ms.value).toBeGreaterThan(0)
    const bytes = readFileSync(room.records().find((file) => file.includes(data.id)) ?? '')
    expect((JSON.parse(bytes.toString()) as { previous: string | null }).previous).toBe(hashes.at(-1))
    hashes.push(createHash('sha256').update(bytes).digest('hex'))
  }

  const list = await room.run(['history', 'list', '-o', 'json'])
  const { data } = JSON.parse(list.out) as { data: { runs: { id: string; verdict: string; chainProblem: null }[] } }
  expect(data.runs.map(({ verdict, chainProblem }) => ({ verdict, chainProblem }))).toEqual(
    Array.from({ length: 3 }, () => ({ verdict: 'fail', chainProblem: null })),
  )
  const shown = await room.run(['history', 'show', data.runs[0]?.id ?? '', '-o', 'json'])
  expect(JSON.parse(shown.out)).toMatchObject({ data: { id: data.runs[0]?.id, previous: hashes.at(-2) } })
}, 300_000)

it.each([
  ['SIGINT', 130, 'while the clusters are being started', 'starting "east"', 2_500],
  ['SIGINT', 130, 'in the steady state', 'waiting for a steady state', 1_500],
  ['SIGINT', 130, 'after the source was killed', 'killing "east"', 2_500],
  ['SIGTERM', 143, 'while it holds', 'holding the steady state', 500],
] as const)('%s ends a drill with %d %s, and nothing is left', async (signal, code, _when, line, withinMs) => {
  const afterMs = random() * withinMs
  const drill = room.start(['drill', '--sandbox', '--steady', '1500ms', '--hold', '10s'])
  await drill.says(line)
  await sleep(afterMs)
  drill.kill(signal)
  const ended = await drill.ended
  room.expectEmpty()
  expect({ ...ended, afterMs }).toMatchObject({ code, out: '', err: expect.stringContaining('GR-INTERRUPTED') as string }) // prettier-ignore
  await expectUnfinished('interrupted', 'GR-INTERRUPTED')
})

it('SIGKILL of georep in a drill, its runner frozen: the next start sweeps all of it away', async () => {
  const drill = room.start(['drill', '--sandbox', '--steady', '1s', '--hold-back', '10'])
  await drill.says('holding the link back')
  await sleep(random() * 2_000)
  drill.kill('SIGKILL')
  expect((await drill.ended).code).toBe(null)
  expect(room.processes('kafka.Kafka').length).toBeGreaterThan(0)
  expect(room.processes('link run')).toHaveLength(1)

  // A drill that itself is broken off: what it leaves is nothing, of its own and of the one before.
  const next = room.start(['drill', '--sandbox'])
  await next.says('starting "east"')
  expect(room.processes('link run')).toEqual([])
  next.kill('SIGINT')
  expect((await next.ended).code).toBe(130)
  room.expectEmpty()
})

it('a destination that dies before the fault ends the drill with an error, and nothing is left', async () => {
  const drill = room.start(['drill', '--sandbox', '--steady', '20s', '-o', 'json'])
  await drill.says('waiting for a steady state')
  for (const pid of room.processes('west-1', 'kafka.Kafka')) process.kill(pid, 'SIGKILL')
  const { code, out } = await drill.ended
  room.expectEmpty()
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({ schema: 'georep.error/1', data: { message: expect.stringContaining('west') as string } }) // prettier-ignore
  await expectUnfinished('failed', (JSON.parse(out) as { data: { code: string } }).data.code)
})

it.each([
  ['no Java', { PATH: '/nonexistent', JAVA_HOME: '' }, 1, 'GR-NO-JAVA'],
  ['a KAFKA_HOME without Kafka', { KAFKA_HOME: '/var/empty' }, 2, 'GR-KAFKA-HOME'],
])('%s: a clear error, and nothing is left', async (_what, env, code, error) => {
  const ended = await room.run(['drill', '--sandbox', '-o', 'json'], env)
  room.expectEmpty()
  expect(ended.code).toBe(code)
  expect(JSON.parse(ended.out)).toMatchObject({ schema: 'georep.error/1', data: { code: error } })
  expect(ended.err).toMatch(/next: /)
})

/** One run is on record, which came to no verdict, and `history list` says so. */
async function expectUnfinished(status: string, code: string): Promise<void> {
  const [file = '', ...others] = room.records()
  expect(others).toEqual([])
  const record = JSON.parse(readFileSync(file, 'utf8')) as unknown
  expect(record).toMatchObject({ status, verdict: 'unknown', error: { code }, previous: null })
  const { out } = await room.run(['history', 'list'])
  expect(out).toMatch(new RegExp(`drill +sandbox +${status} +unknown`))
}

/** What kafkajs finds of the source's canary on the destination while the drill holds. The drill is stopped when it would go on before we are done. */
async function arrivedWhileHeld(drill: Started): Promise<readonly SeenCanary[]> {
  await drill.says('holding the steady state')
  let isRead = false
  const freezing = drill.says('counting what arrived').then(() => {
    if (!isRead) drill.kill('SIGSTOP')
  })
  const west = room.bootstrap('west')
  const topic = await canaryTopicOn(west)
  const run = `${topic.replace('georep-canary-', '')}-source`
  try {
    return await arrivedOn(west, topic, { run, partitions })
  } finally {
    isRead = true
    drill.kill('SIGCONT')
    await freezing
  }
}
