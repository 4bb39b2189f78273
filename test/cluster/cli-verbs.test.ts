import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { committedNow, consumed, createdTopic, eventually, withAdmin } from './support/observe.ts'
import { georepFor, type Georep } from './support/georep.ts'
import type { Runner } from './support/runner.ts'
import { ownSandbox, unique } from './support/sandbox.ts'

// link, mirror, lag and offset on real clusters, as an operator types them. What they did is looked at with kafkajs.

// On clusters of its own: that a verb changed nothing is looked for in all that they hold.
let sandbox: Sandbox<'east' | 'west'>
let east: Sandbox<'east'>['clusters']['east']
let west: Sandbox<'west'>['clusters']['west']
let georep: Georep
/** The same clusters and names, with nobody at the source's address. */
let sourceDead: Georep['run']
let runner: Runner | undefined

beforeAll(async () => {
  sandbox = await ownSandbox()
  ;({ east, west } = sandbox.clusters)
  georep = georepFor([east.bootstrap, west.bootstrap], { twin: east.bootstrap.join(', '), dead: '127.0.0.1:1' })
  sourceDead = georep.withSourceAt('127.0.0.1:1')
})
afterAll(async () => {
  await georep.remove()
  await sandbox[Symbol.asyncDispose]()
})

const link = (): readonly string[] => ['--link', georep.link]

async function produced(bootstrap: readonly string[], topic: string, count: number): Promise<void> {
  const producer = kafkajsClient(bootstrap).producer({ createPartitioner })
  await producer.connect()
  const messages = Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: `v${index}`, partition: 0 }))
  await producer.send({ topic, acks: -1, messages })
  await producer.disconnect()
}

async function endOf(bootstrap: readonly string[], topic: string): Promise<number> {
  return await withAdmin(bootstrap, async (admin) => Number((await admin.fetchTopicOffsets(topic))[0]?.offset))
}

async function setOffset(bootstrap: readonly string[], groupId: string, topic: string, offset: string): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset }] })
  })
}

/** Topics with their ends, the state topic's too, on both clusters. */
async function everything(): Promise<unknown> {
  return await Promise.all(
    [east, west].map(
      async ({ bootstrap }) =>
        await withAdmin(bootstrap, async (admin) => {
          const topics = (await admin.listTopics()).filter((name) => name !== '__consumer_offsets').toSorted()
          return await Promise.all(topics.map(async (name) => [name, await admin.fetchTopicOffsets(name)]))
        }),
    ),
  )
}

