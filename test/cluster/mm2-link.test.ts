import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { commit, committedBy } from './support/commits.ts'
import { type Georep, georepFor } from './support/georep.ts'
import { kafkajsClient } from './support/kafkajs-client.ts'
import { endsOf, recordsIn } from './support/log-content.ts'
import { widestStretch } from './support/mm2.ts'
import { createdTopic, eventually, layer, onceKnown, withAdmin } from './support/observe.ts'
import { ownSandbox, unique } from './support/sandbox.ts'
import { stateOf as stateRecords } from './support/state-records.ts'
import { write } from './support/write.ts'

// What Kafka Connect holds is read with fetch, what the clusters hold with kafkajs.

const { ConfigResourceTypes } = kafkajs
const signal = AbortSignal.timeout(600_000)
let sandbox: Sandbox<'east' | 'west'>
let url: string
let georep: Georep
let adopted: Georep

beforeAll(async () => {
  sandbox = await ownSandbox({}, { connect: { workers: 1, isExactlyOnce: true } })
  url = sandbox.connect?.workers[0]?.url ?? ''
  georep = georepFor([sandbox.clusters.east.bootstrap, sandbox.clusters.west.bootstrap])
  adopted = georepFor([sandbox.clusters.east.bootstrap, sandbox.clusters.west.bootstrap])
})
afterAll(async () => {
  await georep.remove()
  await adopted.remove()
  await sandbox.down({ signal })
})

const names = (): readonly string[] =>
  ['source', 'checkpoint', 'heartbeat', 'return-heartbeat'].map((role) => `georep.${georep.link}.${role}`)
const create = async (...flags: readonly string[]): ReturnType<Georep['run']> =>
  await georep.run('link', 'create', georep.link, '--engine', 'mm2', ...flags)

it('a link is planned, refused where it cannot be, made, and made again', async () => {
  const planned = await create('--connect', url, '--dry-run', '--wan')
  expect(planned.code, planned.err).toBe(0)
  expect(planned.out).toMatch(/exactly\.once\.support +required/)
  expect(planned.out).toMatch(/producer\.override\.compression\.type +lz4/)
  expect(await get('/connectors')).toEqual([])

  const bad = await create('--connect', url, '--set', 'offset.lag.max=x', 'source:producer.override.linger.ms=y', 'checkpoint:sync.group.offsets.interval.seconds=z') // prettier-ignore
  expect(bad.code, bad.err).toBe(5)
  expect(bad.err).toContain('GR-CONNECTOR-INVALID')
  expect(bad.err).toContain('.source: linger.ms: Invalid value y')
  expect(bad.err).toContain('.checkpoint: sync.group.offsets.interval.seconds: Invalid value z')
  const secret = await create('--connect', url, '--set', 'source.cluster.ssl.key.password=hunter2')
  expect(secret.code).toBe(2)
  expect(secret.err).not.toContain('hunter2')
  expect((await create()).code).toBe(2)
  const wrong = await georep.run('link', 'create', `${georep.destination}-${georep.source}`, '--engine', 'mm2', '--connect', url) // prettier-ignore
  expect(wrong.code).toBe(5)
  expect(wrong.err).toContain('GR-CONNECT-WRONG-CLUSTER')
  expect(await get('/connectors')).toEqual([])

  // Validation does not find it, and the worker cannot make the connector of it.
  const failed = await create('--connect', url, '--set', 'offset.lag.max=7', 'return-heartbeat:consumer.override.interceptor.classes=no.such.Class', 'return-heartbeat:emit.heartbeats.interval.seconds=2') // prettier-ignore
  expect(failed.code, failed.err).toBe(1)
  expect(failed.err).toContain('GR-MM2-FAILED')
  const made = await create('--connect', url, '--set', 'offset.lag.max=7')
  expect(made.code, made.err).toBe(0)
  expect(made.out).toMatch(/\.source +there already/)
  expect(made.out).toMatch(/\.return-heartbeat +had FAILED, was made anew/)
  // What was set of it is not forgotten; what is of the way to the clusters is as georep.yaml says, and is told.
  expect(made.out).toMatch(/^Kept: +\S+\.return-heartbeat: emit\.heartbeats\.interval\.seconds \(as set before\)$/m)
  expect(made.out).toMatch(
    /^New: +\S+\.return-heartbeat: consumer\.override\.interceptor\.classes \(as georep\.yaml says now\)$/m,
  )
  const remade = await configOf('return-heartbeat')
  expect(remade).toMatchObject({ 'emit.heartbeats.interval.seconds': '2' })
  expect(remade).not.toHaveProperty(['consumer.override.interceptor.classes'])
  await eventually('it runs', async () => (await stateOf(`georep.${georep.link}.return-heartbeat`)) === 'RUNNING')
  expect(((await get('/connectors')) as readonly string[]).toSorted()).toEqual(names().toSorted())
  expect(await configOf('source')).toMatchObject({
    'offset.lag.max': '7',
    'exactly.once.support': 'required',
    'replication.factor': '1',
    'source.cluster.alias': georep.source,
  })
  const again = await create('--connect', url)
  expect(again.out).toContain('there already; nothing was changed')
  expect((await create('--connect', url, '--set', 'offset.lag.max=8')).err).toContain('GR-LINK-EXISTS')

  // As one that ended in the middle of it.
  await call('DELETE', `/connectors/georep.${georep.link}.heartbeat`)
  await eventually('the connector is gone', async () => !((await get('/connectors')) as readonly string[]).includes(`georep.${georep.link}.heartbeat`)) // prettier-ignore
  expect((await create('--connect', url)).out).toMatch(/\.heartbeat +created/)
})

