import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commit as commitFor } from './support/commits.ts'
import { configsOf } from './support/frozen-runner.ts'
import { georepAtWork, georepFor, type Georep } from './support/georep.ts'
import type { Runner } from './support/runner.ts'
import { endsOf, expectSameRecords } from './support/log-content.ts'
import { committedNow, createdTopic, eventually, layer, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { stateOf } from './support/state-records.ts'
import { write } from './support/write.ts'

// The verbs that change a link and its mirrors, with a runner at work. What holds afterwards is read with kafkajs: raw records of the state topic,
// topics, log ends, settings, commits.

const { east, west } = sharedClusters()
let georep: Georep
let runner: Runner

beforeAll(async () => {
  ;({ georep, runner } = await georepAtWork([east.bootstrap, west.bootstrap]))
})
afterAll(async () => {
  await georep.remove()
})

const link = (): readonly string[] => ['--link', georep.link]

async function mirrored(records: number, ...more: readonly string[]): Promise<string> {
  const topic = await createdTopic(east.bootstrap)
  await write(east.bootstrap, topic, records)
  expect((await georep.run('mirror', 'create', topic, ...link(), ...more)).code).toBe(0)
  const prefix = more[0] === '--prefix' ? (more[1] ?? '') : ''
  await eventually('all are mirrored', async () => (await ends(`${prefix}${topic}`))[0] === records)
  return topic
}

/** Log ends of a mirror topic; empty while it is not there. */
async function ends(topic: string): Promise<readonly number[]> {
  const isThere = await withAdmin(west.bootstrap, async (admin) => (await admin.listTopics()).includes(topic))
  return isThere ? await endsOf(west.bootstrap, topic) : []
}

async function shown(topic: string): Promise<{ readonly state: string; readonly lag: unknown } | undefined> {
  const { data } = await georep.json('mirror', 'list', ...link())
  return (data as { mirrors: { topic: string; state: string; lag: unknown }[] }).mirrors.find((one) => one.topic === topic) // prettier-ignore
}

async function commit(topic: string, group: string, offset: number): Promise<void> {
  await using cluster = layer({ name: 'east', bootstrap: east.bootstrap })
  await commitFor(cluster, group, topic, [offset])
}

describe('pause and resume', () => {
  it('of a mirror: nothing of it moves, records nor offsets, others go on, and it goes on where it stopped', async () => {
    const topic = await mirrored(10)
    const other = await mirrored(1)
    const group = unique('group')
    await commit(topic, group, 5)
    await eventually('the offset is copied', async () => (await committedNow(west.bootstrap, group, topic)) === '5')
    const planned = await georep.run('mirror', 'pause', topic, ...link(), '--dry-run')
    expect(planned).toMatchObject({ code: 0, err: 'next: the same command without --dry-run\n' })
    const paused = await georep.json('mirror', 'pause', topic, ...link())
    expect(paused).toMatchObject({ code: 0, data: { mirrors: [{ topic, outcome: 'applied', runner: 'obeyed' }] } })
    expect(paused.err).toContain(`next: georep mirror resume ${topic} --link ${georep.link}`)
    // It has obeyed: from here on not one record may come.
    await write(east.bootstrap, topic, 7)
    await commit(topic, group, 8)
    await write(east.bootstrap, other, 1)
    await eventually('the other goes on', async () => (await ends(other))[0] === 2)
    await sleep(1_500) // and three rounds of groups, if it took part
    expect(await ends(topic)).toEqual([10])
    expect(await committedNow(west.bootstrap, group, topic)).toBe('5')
    expect(await shown(topic)).toMatchObject({ state: 'PAUSED', lag: { kind: 'exact', records: '7' } })
    expect((await stateOf(west.bootstrap, georep.link)).get(`mirror/${georep.link}/${topic}`)).toMatchObject({ state: { state: 'PAUSED' } }) // prettier-ignore
    expect(await georep.json('mirror', 'pause', topic, ...link())).toMatchObject({ code: 0, data: { mirrors: [{ outcome: 'unchanged' }] } }) // prettier-ignore
    expect(await georep.json('mirror', 'resume', topic, ...link())).toMatchObject({ code: 0, data: { mirrors: [{ outcome: 'applied', runner: 'obeyed' }] } }) // prettier-ignore
    expect(await expectSameRecords(east.bootstrap, west.bootstrap, topic)).toHaveLength(17)
    await eventually('offsets go on', async () => (await committedNow(west.bootstrap, group, topic)) === '8')
  })

  it('of a link: nothing moves, the runner keeps its heartbeat, and mirrors paused by themselves stay so', async () => {
    const [topic, alone] = [await mirrored(3), await mirrored(3)]
    expect((await georep.run('mirror', 'pause', alone, ...link())).code).toBe(0)
    const paused = await georep.json('link', 'pause', georep.link)
    expect(paused).toMatchObject({ code: 0, data: { outcome: 'applied', runner: 'obeyed' } })
    for (const one of [topic, alone]) await write(east.bootstrap, one, 4)
    expect(await georep.json('link', 'describe', georep.link)).toMatchObject({ code: 0, data: { state: 'PAUSED', runner: { pid: runner.pid } } }) // prettier-ignore
    const beat = async (): Promise<unknown> => (await stateOf(west.bootstrap, georep.link)).get(`runner/${georep.link}`)
    const before = await beat()
    await eventually('the heartbeat goes on', async () => JSON.stringify(await beat()) !== JSON.stringify(before))
    expect([await ends(topic), await ends(alone)]).toEqual([[3], [3]])
    expect(await shown(topic)).toMatchObject({ state: 'PAUSED', lag: { kind: 'exact', records: '4' } })
    const lag = await georep.run('lag', ...link())
    expect(lag.out).toMatch(new RegExp(`${topic} .* PAUSED`))
    expect(await georep.json('link', 'resume', georep.link)).toMatchObject({ code: 0, data: { outcome: 'applied', runner: 'obeyed' } }) // prettier-ignore
    await eventually('it goes on', async () => (await ends(topic))[0] === 7)
    expect(await ends(alone)).toEqual([3])
    expect(await shown(alone)).toMatchObject({ state: 'PAUSED' })
    expect(await georep.json('mirror', 'resume', '--all', ...link())).toMatchObject({ code: 0 })
    expect(await expectSameRecords(east.bootstrap, west.bootstrap, alone)).toHaveLength(7)
  })

  it('says so when no runner lives, and a dry run changes nothing', async () => {
    const alone = georepFor([east.bootstrap, west.bootstrap])
    try {
      await alone.run('link', 'create', alone.link)
      const key = `link/${alone.link}`
      expect(await alone.json('link', 'pause', alone.link, '--dry-run')).toMatchObject({ code: 0, data: { outcome: 'planned', runner: null, next: 'the same command without --dry-run' } }) // prettier-ignore
      expect((await stateOf(west.bootstrap, alone.link)).get(key)).toMatchObject({ pausedAt: null })
      expect(await alone.json('link', 'pause', alone.link)).toMatchObject({ code: 0, data: { outcome: 'applied', runner: 'noRunner' } }) // prettier-ignore
      expect((await stateOf(west.bootstrap, alone.link)).get(key)).not.toMatchObject({ pausedAt: null })
      expect(await alone.json('link', 'describe', alone.link)).toMatchObject({
        data: { state: 'PAUSED', runner: null },
      })
      expect(await alone.run('mirror', 'pause', 'nothing', '--link', alone.link)).toMatchObject({ code: 5 })
      // Nothing of it is left when it is deleted.
      expect(await alone.run('link', 'delete', alone.link, '--confirm', alone.link)).toMatchObject({ code: 0 })
      expect([...(await stateOf(west.bootstrap, alone.link))]).toEqual([])
      expect((await alone.run('link', 'describe', alone.link)).code).toBe(1)
    } finally {
      await alone.remove()
    }
  })
})

describe('delete', () => {
  it('takes a mirror off, once the runner has let go; its topic stays, as an ordinary one', async () => {
    const topic = await mirrored(5)
    expect(await configsOf(west.bootstrap, topic)).toContain('compression.type=producer own')
    expect(await georep.run('mirror', 'delete', topic, ...link(), '--confirm', topic)).toMatchObject({ code: 0 })
    expect([...(await stateOf(west.bootstrap, georep.link)).keys()].filter((key) => key.endsWith(topic))).toEqual([])
    await write(east.bootstrap, topic, 5)
    await sleep(1_000) // time for a fetch and an append, if it went on
    expect(await ends(topic)).toEqual([5])
    expect(await configsOf(west.bootstrap, topic)).not.toContain('compression.type=producer own')
    // What stays is not empty, and nothing is put on top of it.
    expect(await georep.run('mirror', 'create', topic, ...link())).toMatchObject({ code: 5 })
  })

  it('of a FAILED mirror with its topic, and it can be created again', async () => {
    const topic = await mirrored(5)
    const grow = async (bootstrap: readonly string[]): Promise<void> => {
      await withAdmin(bootstrap, async (admin) => { await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] }) }) // prettier-ignore
    }
    await grow(west.bootstrap)
    await eventually('it is FAILED', async () => (await shown(topic))?.state === 'FAILED')
    const described = await georep.json('mirror', 'describe', topic, ...link())
    expect(described).toMatchObject({ code: 0, data: { state: 'FAILED', reason: expect.stringContaining('2 partitions') as string, isTopicMade: true } }) // prettier-ignore
    expect(await georep.run('mirror', 'pause', topic, ...link())).toMatchObject({ code: 5 })
    await grow(east.bootstrap)
    const planned = await georep.json('mirror', 'delete', topic, ...link(), '--with-topic', '--dry-run')
    expect(planned).toMatchObject({ code: 0, data: { mirrors: [{ outcome: 'planned', topicRecords: '5' }] } })
    expect(await ends(topic)).toEqual([5, 0])
    expect(await georep.run('mirror', 'delete', topic, ...link(), '--with-topic', '--confirm', topic)).toMatchObject({ code: 0 }) // prettier-ignore
    expect(await ends(topic)).toEqual([])
    expect(await georep.run('mirror', 'create', topic, ...link())).toMatchObject({ code: 0 })
    await write(east.bootstrap, topic, 2, { partition: 1 })
    expect(await expectSameRecords(east.bootstrap, west.bootstrap, topic)).toHaveLength(7)
    expect(await shown(topic)).toMatchObject({ state: 'ACTIVE' })
  })

  it('leaves the topic alone that it did not make, that the source has not all of, or that was opened for writes', async () => {
    const topic = await createdTopic(east.bootstrap)
    await withAdmin(west.bootstrap, async (admin) => { await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }) }) // prettier-ignore
    await write(east.bootstrap, topic, 1)
    await georep.run('mirror', 'create', topic, ...link())
    const taken = await georep.run('mirror', 'delete', topic, ...link(), '--with-topic', '--confirm', topic)
    expect(taken).toMatchObject({ code: 5, out: expect.stringContaining('not known to be made by georep') as string })

    const foreign = await mirrored(4)
    expect((await georep.run('mirror', 'pause', foreign, ...link())).code).toBe(0)
    await write(west.bootstrap, foreign, 1)
    await write(east.bootstrap, foreign, 3)
    const written = await georep.run('mirror', 'delete', foreign, ...link(), '--with-topic', '--confirm', foreign)
    expect(written).toMatchObject({ code: 5, out: expect.stringContaining('is not of this link') as string })

    const open = await mirrored(2)
    await georep.run('mirror', 'failover', open, ...link(), '--confirm', open, '--force-while-source-up')
    const opened = await georep.run('mirror', 'delete', open, ...link(), '--with-topic', '--confirm', open)
    expect(opened).toMatchObject({ code: 5, out: expect.stringContaining('was opened for writes') as string })
    expect([await ends(topic), await ends(foreign), await ends(open)]).toEqual([[1], [5], [3]])
    // Without its topic it can be taken off.
    expect(await georep.run('mirror', 'delete', open, ...link(), '--confirm', open)).toMatchObject({ code: 0 })
    expect(await shown(open)).toBeUndefined()
    expect(await ends(open)).toEqual([3])
  })

  it('of a link is refused while its runner lives, and while it has mirrors that are not stopped', async () => {
    const lives = await georep.run('link', 'delete', georep.link, '--confirm', georep.link, '--with-mirrors')
    expect(lives).toMatchObject({ code: 5, err: expect.stringContaining('its runner lives') as string })
    const other = georepFor([east.bootstrap, west.bootstrap])
    try {
      await other.run('link', 'create', other.link)
      const topic = await createdTopic(east.bootstrap)
      await other.run('mirror', 'create', topic, '--link', other.link)
      const open = await other.run('link', 'delete', other.link, '--confirm', other.link)
      expect(open).toMatchObject({ code: 5, err: expect.stringContaining(`mirror "${topic}" is ACTIVE`) as string })
      expect((await stateOf(west.bootstrap, other.link)).size).toBeGreaterThan(1)
      expect(await other.run('link', 'delete', other.link, '--with-mirrors', '--dry-run')).toMatchObject({ code: 0 })
      expect(await other.run('link', 'delete', other.link, '--with-mirrors', '--confirm', other.link)).toMatchObject({ code: 0 }) // prettier-ignore
      expect([...(await stateOf(west.bootstrap, other.link))]).toEqual([])
      expect(await ends(topic)).toEqual([0])
    } finally {
      await other.remove()
    }
  })
})

