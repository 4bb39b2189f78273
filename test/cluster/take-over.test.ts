import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { groupOffsets } from '../../src/cli/drill/group-offsets.ts'
import { offset } from '../../src/core/offset.ts'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { stateKey } from '../../src/links/records.ts'
import { type Act, actOn, LinkSession } from '../../src/links/session.ts'
import { stateTopic } from '../../src/links/state-topic.ts'
import { commit, committedBy } from './support/commits.ts'
import { configsOf } from './support/frozen-runner.ts'
import { kafkajsClient } from './support/kafkajs-client.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { allow, deniedWriters, georep, startOn, Writer } from './support/switch.ts'

// Two operators at work on one link: the first one's process is frozen in the midst of its act, and goes on after the second one has taken the link.

const { east, west } = sharedClusters()

/** What holds under some keys of the state topic, as a read-committed consumer of kafkajs sees it: the last value of each, with its offset. */
async function stateOf(keys: readonly string[]): Promise<ReadonlyMap<string, { offset: string; value: unknown }>> {
  const found = new Map<string, { offset: string; value: unknown }>()
  const end = (await endsOf(west.bootstrap, stateTopic))[0] ?? 0
  const consumer = kafkajsClient(west.bootstrap).consumer({ groupId: unique('state'), maxWaitTimeInMs: 50 })
  await consumer.connect()
  try {
    let next = 0
    await consumer.subscribe({ topic: stateTopic, fromBeginning: true })
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { key, value, offset } of batch.messages) {
          const name = key?.toString() ?? ''
          if (keys.includes(name))
            found.set(name, { offset, value: value === null ? null : JSON.parse(value.toString()) })
        }
        next = Number(batch.lastOffset()) + 1
        await Promise.resolve()
      },
    })
    await eventually('the state topic is read', () => Promise.resolve(next >= end - 1))
  } finally {
    await consumer.disconnect()
  }
  return found
}

it('a second operator is refused and told who, where, since when and what; --take-over takes the link, and the first one changes nothing any more', async () => {
  const group = unique('group')
  const topic = await createdTopic(east.bootstrap)
  await allow(east.bootstrap, topic, 'app')
  await using link = await TestLink.create({ east, west }, { groups: [group] })
  await link.mirror(topic)
  await link.run()
  // It never drains: a super user writes past its fence.
  const writer = await Writer.start(east.bootstrap, topic, 1)
  try {
    const first = startOn(link, 'mirror', 'promote', topic, '--fence', 'acl', '--confirm', topic)
    await first.says('draining')
    const failover = ['mirror', 'failover', topic, '--force-while-source-up', '--confirm', topic]
    const refused = await georep(link, ...failover)
    expect({ code: refused.code, out: refused.out }).toEqual({ code: 7, out: '' })
    expect(refused.err).toContain('error GR-LINK-HELD')
    expect(refused.err).toMatch(
      new RegExp(`@.+ \\(pid ${first.pid}\\) holds it for "mirror promote", for \\S+ ?\\S* now \\(since 20`),
    )
    expect(refused.err).toContain('--take-over')

    // In the midst of its work: its lock is fresh, and nobody renews it.
    first.signal('SIGSTOP')
    const taken = await georep(link, ...failover, '--take-over')
    expect({ code: taken.code, err: taken.err }).toMatchObject({ code: 0 })
    const keys = [stateKey.mirror(link.name, topic), stateKey.fence(link.name, topic)]
    const look = async () => ({ state: await stateOf(keys), ends: await endsOf(west.bootstrap, topic), configs: await configsOf(west.bootstrap, topic), offsets: await committedBy(west.bootstrap, group, topic), denied: await deniedWriters(east.bootstrap, topic) }) // prettier-ignore
    const before = await look()
    expect(before.state.get(keys[0]!)?.value).toMatchObject({ state: { state: 'STOPPED', stoppedBy: 'failover' } })
    expect(before.denied).toEqual(['User:*'])
    first.signal('SIGCONT')
    expect(await first.ended).toMatchObject({
      code: 7,
      err: expect.stringContaining('error GR-LINK-TAKEN') as string,
    })
    expect(first.err).toContain('this process had not stopped a mirror; the source may be fenced')
    await sleep(500) // what it had under way would arrive
    expect(await look()).toEqual(before)
    // Nobody holds it: --take-over is no error then.
    expect((await georep(link, 'mirror', 'unfence', topic, '--confirm', topic, '--take-over')).code).toBe(0)
    expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
  } finally {
    await writer.stop()
  }
})

it('a lock that is ten seconds old by the brokers’ clock is anyone’s', async () => {
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await link.run()
  const writer = await Writer.start(east.bootstrap, topic, 1)
  try {
    const first = startOn(link, 'mirror', 'promote', topic, '--fence', 'none', '--confirm', topic)
    await first.says('draining')
    first.signal('SIGSTOP')
    const failover = ['mirror', 'failover', topic, '--force-while-source-up', '--confirm', topic]
    // How often it is refused before depends on how fast this machine is.
    const codes: number[] = []
    await eventually(
      'the link is anyone’s',
      async () => codes.push((await georep(link, ...failover)).code) > 0 && codes.at(-1) === 0,
      60_000,
    )
    expect(codes.slice(0, -1).filter((code) => code !== 7)).toEqual([])
    first.signal('SIGCONT')
    expect((await first.ended).code).toBe(7)
    expect((await link.view(topic)).state).toMatchObject({ state: 'STOPPED', stoppedBy: 'failover' })
  } finally {
    await writer.stop()
  }
})

it('the clamp of a drill holds the link: it is refused while somebody acts, and with a take-over the brokers take its commits and not theirs', async () => {
  const group = unique('group')
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await link.failover([topic])
  await commit(link.destination, group, topic, [9])
  const signal = AbortSignal.timeout(60_000)
  await using other = await LinkSession.claim(link.target.state, actOn(link.name, act('mirror promote')), { signal })
  other.keepRenewed()
  const clampBy = async (by: Act): Promise<string | undefined> => {
    const { target } = link
    await target.state.refresh({ signal, link: link.name })
    return await groupOffsets(embeddedEngine, target, by).clampGroup(group, { signal })
  }
  await expect(clampBy(act('drill'))).rejects.toMatchObject({ code: 'GR-LINK-HELD' })
  expect(await committedBy(west.bootstrap, group, topic)).toEqual(['9'])
  expect(await clampBy({ ...act('drill'), isTakeOver: true })).toBe(undefined)
  // Behind the marker of the fence.
  expect(await committedBy(west.bootstrap, group, topic)).toEqual(['1'])
  const theirs = new Map([[group, [{ topic, partition: 0, offset: offset(7n) }]]])
  const late = other.commitOffsets(theirs, { signal, generation: other.generation })
  await expect(late).rejects.toThrow()
  expect(await committedBy(west.bootstrap, group, topic)).toEqual(['1'])
})