it('heartbeats go out and come back', async () => {
  await eventually('the way of the data is proven', async () => {
    const topics = await withAdmin(sandbox.clusters.west.bootstrap, async (admin) => await admin.listTopics())
    return topics.includes(`${georep.source}.heartbeats`) && topics.includes('heartbeats')
  })
})

it('a paused link moves nothing, and goes on when it is resumed', async () => {
  const states = async (): Promise<readonly unknown[]> =>
    await Promise.all(['source', 'checkpoint', 'heartbeat'].map(async (role) => await stateOf(`georep.${georep.link}.${role}`))) // prettier-ignore
  expect((await georep.run('link', 'pause', georep.link)).code).toBe(0)
  expect(await states()).toEqual(['PAUSED', 'PAUSED', 'RUNNING'])
  expect((await georep.json('link', 'describe', georep.link)).data).toMatchObject({ state: 'PAUSED' })
  expect((await georep.run('link', 'resume', georep.link)).code).toBe(0)
  expect(await states()).toEqual(['RUNNING', 'RUNNING', 'RUNNING'])
  await eventually('the data path is proven', async () => {
    const { data } = await georep.json('link', 'describe', georep.link)
    return (data as Described).state === 'ACTIVE' && (data as Described).connect.dataPath.isProven
  })
})