it('describe names what is as on the source, what is set otherwise, and what was changed since', async () => {
  const topic = await createdTopic(east.bootstrap, { configs: { 'retention.ms': '86400001', 'compression.type': 'gzip', 'segment.bytes': '2000000' } }) // prettier-ignore
  await georep.run('mirror', 'create', topic, ...link())
  // Its runner would bring it over.
  expect(await georep.run('mirror', 'pause', topic, ...link())).toMatchObject({ code: 0 })
  await withAdmin(east.bootstrap, async (admin) => {
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'retention.ms', value: '777000' }, { name: 'segment.bytes', value: '2000000' }] }] }) // prettier-ignore
  })
  const { code, data } = await georep.json('mirror', 'describe', topic, ...link())
  const settings = (data as { settings: { name: string; fate: string; value: string | null; why: string | null }[] })
    .settings
  const of = (name: string): unknown => settings.filter((one) => one.name === name).map(({ fate, value }) => `${fate} ${value ?? ''}`) // prettier-ignore
  expect({ code, data }).toMatchObject({ code: 0, data: { topic, sourceTopic: topic, state: 'PAUSED', isSourceCompared: true, positions: [{ partition: 0 }] } }) // prettier-ignore
  expect(of('segment.bytes')).toEqual(['copied 2000000'])
  expect(of('retention.ms')).toEqual(['own 86400001'])
  expect(of('compression.type')).toEqual(['overridden producer', 'deferred gzip'])
  const dead = await georep.withSourceAt('127.0.0.1:1')('mirror', 'describe', topic, ...link())
  expect(dead).toMatchObject({ code: 0, out: expect.stringContaining('the source was not asked') as string })
  expect(await georep.run('mirror', 'describe', 'nothing', ...link())).toMatchObject({ code: 1 })
})

