import { afterEach, beforeEach, expect, it } from 'vitest'
import { BrokerAgain } from './support/broker-again.ts'
import { arrivedOn, canaryTopicOn, type SeenCanary } from './support/canary-on.ts'
import { committedBy } from './support/commits.ts'
import { endOf, expectCounted } from './support/drill-by-runbook.ts'
import { endsOf, recordsIn } from './support/log-content.ts'
import { MachineRoom } from './support/machine-room.ts'
import { seededRandom } from './support/seed.ts'

// The drill on MirrorMaker 2 as a user types it, and beside it an outsider who counts with kafkajs what stands on the destination and, on the log of the dead
// source, whose broker is started once more for that while the drill stands still, what was written and read there.

const partitions = 3
const random = seededRandom()
let room: MachineRoom

beforeEach(() => {
  room = new MachineRoom()
})
afterEach(async () => {
  await room.remove()
})

it.each([
  { held: 0, flags: [], code: 0 },
  {
    held: 1 + Math.floor(random() * 60),
    flags: ['--steady', '1s', '--hold', '1s', '--rpo-records', '0'],
    code: 3,
  },
])('its loss and its duplicates are what kafkajs counts, with $held held back', async ({ held, flags, code }) => {
  const holding = held === 0 ? [] : ['--hold-back', String(held)]
  const drill = room.start(['drill', '--sandbox', '--engine', 'mm2', '--measure-rpo', '-o', 'json', ...flags, ...holding]) // prettier-ignore
  await drill.says('waiting for a steady state')
  const broker = BrokerAgain.of(room.processes('kafka.Kafka', 'east-1')[0] ?? 0)
  const [east, west] = [room.bootstrap('east'), room.bootstrap('west')]
  const topic = await canaryTopicOn(west)
  const id = topic.replace('georep-canary-', '')
  const group = `georep-canary-app-${id}`

  // Before it has read anything there.
  await drill.says('writing and reading on the destination')
  drill.signal('SIGSTOP')
  const goesOn = await committedBy(west, group, topic)
  drill.signal('SIGCONT')

  await drill.says('counting what arrived')
  drill.signal('SIGSTOP')
  const arrived = await arrivedOn(west, topic, { run: `${id}-source`, partitions })
  const { written, read } = await broker.during(async () => {
    const count = (await endsOf(east, topic)).reduce((sum, end) => sum + end, 0)
    const records = await recordsIn(east, topic, count)
    return { written: records.map(canaryIn), read: await committedBy(east, group, topic) }
  })
  drill.signal('SIGCONT')
  const ended = await endOf(drill)
  room.expectEmpty()
  const { data, err } = ended
  expect({ code: ended.code, err }).toEqual({ code, err: expect.stringContaining('killing "east" with SIGKILL') as string }) // prettier-ignore

  expectCounted(data, arrived)
  const copies = new Map(arrived.map((one) => [placeOf(one), one]))
  // Whatever was acknowledged is in the source's log; what was not may be there as well.
  const acknowledged = new Set(data.ledger.source.filter(([, , , outcome]) => outcome === 'ok').map(([partition, seq]) => `${partition}/${seq}`)) // prettier-ignore
  expect(written.map(placeOf)).toEqual(expect.arrayContaining([...acknowledged]))
  const lost = written.map(placeOf).filter((place) => !copies.has(place))
  expect(data.rpo.records.value).toBe(lost.filter((place) => acknowledged.has(place)).length)
  expect(lost.length - (data.rpo.records.value ?? 0)).toBeLessThanOrEqual(data.rpo.unknownSends.absent)
  if (held > 0) expect(data.rpo.records.value).toBe(held)
  // Exactly once: no record of the source is there twice.
  expect(arrived).toHaveLength(copies.size)
  const again = written
    .filter(({ partition, offset }) => Number(offset) < Number(read[partition]))
    .map((one) => copies.get(placeOf(one)))
    .filter((copy) => copy !== undefined && Number(copy.offset) >= Number(goesOn[copy.partition]))
  expect(data.duplicates).toMatchObject({ value: again.length, error: 0 })
  expect(data.splitBrain).toMatchObject({ acknowledgedAfterT5: 0, mirroredLate: 0 })
})

it('runner-kill takes one of two workers, and the failover goes by the other', async () => {
  const words = ['drill', 'run', 'runner-kill', '--engine', 'mm2', '--canary-interval', '300ms', '--rpo', '60s']
  const drill = room.start([...words, '--steady', '1s', '--hold', '1s', '-o', 'json'])
  const { code, err, data } = await endOf(drill)
  room.expectEmpty()
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('killing the runner with SIGKILL') as string })
  expect(data).toMatchObject({ verdict: 'pass', splitBrain: { acknowledgedAfterT5: 0, mirroredLate: 0 } })
})

function canaryIn({ value, offset }: { readonly value: string | null; readonly offset: string }): SeenCanary {
  return { ...(JSON.parse(value ?? 'null') as SeenCanary), offset }
}

function placeOf({ partition, seq }: SeenCanary): string {
  return `${partition}/${seq}`
}