it('takes neither protection nor ACLs: refused, with what is to be done instead, and nothing is changed', async () => {
  const look = async (): Promise<unknown> => ({
    state: await stateRecords(sandbox.clusters.west.bootstrap, georep.link),
    configs: await Promise.all(['source', 'checkpoint', 'heartbeat', 'return-heartbeat'].map(configOf)),
  })
  const before = await look()
  for (const [flags, why] of [
    [['--protect', 'acl', '--runner-principal', 'User:connect'], 'workers of Kafka Connect write to the mirrors of a link of the engine mm2'], // prettier-ignore
    [['--sync', 'acls'], 'run georep acl sync when they have changed'],
  ] as const) {
    for (const more of [['--dry-run'], []]) {
      const { code, out, err } = await georep.run('link', 'alter', georep.link, ...flags, ...more)
      expect({ code, out }).toEqual({ code: 5, out: expect.stringMatching(/^Outcome: +refused: /m) as string })
      expect(err).toContain(`error GR-LINK-CHANGE: link "${georep.link}"`)
      expect(err).toContain(why)
      expect(err).toMatch(new RegExp(`next: georep .*link describe ${georep.link}`))
    }
    const created = await create('--connect', url, ...flags)
    expect({ code: created.code, out: created.out }).toEqual({ code: 5, out: '' })
    expect(created.err).toContain('error GR-ENGINE-CANNOT')
  }
  // What asks for nothing is no mistake, to alter as to create.
  for (const flags of [
    ['--protect', 'none'],
    ['--sync', 'none'],
  ]) {
    const { code, out, err } = await georep.run('link', 'alter', georep.link, ...flags)
    expect({ code, out }, err).toEqual({ code: 0, out: expect.stringMatching(/^Outcome: +unchanged: /m) as string })
    const again = await create('--connect', url, ...flags)
    expect({ code: again.code, out: again.out }, again.err).toEqual({ code: 0, out: expect.stringMatching(/there already; nothing was changed/) as string }) // prettier-ignore
  }
  expect(await look()).toEqual(before)
})

it('alter --groups is written down, and told to the checkpoint connector, by the same command again as well', async () => {
  const checkpoint = `georep.${georep.link}.checkpoint`
  const alter = async (...more: readonly string[]): Promise<string> => {
    const { code, out, err } = await georep.run('link', 'alter', georep.link, '--groups', ...more)
    expect(code, err).toBe(0)
    return /^Outcome: +(.*)$/m.exec(out)?.[1] ?? out
  }
  let told: unknown
  // Connect fails to tell of a connector now and then while it is written anew.
  const groupsOf = async (): Promise<unknown> => {
    told = await configOf('checkpoint')
    return (told as { readonly groups: unknown } | undefined)?.groups
  }
  const recorded = async (): Promise<unknown> => (await stateRecords(sandbox.clusters.west.bootstrap, georep.link)).get(`link/${georep.link}`) // prettier-ignore
  const [config, record] = [(await configOf('checkpoint')) as Readonly<Record<string, string>>, await recorded()]
  expect(await alter('orders-*', 'billing', '--dry-run')).toBe('planned')
  expect(await configOf('checkpoint')).toEqual(config)
  expect(await alter('orders-*', 'billing')).toBe('applied')
  await eventually('the connector is told', async () => (await groupsOf()) === 'orders-.*,billing')
  expect(told).toEqual({ ...config, groups: 'orders-.*,billing' })
  expect(await recorded()).toEqual({ ...(record as object), groups: ['orders-*', 'billing'] })
  expect(await alter('billing', 'orders-*')).toBe('unchanged: it has these groups already')
  const other = await create('--connect', url, '--groups', 'orders-*')
  expect({ code: other.code, err: other.err }).toEqual({ code: 5, err: expect.stringMatching(/next: georep .*link alter .* --groups 'orders-\*'/) as string }) // prettier-ignore
  // As an alter that ended before Kafka Connect was told.
  await call('PUT', `/connectors/${checkpoint}/config`, { ...config, groups: 'nobody' })
  await eventually('somebody has set it otherwise', async () => (await groupsOf()) === 'nobody')
  expect(await alter('orders-*', 'billing', '--dry-run')).toBe('planned')
  expect(await alter('orders-*', 'billing')).toBe('applied')
  await eventually('the connector is told again', async () => (await groupsOf()) === 'orders-.*,billing')
  expect(await alter('*')).toBe('applied')
  await eventually('it is as before', async () => (await groupsOf()) === config['groups'])
  await eventually('it runs', async () => (await stateOf(checkpoint)) === 'RUNNING')
})