it('of a source in whose place another cluster answers what was known last is shown, and a failover can be forced', async () => {
  const topic = await createdTopic(east.bootstrap)
  expect((await georep.run('mirror', 'create', topic, ...link())).code).toBe(0)
  const elsewhere = georep.withSourceAt(west.bootstrap.join(', '))
  const listed = await elsewhere('mirror', 'list', ...link())
  expect(listed.code, listed.err).toBe(4)
  expect(listed.out).toContain(topic)
  expect(listed.err).toMatch(/the source cannot be asked, .* is not the one that link .* was made with: it has the id/)
  const failover = ['mirror', 'failover', topic, ...link(), '--confirm', topic]
  const refused = await elsewhere(...failover)
  expect(refused.code, refused.err).toBe(5)
  expect(refused.err).toContain('error GR-SOURCE-UP: the source of link')
  const forced = await elsewhere(...failover, '--force-while-source-up')
  expect(forced.code, forced.err).toBe(0)
  await write(west.bootstrap, topic, 1)
  expect((await georep.run('mirror', 'delete', topic, ...link(), '--confirm', topic)).code).toBe(0)
})

it('a throttle holds the bytes of a link to a rate, while its heartbeat and lease go on', async () => {
  const topic = await mirrored(1)
  const perSecond = 200_000
  expect(await georep.json('link', 'alter', georep.link, '--throttle', '200KB/s')).toMatchObject({ code: 0, data: { outcome: 'applied', runner: 'obeyed' } }) // prettier-ignore
  const troubles = runner.err.split('trouble').length
  for (let part = 0; part < 8; part++) await write(east.bootstrap, topic, 10, { valueBytes: 10_000 })
  const seen: { readonly askedMs: number; readonly toldMs: number; readonly end: number }[] = []
  const beats = new Set<string>()
  await eventually('all came', async () => {
    const state = await stateOf(west.bootstrap, georep.link)
    beats.add(JSON.stringify(state.get(`runner/${georep.link}`)))
    const askedMs = performance.now()
    const end = (await ends(topic))[0] ?? 0
    seen.push({ askedMs, toldMs: performance.now(), end })
    return end === 81
  })
  const [first, last] = [seen[0]!, seen.find(({ end }) => end === 81)!]
  const bytes = (last.end - first.end) * 10_000
  // What came before the first look is not counted, nor is a burst; a slow machine may carry less, never more.
  expect(bytes / ((last.toldMs - first.askedMs) / 1_000)).toBeLessThan(2 * perSecond)
  expect(first.end).toBeLessThan(60)
  expect(beats.size).toBeGreaterThan(1)
  expect(runner.err.split('trouble').length).toBe(troubles)
  expect(await georep.json('link', 'describe', georep.link)).toMatchObject({ data: { throttleBytesPerSecond: perSecond, state: 'ACTIVE' } }) // prettier-ignore
  expect(await georep.json('link', 'alter', georep.link, '--throttle', 'none')).toMatchObject({ code: 0 })
  const connect = await georep.json('link', 'alter', georep.link, '--connect', 'http://127.0.0.1:1')
  expect(connect).toMatchObject({ code: 5, data: { why: 'no Kafka Connect carries a link of the engine embedded' } })
  expect((await stateOf(west.bootstrap, georep.link)).get(`link/${georep.link}`)).toMatchObject({ throttleBytesPerSecond: null }) // prettier-ignore
})
