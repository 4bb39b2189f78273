import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { commit, committedBy } from './support/commits.ts'
import { TestLink } from './support/link.ts'
import { Load } from './support/load.ts'
import { endsOf, expectSameRecords, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { pageOf, type Runner } from './support/runner.ts'
import { ownSandbox, unique } from './support/sandbox.ts'
import { startOn } from './support/switch.ts'
import { write } from './support/write.ts'

const signal = AbortSignal.timeout(240_000)
const partitions = 2
let sandbox: Sandbox<'east' | 'west'>
let topic: string
let group: string
let link: TestLink
let runner: Runner
beforeAll(async () => {
  sandbox = await ownSandbox()
  const { east } = sandbox.clusters
  topic = await createdTopic(east.bootstrap, { partitions })
  group = unique('group')
  link = await TestLink.create(sandbox.clusters, { groups: [group] })
  await link.mirror(topic)
  runner = await link.run({ more: ['--metrics', '127.0.0.1:0'] })
})
afterAll(async () => {
  await link[Symbol.asyncDispose]()
  await sandbox[Symbol.asyncDispose]()
})

it('an outage of the source is told, and mirroring goes on after it, nothing doubled', async () => {
  const { east, west } = sandbox.clusters
  const load = await Load.start(east.bootstrap, [topic], { partitions })
  await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic)).every((end) => end > 50))
  const stopped = load.stop()
  await stopped
  await east.kill({ signal })
  await runner.says('the source does not answer')
  expect(await pageOf(runner, '/healthz')).toMatchObject([503, expect.stringContaining('"why": "the source does not answer"')]) // prettier-ignore
  expect((await pageOf(runner, '/metrics'))[1]).toMatch(/^georep_cluster_up\{.*role="source"\} 0$/m)
  await eventually('the mirror is SOURCE_UNAVAILABLE', async () => (await link.view(topic)).state.state === 'SOURCE_UNAVAILABLE') // prettier-ignore
  await east.restart({ signal })
  await runner.says('the source answers again')
  await eventually('it is healthy again', async () => (await pageOf(runner, '/healthz'))[0] === 200)
  await eventually('the mirror is ACTIVE', async () => (await link.view(topic)).state.state === 'ACTIVE')
  await write(east.bootstrap, topic, 100)
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
})

it('an outage of the destination under load: mirroring goes on after it, nothing doubled', async () => {
  const { east, west } = sandbox.clusters
  const load = await Load.start(east.bootstrap, [topic], { partitions, everyMs: 5 })
  const [before] = await endsOf(west.bootstrap, topic)
  await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic))[0]! > before! + 50)
  await west.kill({ signal })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await west.restart({ signal })
  await eventually(
    'records arrive again',
    async () => (await endsOf(west.bootstrap, topic))[0]! > before! + 300,
    30_000,
  )
  await load.stop()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
})

it('a broker of the destination that is frozen for a while: nothing doubled', async () => {
  const { east, west } = sandbox.clusters
  const load = await Load.start(east.bootstrap, [topic], { partitions, everyMs: 5 })
  const [before] = await endsOf(west.bootstrap, topic)
  await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic))[0]! > before! + 50)
  await west.pause({ signal })
  await new Promise((resolve) => setTimeout(resolve, 13_000)) // longer than an answer is waited for
  await west.resume({ signal })
  await load.stop()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic, { timeoutMs: 30_000 })
})

it('a failover with source and runner dead needs only the destination', async () => {
  const { east, west } = sandbox.clusters
  const ends = await endsOf(west.bootstrap, topic)
  await commit(link.source, group, topic, [ends[0], 1])
  await eventually('offsets are copied', async () => (await committedBy(west.bootstrap, group, topic))[1] === '1')
  const count = ends.reduce((sum, end) => sum + end, 0)
  const before = await recordsIn(west.bootstrap, topic, count)
  await runner.kill()
  await east.kill({ signal })
  const known = {
    source: { isReachable: false },
    sourceSeen: { isCurrent: false, ageMs: expect.any(Number) as number },
    records: { kind: 'atLeast', records: '0' },
    bytes: { kind: 'unknown', bytes: null },
    // It has the first partition behind it, and of the second all but one record is there to be read again.
    rereads: { kind: 'atMost', atMost: String(ends[1]! - 1) },
  }
  expect(await exposedOn(link)).toMatchObject(known)
  // Another runner comes, as one does that stands by: what the one before knew of the source is kept, and how old that is.
  const killedMs = Date.now()
  const next = await link.run()
  await next.says('the source does not answer')
  await eventually('it has written what it knows', async () => (await link.view(topic)).state.state === 'SOURCE_UNAVAILABLE') // prettier-ignore
  const { sourceSeen, ...rest } = (await exposedOn(link)) as typeof known
  expect({ ...rest, sourceSeen: known.sourceSeen }).toMatchObject(known)
  expect(sourceSeen.ageMs).toBeGreaterThan(Date.now() - killedMs)
  await next.kill()
  const started = performance.now()
  const ended = await startOn(link, 'mirror', 'failover', topic, '--confirm', topic).ended
  const tookMs = Math.round(performance.now() - started)
  expect(ended).toMatchObject({ code: 0 })
  expect(await recordsIn(west.bootstrap, topic, count)).toEqual(before)
  await write(west.bootstrap, topic, 5, { prefix: 'after' })
  expect(await recordsIn(west.bootstrap, topic, count + 5)).toHaveLength(count + 5)
  expect(await committedBy(west.bootstrap, group, topic)).toEqual([String(ends[0]), '1'])
  expect(tookMs).toBeLessThan(8_000)
  process.stderr.write(`failed over in ${tookMs} ms\n`)
})

/** What `georep exposure` says of the link. */
async function exposedOn(one: TestLink): Promise<unknown> {
  const { code, out } = await startOn(one, 'exposure', '-o', 'json').ended
  expect(code).toBe(4)
  return (JSON.parse(out) as { data: { links: readonly unknown[] } }).data.links[0]
}