describe('from nothing to a failover', () => {
  let orders: string
  let group: string
  const state = async (topic: string): Promise<unknown> => {
    const { data } = await georep.json('mirror', 'list', ...link())
    return (data as { mirrors: { topic: string; state: string }[] }).mirrors.find((one) => one.topic === topic)?.state
  }

  it('a link is planned without a trace, created, and found again', async () => {
    const before = await everything()
    expect(await georep.json('link', 'create', georep.link, '--dry-run')).toMatchObject({ code: 0, data: { outcome: 'planned', fence: 'permitted' } }) // prettier-ignore
    expect(await everything()).toEqual(before)
    const { data, err } = await georep.json('link', 'create', georep.link)
    expect(data).toMatchObject({
      outcome: 'created',
      source: { name: georep.source, clusterId: east.clusterId },
      destination: { name: georep.destination, clusterId: west.clusterId },
      groups: ['*'],
    })
    expect(err).toBe(`next: georep link run ${georep.link}\n`)
    const after = await everything()
    expect(after).not.toEqual(before)
    expect(await georep.json('link', 'create', georep.link)).toMatchObject({ code: 0, data: { outcome: 'unchanged' } })
    expect((await georep.run('link', 'create', georep.link, '--groups', 'others')).code).toBe(5)
    expect(await everything()).toEqual(after)
  })

  it('its runner says so', async () => {
    runner = await georep.startRunner()
    expect(runner.err).toContain(`georep: link ${georep.link} is running (pid ${runner.pid})\n`)
    expect(await georep.json('link', 'describe', georep.link)).toMatchObject({ code: 0, data: { state: 'ACTIVE', runner: { pid: runner.pid } } }) // prettier-ignore
  })

  it('a mirror is created, carried, and has no lag', async () => {
    orders = await createdTopic(east.bootstrap, { configs: { 'retention.ms': '86400001', 'compression.type': 'gzip' } })
    await produced(east.bootstrap, orders, 50)
    const { code, data } = await georep.json('mirror', 'create', orders, ...link())
    expect({ code, data }).toMatchObject({ code: 0, data: { mirrors: [{ topic: orders, outcome: 'applied', recordsToCopy: '50' }] } }) // prettier-ignore
    const settings = (data as { mirrors: { settings: { name: string; fate: string }[] }[] }).mirrors[0]?.settings
    expect(settings).toContainEqual(expect.objectContaining({ name: 'retention.ms', fate: 'copied' }))
    expect(settings).toContainEqual(expect.objectContaining({ name: 'compression.type', fate: 'deferred' }))
    await eventually('all 50 are mirrored', async () => (await endOf(west.bootstrap, orders)) === 50)
    expect(await consumed(west.bootstrap, orders, 50)).toEqual(await consumed(east.bootstrap, orders, 50))
    expect(await georep.json('lag', ...link())).toMatchObject({
      code: 0,
      data: { partitions: [{ topic: orders, sourceEnd: '50', mirrored: '50', lag: '0', status: 'OK' }] },
    })
    expect(await georep.json('mirror', 'create', orders, ...link())).toMatchObject({ code: 0, data: { mirrors: [{ outcome: 'unchanged' }] } }) // prettier-ignore
    expect(runner?.err).toContain(`mirror "${orders}" is carried`)
  })

  it('committed offsets follow', async () => {
    group = unique('group')
    await setOffset(east.bootstrap, group, orders, '30')
    await eventually('the offset is copied', async () => (await committedNow(west.bootstrap, group, orders)) === '30')
  })

  it('a failover is refused while the source answers, and changes nothing', async () => {
    const { code, out, err } = await georep.run('mirror', 'failover', orders, ...link(), '--confirm', orders)
    expect({ code, out }).toEqual({ code: 5, out: '' })
    expect(err).toContain('error GR-SOURCE-UP')
    expect(err).toContain(`georep mirror failover ${orders} --link ${georep.link} --force-while-source-up`)
    expect(err).toContain(west.clusterId)
    expect(await state(orders)).toBe('ACTIVE')
    await produced(east.bootstrap, orders, 1)
    await eventually('the mirror goes on', async () => (await endOf(west.bootstrap, orders)) === 51)
  })

  it('a forced one opens the topic, and the runner cannot append to it any more', async () => {
    const { code, data, err } = await georep.json('mirror', 'failover', orders, ...link(), '--confirm', orders, '--force-while-source-up', '--max-loss-records', '0') // prettier-ignore
    expect(data).toMatchObject({
      phase: 'done',
      source: { isReachable: true, isFenced: false },
      results: [{ topic: orders, outcome: 'applied', ends: ['51'], loss: { kind: 'exact', records: '0' } }],
    })
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(`georep offset clamp --link ${georep.link}`) as string }) // prettier-ignore
    expect(await state(orders)).toBe('STOPPED')
    await produced(east.bootstrap, orders, 5)
    await produced(west.bootstrap, orders, 2)
    // One offset is the fence's.
    await eventually('what clients write arrives', async () => (await endOf(west.bootstrap, orders)) === 54)
    await eventually('the runner lets go of it', () => Promise.resolve(runner?.err.includes('no longer carried') === true)) // prettier-ignore
    expect(await endOf(west.bootstrap, orders)).toBe(54)
    expect(await georep.json('mirror', 'failover', orders, ...link(), '--confirm', orders)).toMatchObject({ code: 0, data: { results: [{ outcome: 'unchanged' }] } }) // prettier-ignore
  })

  it('clamp previews, refuses a group with members, and moves the others to the end', async () => {
    const idle = unique('idle')
    const active = unique('active')
    const elsewhere = await createdTopic(west.bootstrap)
    await setOffset(west.bootstrap, idle, orders, '500')
    await setOffset(west.bootstrap, active, orders, '600')
    const member = kafkajsClient(west.bootstrap).consumer({ groupId: active })
    await member.connect()
    await member.subscribe({ topic: elsewhere })
    await member.run({ eachMessage: async () => { await Promise.resolve() } }) // prettier-ignore
    try {
      await eventually(
        'the group has a member',
        async () =>
          await withAdmin(
            west.bootstrap,
            async (admin) => (await admin.describeGroups([active])).groups[0]?.state === 'Stable',
          ),
      )
      const preview = await georep.json('offset', 'clamp', ...link())
      expect(preview).toMatchObject({
        code: 0,
        data: {
          phase: 'planned',
          groups: expect.arrayContaining([
            expect.objectContaining({ group: idle, outcome: 'movable' }),
            expect.objectContaining({ group: active, outcome: 'refused' }),
            expect.objectContaining({ group, outcome: 'unchanged' }),
          ]) as unknown,
        },
      })
      expect(await committedNow(west.bootstrap, idle, orders)).toBe('500')
      const applied = await georep.json('offset', 'clamp', ...link(), '--apply', '--confirm', georep.link)
      expect(applied).toMatchObject({
        code: 6,
        data: {
          phase: 'done',
          groups: expect.arrayContaining([
            expect.objectContaining({ group: idle, outcome: 'applied' }),
            expect.objectContaining({ group: active, outcome: 'refused' }),
            expect.objectContaining({ group, outcome: 'unchanged' }),
          ]) as unknown,
        },
      })
      expect(applied.err).toContain('GR-CLAMP-INCOMPLETE')
      expect(await committedNow(west.bootstrap, idle, orders)).toBe('54')
      expect(await committedNow(west.bootstrap, active, orders)).toBe('600')
      expect(await committedNow(west.bootstrap, group, orders)).toBe('30')
    } finally {
      await member.disconnect()
    }
    const rest = await georep.json('offset', 'clamp', ...link(), '--group', active, '--apply', '--confirm', georep.link)
    expect(rest).toMatchObject({ code: 0, data: { groups: [{ group: active, outcome: 'applied' }] } })
    expect(await committedNow(west.bootstrap, active, orders)).toBe('54')
  })

  it('with the source dead everything that needs only the destination works within seconds', async () => {
    const late = await createdTopic(east.bootstrap)
    await produced(east.bootstrap, late, 10)
    await georep.run('mirror', 'create', late, ...link())
    await eventually('all 10 are mirrored', async () => (await endOf(west.bootstrap, late)) === 10)
    await eventually('the runner has told where it is', async () => {
      const { out } = await sourceDead('lag', ...link(), '-o', 'json')
      return out.includes('"sourceEnd": "10"')
    })
    const started = Date.now()
    const described = await sourceDead('link', 'describe', georep.link)
    expect({ code: described.code, out: described.out }).toEqual({ code: 0, out: expect.stringContaining('does not answer') as string }) // prettier-ignore
    const lag = await sourceDead('lag', ...link())
    expect({ code: lag.code, out: lag.out }).toEqual({ code: 0, out: expect.stringMatching(/>=0 .* STALE/) as string })
    const all = await sourceDead('link', 'list')
    expect({ code: all.code, out: all.out }).toEqual({ code: 4, out: expect.stringContaining(georep.link) as string })
    expect(all.err).toContain(`warning: links to cluster "${georep.source}" are not known`)
    expect((await sourceDead('mirror', 'create', 'more', ...link())).code).toBe(1)
    const limited = await sourceDead('mirror', 'failover', '--all', ...link(), '--confirm', georep.link, '--max-loss-records', '1000') // prettier-ignore
    expect({ code: limited.code, err: limited.err }).toEqual({ code: 5, err: expect.stringContaining('GR-LOSS-LIMIT') as string }) // prettier-ignore
    const done = await sourceDead('mirror', 'failover', '--all', ...link(), '--confirm', georep.link)
    expect(done.err).toContain('did not answer and is not fenced')
    expect(done.code).toBe(0)
    expect(done.out).toMatch(new RegExp(`${orders} +unchanged`))
    expect(done.out).toMatch(new RegExp(`${late} +applied +10 `))
    expect((await sourceDead('offset', 'clamp', ...link())).code).toBe(0)
    expect(Date.now() - started).toBeLessThan(20_000)
    await produced(west.bootstrap, late, 1)
    expect(await endOf(west.bootstrap, late)).toBe(12)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('the runner ends well on %s', async (signal) => {
    const ending = runner ?? (await georep.startRunner())
    runner = undefined
    expect(await ending.stop(signal)).toBe(0)
    expect(ending.err).toContain(`georep: link ${georep.link} has stopped\n`)
    expect(await georep.json('link', 'describe', georep.link)).toMatchObject({ data: { state: 'NO_RUNNER' } })
  })
})

