import { execFileSync } from 'node:child_process'
import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { expectFigures } from '../support/figures.ts'
import { stepsOfRegionLoss } from './support/drill-by-runbook.ts'
import type { DrillPrinted } from './support/drill-printed.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { TestLink } from './support/link.ts'
import { MachineRoom } from './support/machine-room.ts'
import { createdTopic, eventually, withAdmin } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'

// A drill on clusters that georep did not start, whose source is taken away by a command. What is looked for: a source that stays away, however the
// drill ended; a loss of a real topic that is not counted to the record; a canary that is left.

const quick = ['--steady', '500ms', '--hold', '1s', '--probe-interval', '200ms', '--canary-interval', '300ms']
let room: MachineRoom
let sandbox: Sandbox<'east' | 'west'>
let link: TestLink
let real: string
/** Connected from the beginning, as an application is. */
let producer: Producer
let flags: readonly string[]

beforeAll(async () => {
  room = new MachineRoom()
  sandbox = await ownSandbox()
  const { east, west } = sandbox.clusters
  link = await TestLink.create({ east, west }, { groups: ['*'] })
  real = await createdTopic(east.bootstrap, { partitions: 1 })
  producer = kafkajsClient(east.bootstrap).producer({ createPartitioner, retry: { retries: 0 } })
  await producer.connect()
  await write(40)
  await link.mirror(real)
  await link.run()
  await eventually('the real topic is mirrored', async () => (await end(west.bootstrap, real)) === 40)
  const pids = (await east.processes()).map(({ pid }) => pid).join(' ')
  flags = ['--config', link.configFile, '--link', link.name, '--fault', `exec:kill -STOP ${pids}; echo "$GEOREP_LINK is cut"`, '--undo', `exec:kill -CONT ${pids}`, ...quick] // prettier-ignore
})
afterAll(async () => {
  await producer.disconnect()
  await link[Symbol.asyncDispose]()
  await sandbox[Symbol.asyncDispose]()
  await room.remove()
})

it('interrupted while the source is away, it brings the source back and leaves nothing', async () => {
  const drill = room.start(['drill', 'run', 'forced', ...flags, '--confirm', link.name])
  await drill.says('waiting until the loss is noticed')
  expect(await sandbox.clusters.east.state()).toBe('paused')
  drill.signal('SIGINT')
  const { code, out, err } = await drill.ended
  expect({ code, out }).toEqual({ code: 130, out: '' })
  expect(err).toContain(`hook: ${link.name} is cut`)
  expect(err).not.toContain('could not be removed')
  expect(err).toContain('failed: waiting until the loss is noticed\n')
  expect(await sandbox.clusters.east.state()).toBe('up')
  await expectNoCanary()
})

it('a command that fails takes nothing for lost, and what brings the source back is run', async () => {
  const broken = flags.map((word) => (word.startsWith('exec:kill -STOP') ? `${word}; exit 3` : word))
  const { code, err } = await room.run(['drill', 'run', 'forced', ...broken, '--confirm', link.name])
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('has exited with 3') as string })
  expect(err).toContain('failed: running the command that is to take the source away\n')
  expect(await sandbox.clusters.east.state()).toBe('up')
  expect((await link.view(real)).state.state).toBe('ACTIVE')
  await expectNoCanary()
})

it('by a runbook with --all the real mirror fails over too; what only the source has is told to the record, and so is the split brain', async () => {
  // What it takes in while it is away: the requests lie in its sockets, and are carried out when it goes on.
  const drill = room.start(['drill', 'run', 'region-loss', ...flags, '--confirm', link.name, '--all', '-o', 'json'])
  await drill.says('waiting until the loss is noticed')
  const writing = write(3)
  const { code, out, err } = await drill.ended
  await writing
  const { data } = JSON.parse(out) as DrillPrinted
  expect({ code, err }).toEqual({ code: 1, err: expect.not.stringContaining('could not be removed') as string })
  expectFigures(data)
  expect(data).toMatchObject({
    ...{ mode: 'forced', scenario: 'region-loss', verdict: 'splitBrain', splitBrain: { mirroredLate: 0 } },
    runbook: { name: 'region-loss', run: data.id },
    steps: stepsOfRegionLoss,
  })
  expect(data.splitBrain.acknowledgedAfterT5).toBeGreaterThan(0)
  expect(data.marks['t0']?.value).toBe(0)

  const [source, mirror] = await Promise.all([end(sandbox.clusters.east.bootstrap, real), end(sandbox.clusters.west.bootstrap, real)]) // prettier-ignore
  // The fence took one offset of the mirror.
  const onSourceAlone = source - (mirror - 1)
  expect(data.otherMirrors.mirrors).toMatchObject([
    { topic: real, reconciled: { kind: 'exact', records: String(onSourceAlone) } },
  ])
  expect({ source, mirror, onSourceAlone }).toEqual({ source: 43, mirror: 41, onSourceAlone: 3 })
  expect((await link.view(real)).state.state).toBe('STOPPED')
  await expectNoCanary()
})

it('killed while the source is away, the next drill and the history name what brings it back, and that works as it is printed', async () => {
  const drill = room.start(['drill', 'run', 'forced', ...flags, '--confirm', link.name])
  await drill.says('waiting until the loss is noticed')
  drill.signal('SIGKILL')
  await drill.ended
  expect(await sandbox.clusters.east.state()).toBe('paused')
  const { code, err } = await room.run(['drill', '--config', link.configFile, '--link', link.name])
  expect({ code, err }).toEqual({ code: 5, err: expect.stringContaining('GR-DRILL-SOURCE') as string })
  const [, next = 'exit 1'] = /^warning: drill ".*; next: (.+)$/m.exec(err) ?? []
  expect((await room.run(['history', 'list'])).err).toContain(`; next: ${next}\n`)
  execFileSync('sh', ['-c', next])
  expect(await sandbox.clusters.east.state()).toBe('up')
  expect((await room.run(['history', 'list'])).err).not.toContain('next: ')
})

async function write(records: number): Promise<void> {
  await producer.send({ topic: real, messages: Array.from({ length: records }, (_, n) => ({ value: `v${n}` })) })
}

async function end(bootstrap: readonly string[], topic: string): Promise<number> {
  return await withAdmin(bootstrap, async (admin) => Number((await admin.fetchTopicOffsets(topic))[0]?.high))
}

async function expectNoCanary(): Promise<void> {
  for (const { bootstrap } of [sandbox.clusters.east, sandbox.clusters.west]) {
    const topics = await withAdmin(bootstrap, async (admin) => await admin.listTopics())
    expect(topics.filter((name) => name.includes('canary'))).toEqual([])
  }
}