it('offset clamp moves a group to the record that it had not read on the source, and without the source no further than that', async () => {
  const { east, west } = sandbox.clusters
  const topic = await createdTopic(east.bootstrap)
  await write(east.bootstrap, topic, 1_000)
  const on = ['--link', georep.link] as const
  const made = await georep.run('mirror', 'create', topic, ...on)
  expect(made.code, made.err).toBe(0)
  await deletedAndMadeAgain(topic)
  await using source = layer({ name: 'east', bootstrap: east.bootstrap })
  await using destination = layer({ name: 'west', bootstrap: west.bootstrap })
  await commit(source, 'reader', topic, [777])
  const place = async (): Promise<number> => Number((await committedBy(west.bootstrap, 'reader', topic))[0] ?? -1)
  await eventually('MirrorMaker has told of the group', async () => (await place()) > 0)
  const stopped = await georep.run('mirror', 'failover', topic, ...on, '--force-while-source-up', '--confirm', topic)
  expect(stopped.code, stopped.err).toBe(0)
  const next = (await recordsIn(west.bootstrap, topic, 1_000)).find(({ value }) => value === 'value 777')
  const truth = Number(next?.offset)
  // MirrorMaker would move the group as well, between a look at it and another.
  expect(await call('PUT', `/connectors/georep.${georep.link}.checkpoint/stop`)).toBe(204)
  await eventually('MirrorMaker leaves groups alone', async () => (await stateOf(`georep.${georep.link}.checkpoint`)) === 'STOPPED') // prettier-ignore

  const clamped = async (): Promise<number> => {
    // As far back as MirrorMaker may put a group.
    await commit(destination, 'reader', topic, [3])
    const undo = join(dirname(georep.config), `${unique('undo')}.json`)
    const { code, err } = await georep.run('offset', 'clamp', ...on, '--apply', '--confirm', georep.link, '--undo', undo) // prettier-ignore
    expect(code, err).toBe(0)
    return await place()
  }
  expect(await clamped()).toBe(truth)
  await commit(destination, 'reader', topic, [3])
  const plan = join(dirname(georep.config), `${unique('plan')}.json`)
  const planned = await georep.run('offset', 'clamp', ...on, '--group', 'reader', '--plan', plan)
  expect(planned.code, planned.err).toBe(0)
  const applied = await georep.run('offset', 'apply', plan, '--confirm', georep.destination)
  expect(applied.code, applied.err).toBe(0)
  expect(await place()).toBe(truth)
  await east.pause({ signal })
  const without = await clamped()
  await east.resume({ signal })
  const [end = 0] = await endsOf(west.bootstrap, topic)
  const widest = await widestStretch(west.bootstrap, `mm2-offset-syncs.${georep.source}.internal`, topic, end)
  expect(without).toBeGreaterThanOrEqual(truth - widest)
  expect(without).toBeGreaterThan(3)
  expect(without).toBeLessThanOrEqual(truth)
})

/** By the command that made the link: Kafka Connect has kept the offsets, from which the new one goes on. */
async function deletedAndMadeAgain(topic: string): Promise<void> {
  const before = await configOf('source')
  expect(await call('DELETE', `/connectors/georep.${georep.link}.source`)).toBe(204)
  const made = await create('--connect', url, '--set', 'source:offset.lag.max=7')
  expect(made.code, made.err).toBe(0)
  expect(made.err).toMatch(/^warning: Kafka Connect had no "georep\.\S+\.source": only what this command sets is set/m)
  // Workers read it from their topic.
  await eventually('Kafka Connect tells of it', async () => isDeepStrictEqual(await configOf('source'), before))
  await write(sandbox.clusters.east.bootstrap, topic, 1, { prefix: 'more' })
  const values = (await recordsIn(sandbox.clusters.west.bootstrap, topic, 1_001)).map(({ value }) => value)
  expect(values).toEqual([...Array.from({ length: 1_000 }, (_, n) => `value ${n}`), 'more 0'])
}

