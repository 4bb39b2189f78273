import { readFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { truthOfDrill } from '../../bench/truth/one-drill.ts'
import { expectFigures } from '../support/figures.ts'
import { arrivedOn, canaryTopicOn } from './support/canary-on.ts'
import { endOf, expectByJournal, expectCounted, stepsOfRegionLoss } from './support/drill-by-runbook.ts'
import type { DrillPrinted } from './support/drill-printed.ts'
import { MachineRoom } from './support/machine-room.ts'
import { seededRandom } from './support/seed.ts'

// The drill as a user types it, in processes of their own. What is looked for, with kafkajs, ps and the file system:
// 1. a verdict, a figure or a record that is not what happened; 2. a loss that is not counted to the record;
// 3. anything that is left: a process, a folder, the record of a sandbox, whatever ended the drill, and at whatever moment.

const random = seededRandom()
let room: MachineRoom

beforeEach(() => {
  room = new MachineRoom()
})
afterEach(async () => {
  await room.remove()
})

/** What was acknowledged in the milliseconds before the kill may be lost with the source: a record a partition at the most, and then it is said. */
function expectLittleLost({ rpo, findings }: DrillPrinted['data']): void {
  const { value } = rpo.records
  expect(rpo.records).toEqual({ value, error: 0, unit: 'records', why: null })
  expect(value).toBeLessThanOrEqual(3)
  expect(findings).toEqual(value === 0 ? [{ kind: 'noneLostObserved', of: rpo.acknowledged }] : [])
}

it('the main job: drill --sandbox --measure-rpo passes and leaves no process and no temporary folder', async () => {
  const { code, out, err } = await room.run(['drill', '--sandbox', '--measure-rpo', '-o', 'json'])
  room.expectEmpty()
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('killing "east" with SIGKILL') as string })
  const { schema, data } = JSON.parse(out) as DrillPrinted
  expect(schema).toBe('georep.run/1')
  expectFigures(data)
  expect(data).toMatchObject({ kind: 'drill', mode: 'sandbox', verdict: 'pass' })
  expectLittleLost(data)
  expect(data.rpo.acknowledged).toBeGreaterThan(60)
  expect(data.rto.serviceMs.value).toBeGreaterThan(0)
  expect(data.rto.serviceMs.error).toBeLessThanOrEqual(2 * data.settings.probeEveryMs + 100)
  expect(data.otherMirrors.count).toBe(1)
  expect(data.startedAt < data.faultAt && data.faultAt < data.endedAt).toBe(true)
  // Both are of one Kafka.
  const { source, destination } = data.clusters
  expect(source.metadataVersion).toBeGreaterThan(0)
  expect(source.metadataVersion).toBe(destination.metadataVersion)

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

it('region-loss in a sandbox: what its steps did is what the figures say, and what kafkajs counts', async () => {
  const drill = room.start(['drill', 'run', 'region-loss', '--sandbox', '--steady', '1s', '--hold', '1500ms', '-o', 'json']) // prettier-ignore
  await drill.says('holding the steady state')
  const west = room.bootstrap('west')
  const topic = await canaryTopicOn(west)
  const arrived = await arrivedOn(west, topic, { run: `${topic.replace('georep-canary-', '')}-source`, partitions: 3 })
  const { code, data } = await endOf(drill)
  expect(code).toBe(0)
  expectLittleLost(data)
  expect(data).toMatchObject({
    ...{ mode: 'sandbox', scenario: 'region-loss', verdict: 'pass' },
    settings: { steadyMs: 1_000, holdMs: 1_500, probeEveryMs: 500 },
    rto: { scope: 'excluding client re-pointing', humanMs: { value: 0 } },
    otherMirrors: { count: 1 },
    runbook: { name: 'region-loss', run: data.id },
    steps: stepsOfRegionLoss,
  })
  expectCounted(data, arrived)
  expectByJournal(data, 'failover')
  expect(room.processes()).toEqual([])
  expect(room.left().filter((path) => !path.startsWith('state/georep/runs/'))).toEqual([])

  const { code: refused, err } = await room.run(['runbook', 'resume', data.id, '--confirm', 'east-west'])
  expect({ refused, err }).toMatchObject({ refused: 5, err: expect.stringContaining('GR-RUN-OVER') as string }) // prettier-ignore
})

// What an outsider counts and times beside the drill, and the drill says: bench/truth/ has no code of georep's, and `npm run bench:truth` does it
// thirty times.
it.each([
  { fault: 'region-kill', holdBack: 1 + Math.floor(random() * 60), flags: ['--rpo-records', '0'], code: 3 },
  { fault: 'region-freeze', holdBack: undefined, flags: [], code: 1 },
] as const)('the figures of a drill are true: $fault, $holdBack held back', async ({ code, ...setting }) => {
  const flags = [...setting.flags, '--steady', '3s', '--hold', '1500ms', '--canary-interval', '200ms']
  const seen = await truthOfDrill({ ...setting, flags, seed: String(random()) }, room.forOutsiders())
  room.expectEmpty()
  expect(seen.checks.filter(({ isTrue }) => !isTrue)).toEqual([])
  expect(seen).toMatchObject({ isUnknown: false, code })
  expect(seen.checks.length).toBeGreaterThan(8)

  const { out } = await room.run(['history', 'show', seen.id, '-o', 'json'])
  const { data } = JSON.parse(out) as DrillPrinted
  expectFigures(data)
  expect(data.id).toBe(seen.id)
})

/** Moments of a drill, with how long they last. Of those behind the start one is taken in each run of the tests. */
const moments = [
  ['SIGINT', 130, 'in the steady state', 'waiting for a steady state', 1_500],
  ['SIGINT', 130, 'after the source was killed', 'killing "east"', 2_500],
  ['SIGTERM', 143, 'while it holds', 'holding the steady state', 500],
] as const

it.each([
  ['SIGINT', 130, 'while the clusters are being started', 'starting "east"', 2_500],
  moments[Math.floor(random() * moments.length)]!,
] as const)('%s ends a drill with %d %s, and nothing is left', async (signal, code, _when, line, withinMs) => {
  const afterMs = random() * withinMs
  const drill = room.start(['drill', '--sandbox', '--steady', '1500ms', '--hold', '10s'])
  await drill.says(line)
  await sleep(afterMs)
  drill.signal(signal)
  const ended = await drill.ended
  room.expectEmpty()
  expect({ ...ended, afterMs }).toMatchObject({ code, out: '', err: expect.stringContaining('GR-INTERRUPTED') as string }) // prettier-ignore
  await expectUnfinished('interrupted', 'GR-INTERRUPTED')
})

it('SIGKILL of georep in a drill, its runner frozen: the next start sweeps all of it away', async () => {
  const drill = room.start(['drill', '--sandbox', '--steady', '1s', '--hold-back', '10'])
  await drill.says('holding the link back')
  await sleep(random() * 2_000)
  drill.signal('SIGKILL')
  expect((await drill.ended).code).toBe(null)
  expect(room.processes('kafka.Kafka').length).toBeGreaterThan(0)
  expect(room.processes('link run')).toHaveLength(1)

  // A drill that itself is broken off: what it leaves is nothing, of its own and of the one before.
  const next = room.start(['drill', '--sandbox'])
  await next.says('starting "east"')
  expect(room.processes('link run')).toEqual([])
  next.signal('SIGINT')
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