describe('what cannot be done is refused, and changes nothing', () => {
  let full: string
  let mirrored: string
  beforeAll(async () => {
    await georep.run('link', 'create', georep.link)
    full = await createdTopic(west.bootstrap)
    await produced(west.bootstrap, full, 1)
    await withAdmin(east.bootstrap, async (admin) => {
      await admin.createTopics({ topics: [{ topic: full }] })
    })
    mirrored = await createdTopic(east.bootstrap)
    expect((await georep.run('mirror', 'create', mirrored, ...link())).code).toBe(0)
  })

  const cases: readonly (readonly [string, () => readonly string[], number, string])[] = [
    ['an unknown cluster', () => ['link', 'create', `${georep.source}-nowhere`], 2, 'GR-LINK-NAME'],
    ['the same name twice', () => ['link', 'create', `${georep.source}-${georep.source}`], 2, 'GR-LINK-NAME'],
    ['two names of one cluster', () => ['link', 'create', `${georep.source}-twin`], 5, 'GR-LINK-BLOCKED'],
    ['a destination that is not there', () => ['link', 'create', `${georep.source}-dead`], 1, 'GR-CLUSTER-UNREACHABLE'],
    ['a source that is not there', () => ['link', 'create', `dead-${georep.destination}`], 1, 'GR-CLUSTER-UNREACHABLE'],
    ['a link that is not there', () => ['link', 'run', `${georep.destination}-${georep.source}`], 1, 'GR-LINK-UNKNOWN'],
    ['a topic that is not there', () => ['mirror', 'create', 'missing', ...link()], 5, 'does not exist'],
    ['a mirror topic that is not empty', () => ['mirror', 'create', full, ...link()], 5, 'is not empty'],
    ['no terminal to confirm on', () => ['mirror', 'failover', mirrored, ...link()], 5, 'GR-CONFIRM-REQUIRED'],
    ['the wrong name typed', () => ['mirror', 'failover', mirrored, ...link(), '--confirm', georep.link], 5, 'GR-CONFIRM-MISMATCH'],
    ['a mirror that is not there', () => ['mirror', 'failover', 'missing', ...link(), '--confirm', 'missing'], 5, 'GR-MIRROR-UNKNOWN'],
    ['a source that answers', () => ['mirror', 'failover', '--all', ...link(), '--confirm', georep.link], 5, 'GR-SOURCE-UP'],
    ['a dry run', () => ['mirror', 'failover', '--all', ...link(), '--dry-run'], 5, 'GR-SOURCE-UP'],
    ['a group that is not there', () => ['offset', 'clamp', ...link(), '--group', 'no-such-group'], 1, 'GR-GROUP-UNKNOWN'],
  ] // prettier-ignore

  it.each(cases)('%s', async (_name, argv, code, text) => {
    const before = await everything()
    const started = Date.now()
    const ran = await georep.run(...argv())
    expect(Date.now() - started).toBeLessThan(5_000)
    expect(ran.code).toBe(code)
    expect(ran.err + ran.out).toContain(text)
    expect(ran.err).toMatch(/^error GR-[A-Z-]+: /m)
    expect(await everything()).toEqual(before)
  })

  it('what was typed at the terminal and is not the name', async () => {
    const before = await everything()
    const argv = ['mirror', 'failover', mirrored, ...link(), '--force-while-source-up']
    const { code, err } = await georep.runAtTerminal('yes', ...argv)
    expect({ code, err }).toEqual({ code: 5, err: expect.stringContaining('GR-CONFIRM-DECLINED') as string })
    expect(err).toContain(`Destination:     ${georep.destination} (id ${west.clusterId}, ${west.bootstrap.join()})`)
    expect(await everything()).toEqual(before)
    expect((await georep.runAtTerminal(mirrored, ...argv)).code).toBe(0)
    expect(await everything()).not.toEqual(before)
  })
})