it('a deleted link leaves no connector', async () => {
  expect((await georep.run('link', 'delete', georep.link, '--confirm', georep.link, '--with-mirrors')).code).toBe(0)
  await eventually('the connectors are gone', async () => ((await get('/connectors')) as unknown[]).length === 0)
})

it('connectors that are there already become a link, and stay as they are', async () => {
  const { east, west } = sandbox.clusters
  await withAdmin(east.bootstrap, async (admin) => {
    await admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 1 })) })
  })
  await produce(Object.fromEntries(topics.map((topic) => [topic, 20])))
  const common = {
    'source.cluster.alias': 'from',
    'target.cluster.alias': 'to',
    'source.cluster.bootstrap.servers': east.bootstrap.join(','),
    'target.cluster.bootstrap.servers': west.bootstrap.join(','),
    'replication.policy.class': 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy',
    topics: topics.join(','),
    'source.consumer.ssl.key.password': 'hunter2',
  }
  const made = { 'replication.factor': '1', 'offset-syncs.topic.replication.factor': '1', 'checkpoints.topic.replication.factor': '1' } // prettier-ignore
  const mm2 = 'org.apache.kafka.connect.mirror'
  const source = { ...common, ...made, 'connector.class': `${mm2}.MirrorSourceConnector`, 'tasks.max': '4', 'sync.topic.configs.enabled': 'false', 'refresh.topics.interval.seconds': '2' } // prettier-ignore
  const checkpoint = { ...common, ...made, 'connector.class': `${mm2}.MirrorCheckpointConnector` }
  expect(await call('PUT', '/connectors/mm2-source/config', source)).toBe(201)
  expect(await call('PUT', '/connectors/mm2-checkpoint/config', checkpoint)).toBe(201)
  await eventually('all is mirrored', async () => JSON.stringify(await get('/connectors/mm2-source/offsets')).split('"offset":{"offset":19}').length === topics.length + 1) // prettier-ignore

  const planned = await adopted.run('link', 'adopt', adopted.link, '--connect', url, '--dry-run')
  expect(planned.code, planned.err).toBe(0)
  expect(planned.out).toMatch(/mm2-checkpoint +sync\.group\.offsets\.enabled +\(not set\) +true/)
  expect(planned.out).not.toContain('hunter2')
  const done = await adopted.run('link', 'adopt', adopted.link, '--connect', url)
  expect(done.code, done.err).toBe(0)
  expect(((await get('/connectors/mm2-source')) as { config: object }).config).toEqual({ ...source, name: 'mm2-source' }) // prettier-ignore
  const { data, code } = await adopted.json('link', 'describe', adopted.link)
  expect(code).toBe(0)
  expect(data).toMatchObject({ state: 'ACTIVE', connect: { why: null, isExactlyOnce: false, warnings: [] } })
  expect(statesOf(data)).toEqual({ broken: 'ACTIVE', orders: 'ACTIVE', rebuilt: 'ACTIVE', shorter: 'ACTIVE' })
  const lag = await adopted.json('lag', '--link', adopted.link, '--mirrors-only')
  expect((lag.data as { partitions: readonly object[] }).partitions).toEqual(
    expect.arrayContaining([expect.objectContaining({ topic: 'orders', mirrored: '20', sourceEnd: '20', lag: '0', status: 'OK' })]), // prettier-ignore
  )

  // Nobody else's, and a heartbeat that comes later is one of the link's.
  const [from, to] = adopted.link.split('-')
  const second = await adopted.run('link', 'adopt', 'second-link', '--source', from!, '--destination', to!, '--connect', url) // prettier-ignore
  expect([second.code, second.err]).toEqual([5, expect.stringContaining(`"mm2-source" is that of link "${adopted.link}"`)]) // prettier-ignore
  const heartbeat = { ...common, 'connector.class': `${mm2}.MirrorHeartbeatConnector`, 'heartbeats.topic.replication.factor': '1' } // prettier-ignore
  expect(await call('PUT', '/connectors/mm2-heartbeat/config', heartbeat)).toBe(201)
  expect((await adopted.run('link', 'adopt', adopted.link, '--connect', url)).out).toContain('mm2-heartbeat')
  const described = await adopted.json('link', 'describe', adopted.link)
  expect(described.data).toMatchObject({ connect: { connectors: expect.arrayContaining([expect.objectContaining({ role: 'heartbeat', name: 'mm2-heartbeat' })]) as object } }) // prettier-ignore
  expect((await adopted.run('link', 'adopt', adopted.link, '--connect', url)).out).toContain('adopted already')
})

