import { expect, it } from 'vitest'
import { producerStates } from '../../src/kafka/producers.ts'
import { batchFromRecords } from '../../src/kafka/records/record.ts'
import { produce } from '../../src/kafka/wire/messages/produce.ts'
import { actOn, LinkSession } from '../../src/links/session.ts'
import { act, TestLink } from './support/link.ts'
import { runnersInTurn } from './support/lock-history.ts'
import { endsOf, expectSameRecords } from './support/log-content.ts'
import { createdTopic, eventually, layer } from './support/observe.ts'
import { pageOf } from './support/runner.ts'
import { sharedClusters } from './support/sandbox.ts'
import { write } from './support/write.ts'

const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(240_000)
it.concurrent('a runner and its standby tell how they stand: metrics, health, and JSON lines', async () => {
  const topic = await createdTopic(east.bootstrap, { partitions: 2 })
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  const more = ['--metrics', '127.0.0.1:0', '--log-format', 'json']
  const runner = await link.run({ more })
  const standby = await link.run({ more, until: 'standing by' })
  await write(east.bootstrap, topic, 100)
  const sample = async (name: string, of = runner): Promise<string | undefined> =>
    new RegExp(`^${name}(?:\\{[^\\n]*\\})? (\\S+)$`, 'm').exec((await pageOf(of, '/metrics'))[1])?.[1]
  await eventually('100 records are counted', async () => (await sample('georep_mirror_records_total')) === '100')
  expect((await endsOf(west.bootstrap, topic)).reduce((sum, end) => sum + end)).toBe(100)
  await eventually('it is healthy', async () => (await pageOf(runner, '/healthz'))[0] === 200)
  // Not known before the source's end has been seen with nothing on its way.
  await eventually('it is caught up', async () => (await sample('georep_mirror_lag_records')) === '0')
  await eventually('it has no age', async () => (await sample('georep_mirror_lag_seconds')) === '0')
  expect(await sample('georep_mirror_partitions_running')).toBe('2')
  expect(await sample('georep_runner_is_leader')).toBe('1')
  expect(Number(await sample('georep_round_trip_seconds'))).toBeGreaterThan(0)
  expect(Number(await sample('georep_mirror_bytes_total'))).toBeGreaterThan(100)

  expect(await pageOf(standby, '/healthz')).toMatchObject([200, expect.stringContaining('"role": "standby"')])
  expect(await sample('georep_runner_is_leader', standby)).toBe('0')
  expect(await sample('georep_mirror_lag_records', standby)).toBeUndefined()

  expect(await standby.stop()).toBe(0)
  expect(await runner.stop()).toBe(0)
  await expect(pageOf(runner, '/healthz')).rejects.toThrow()
  const lines = [...runner.lines, ...standby.lines].map((line) => JSON.parse(line) as Record<string, unknown>)
  for (const line of lines) expect(line).toMatchObject({ time: expect.any(String) as string, link: link.name })
  // A busy machine may give reason to warn.
  const told = (lines: readonly string[]): readonly string[] =>
    lines.map((line) => JSON.parse(line) as { level: string; event: string }).flatMap(({ level, event }) => level === 'info' ? [event] : []) // prettier-ignore
  expect(told(runner.lines)).toEqual(['metrics', 'running', 'mirrorStarted', 'ended'])
  expect(told(standby.lines)).toEqual(['metrics', 'standingBy', 'ended'])
})

it.concurrent(
  'an append of an old runner that arrives late is refused, or found done, by its sequence: nothing is added',
  async () => {
    const topic = await createdTopic(east.bootstrap)
    await using link = await TestLink.create({ east, west })
    await link.mirror(topic)
    const runner = await link.run()
    for (let end = 10; end <= 80; end += 10) {
      await write(east.bootstrap, topic, 10)
      await eventually(`${end} records arrive`, async () => (await endsOf(west.bootstrap, topic))[0] === end)
    }
    const at = { topic, partition: 0 }
    await using cluster = layer(west)
    const states = [...(await producerStates(cluster, [at], { signal })).values()][0] as readonly { readonly producerId: bigint; readonly producerEpoch: number; readonly lastSequence: number }[] // prettier-ignore
    const { lastSequence, ...producer } = states[0]!
    expect(lastSequence).toBe(79)
    const { topics } = await cluster.metadata([topic], { signal })
    const late = async (baseSequence: number): Promise<readonly [number, bigint]> => {
      const records = Array.from({ length: 10 }, () => ({ key: Buffer.from('late'), value: Buffer.from('late') }))
      const batch = batchFromRecords(records, { timestampMs: BigInt(Date.now()), producer, baseSequence, isTransactional: false }) // prettier-ignore
      const request = { transactionalId: null, acks: -1, timeoutMs: 5_000, topics: [{ name: topic, partitions: [{ partition: 0, records: batch }] }] } // prettier-ignore
      const answer = await cluster.sendTo(topics.get(topic)!.partitions[0]!.leader, produce, request, { signal })
      const { error, baseOffset } = answer.topics[0]!.partitions[0]!
      return [error, baseOffset]
    }
    // One that the new runner has appended in its place, a moment or long ago; one of which what is before it is missing.
    expect(await late(70)).toEqual([0, 70n])
    expect(await late(0)).toEqual([45, -1n])
    expect(await late(90)).toEqual([45, -1n])
    expect(await endsOf(west.bootstrap, topic)).toEqual([80])
    await write(east.bootstrap, topic, 10)
    await expectSameRecords(east.bootstrap, west.bootstrap, topic)
    expect(await runner.stop()).toBe(0)
  },
)

it.concurrent("whoever lost the lock while it wrote does not take the new holder's away when it ends", async () => {
  await using link = await TestLink.create({ east, west })
  const claim = (pid: number): Promise<LinkSession> => {
    const { actor, ...rest } = act('link run')
    const options = { ...rest, act: 'link run', link: link.name, kind: 'runner', actor: { ...actor, pid }, isTakeOver: true } as const // prettier-ignore
    return LinkSession.claim(link.target.state, options, { signal })
  }
  const first = await claim(1)
  const second = await claim(2)
  await expect(first.write(new Map(), { signal })).rejects.toMatchObject({ code: 'GR-LINK-TAKEN' })
  await first[Symbol.asyncDispose]()
  expect(await runnersInTurn(west.bootstrap, link.name)).toEqual([1, 2])
  await second.write(new Map(), { signal })
  await second[Symbol.asyncDispose]()
  expect(await runnersInTurn(west.bootstrap, link.name)).toEqual([1, 2, null])
})

it.concurrent('a lock that this run of georep could not give back does not stand in its way', async () => {
  await using link = await TestLink.create({ east, west })
  const { actor, time } = act('drill')
  const claim = (of: typeof actor): Promise<LinkSession> =>
    LinkSession.claim(link.target.state, actOn(link.name, { actor: of, time, name: 'drill', isTakeOver: false }), { signal }) // prettier-ignore
  const first = await claim(actor)
  await expect(claim(act('drill').actor)).rejects.toMatchObject({ code: 'GR-LINK-HELD' })
  await using second = await claim(actor)
  await second.write(new Map(), { signal })
  // Whatever the first one still has under way is refused by the brokers.
  await first[Symbol.asyncDispose]()
  await second.write(new Map(), { signal })
})