it('a link goes by another URL of its Kafka Connect, and by none at which its connectors are not', async () => {
  const kept = async (): Promise<unknown> => {
    const link = (await stateRecords(sandbox.clusters.west.bootstrap, adopted.link)).get(`link/${adopted.link}`) as { readonly mm2: { readonly connectUrl: string } } // prettier-ignore
    return link.mm2.connectUrl
  }
  const byName = url.replace('127.0.0.1', 'localhost')
  const move = async (to: string, ...flags: readonly string[]): ReturnType<Georep['run']> =>
    await adopted.run('link', 'alter', adopted.link, '--connect', to, ...flags)
  const [elsewhere, planned] = [
    await adopted.run('link', 'adopt', adopted.link, '--connect', byName),
    await move(byName, '--dry-run'),
  ]
  expect([elsewhere.code, elsewhere.err]).toEqual([
    5,
    expect.stringContaining(`georep link alter ${adopted.link} --connect ${byName}`),
  ])
  expect([planned.code, planned.out]).toEqual([0, expect.stringContaining('planned')])
  expect((await move('http://127.0.0.1:1')).code).toBe(1)
  expect(await kept()).toBe(url)
  const moved = await move(byName)
  expect(moved.code, moved.err).toBe(0)
  expect(await kept()).toBe(byName)
  expect((await adopted.json('link', 'describe', adopted.link)).data).toMatchObject({
    state: 'ACTIVE',
    connect: { url: byName, why: null },
  })
  expect((await move(byName)).out).toContain('unchanged')
  expect((await move(url)).code).toBe(0)
})

it('topics that are others by now, and offsets that mean nothing any more, are FAILED mirrors', async () => {
  const { east, west } = sandbox.clusters
  await withAdmin(west.bootstrap, async (admin) => {
    await admin.deleteTopics({ topics: ['rebuilt'] })
    await again(async () => { await admin.createTopics({ topics: [{ topic: 'rebuilt', numPartitions: 1 }] }) }) // prettier-ignore
  })
  await withAdmin(east.bootstrap, async (admin) => {
    await admin.deleteTopics({ topics: ['orders'] })
    await again(async () => { await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] }) }) // prettier-ignore
  })
  let reasons: Readonly<Record<string, string | null>> = {}
  await eventually('both are told', async () => {
    const { data } = await adopted.json('link', 'describe', adopted.link)
    reasons = Object.fromEntries((data as Described).mirrors.map(({ topic, reason }) => [topic, reason]))
    const { orders, rebuilt } = statesOf(data)
    return orders === 'FAILED' && rebuilt === 'FAILED'
  })
  expect(reasons['orders']).toContain('source topic "orders" was deleted and made anew')
  expect(reasons['rebuilt']).toContain("Kafka Connect's offsets are stale")
  expect(reasons['shorter']).toBeNull()
  // By Connect's offsets all of it would be there.
  const promote = await adopted.json('mirror', 'promote', 'rebuilt', '--link', adopted.link, '--fence', 'none', '--dry-run') // prettier-ignore
  expect(promote.data).toMatchObject({ blockers: [expect.stringMatching(/"rebuilt" is not whole: .*offsets are stale/)], lag: { kind: 'unknown' } }) // prettier-ignore
  expect(promote.code).toBe(5)
  const failover = await adopted.json('mirror', 'failover', 'rebuilt', '--link', adopted.link, '--force-while-source-up', '--dry-run') // prettier-ignore
  expect(failover.data).toMatchObject({ estimatedLoss: { kind: 'unknown' } })
  expect(failover.code).toBe(0)
})

it('a task that FAILED under a connector that runs is told, with the last cause', async () => {
  await withAdmin(sandbox.clusters.west.bootstrap, async (admin) => {
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: 'broken', configEntries: [{ name: 'max.message.bytes', value: '100' }] }] }) // prettier-ignore
  })
  await produce({ broken: 1 }, 'x'.repeat(2_000))
  let described: unknown
  await eventually('the mirror is FAILED', async () => {
    described = (await adopted.json('link', 'describe', adopted.link)).data
    return statesOf(described)['broken'] === 'FAILED'
  })
  expect(await stateOf('mm2-source')).toBe('RUNNING')
  const { state, mirrors } = described as Described
  expect(state).toMatch(/DEGRADED|FAILED/)
  expect(mirrors.find(({ topic }) => topic === 'broken')?.reason).toMatch(/task \d of connector "mm2-source" has FAILED: .*RecordTooLargeException/) // prettier-ignore
})

it('a worker that is gone carries nothing, and adopted connectors outlive their link', async () => {
  const [worker] = sandbox.connect?.workers ?? []
  await worker?.kill({ signal })
  const { code, data } = await adopted.json('link', 'describe', adopted.link)
  expect(code).toBe(4)
  expect(data).toMatchObject({ state: 'NO_RUNNER', connect: { version: null, connectors: [] } })
  expect(statesOf(data)['shorter']).toBe('PENDING')
  await worker?.start({ signal })
  const gone = await adopted.run('link', 'delete', adopted.link, '--confirm', adopted.link, '--with-mirrors')
  expect(gone.code, gone.err).toBe(0)
  expect(gone.out).toContain('leaves mm2-source, mm2-checkpoint')
  // A worker that was started a moment ago may tell of connectors as they were before.
  await eventually('both are there', async () => {
    const there = (await get('/connectors')) as readonly string[]
    return ['mm2-source', 'mm2-checkpoint'].every((name) => there.includes(name))
  })
})

const topics = ['orders', 'rebuilt', 'broken', 'shorter']

interface Described {
  readonly state: string
  readonly mirrors: readonly { readonly topic: string; readonly state: string; readonly reason: string | null }[]
  readonly connect: { readonly dataPath: { readonly isProven: boolean } }
}

function statesOf(data: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries((data as Described).mirrors.map(({ topic, state }) => [topic, state]))
}

async function produce(counts: Readonly<Record<string, number>>, value = 'value'): Promise<void> {
  const producer = kafkajsClient(sandbox.clusters.east.bootstrap).producer()
  await producer.connect()
  for (const [topic, count] of Object.entries(counts)) {
    await onceKnown(async () => await producer.send({ topic, messages: Array.from({ length: count }, () => ({ value })) })) // prettier-ignore
  }
  await producer.disconnect()
}

/** A topic that was deleted is there for some moments more. */
async function again(make: () => Promise<void>): Promise<void> {
  await eventually('the topic is made anew', async () => await make().then(() => true, () => false)) // prettier-ignore
}

async function stateOf(connector: string): Promise<unknown> {
  return ((await get(`/connectors/${connector}/status`)) as { connector: { state: unknown } }).connector.state
}

async function configOf(role: string): Promise<unknown> {
  return ((await get(`/connectors/georep.${georep.link}.${role}`)) as { readonly config: unknown }).config
}

async function get(path: string): Promise<unknown> {
  const answer = await fetch(url + path, { signal })
  return await answer.json()
}

async function call(method: string, path: string, body?: object): Promise<number> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return (await fetch(url + path, { method, signal, ...sent })).status
}
