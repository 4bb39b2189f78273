import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { clusterRight, groupRight, idRight, type Right, topicRight } from '../../src/core/acl.ts'
import type { Side } from '../../src/core/needs.ts'
import { rightsFor, type Verb } from '../../src/core/permissions.ts'
import { mirrormakerLogin } from '../../src/sandbox/secure/access.ts'
import { grant } from '../../src/sandbox/secure/grant.ts'
import type { DrillPrinted } from './support/drill-printed.ts'
import { MachineRoom } from './support/machine-room.ts'
import { eventually } from './support/observe.ts'
import { Lane, SecuredClusters, sides } from './support/rights-lane.ts'

// A link of MirrorMaker 2 on secured clusters: georep, the workers of Kafka Connect and the connectors come in as three users, each with the rights that the
// documentation lists. ACLs are set, and clusters looked at, by kafkajs as the super user.

it('drill --sandbox --engine mm2 --secure passes with exactly the documented rights', async () => {
  const room = new MachineRoom()
  try {
    const flags = ['--steady', '1s', '--hold', '1s', '--canary-interval', '500ms', '-o', 'json']
    const drill = room.start(['drill', '--sandbox', '--engine', 'mm2', '--secure', '--measure-rpo', ...flags])
    const { code, out, err } = await drill.ended
    room.expectEmpty()
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('killing "east" with SIGKILL') as string })
    expect((JSON.parse(out) as DrillPrinted).data).toMatchObject({ verdict: 'pass', otherMirrors: { count: 1 } })
  } finally {
    await room.remove()
  }
})

describe('a link', () => {
  const topics = ['orders', 'payments', 'audit']
  const link = ['--link', 'east-west'] as const
  const on = (topic: string) => ({ sourceTopics: [topic], mirrorTopics: [topic] })
  const syncs = topicRight('Read', 'mm2-offset-syncs.east.internal')
  const tasks = idRight('Write', 'connect-georep.east-west.source-*')
  let clusters: SecuredClusters
  let lane: Lane

  beforeAll(async () => {
    clusters = await SecuredClusters.start([], { connect: { workers: 1, isExactlyOnce: true } })
    const { admins, sandbox } = clusters
    await admins.source.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 1 })) })
    for (const topic of topics) await clusters.write(topic, '1', '2', '3')
    await clusters.commit('source', 'app', 'orders', '2')
    const connect = { alias: 'east', workers: 'connect' }
    lane = new Lane(clusters, '', { topics, group: 'app', isOwn: /^(orders|payments|audit|georep-canary-.*)$/, principals: ['georep'], connect }) // prettier-ignore
    const subject = { link: lane.link, sourceTopics: topics, mirrorTopics: topics, groups: ['app'], connect }
    const options = { time: systemTime, signal: AbortSignal.timeout(60_000) }
    for (const [name, side] of [['east', 'source'], ['west', 'destination']] as const) {
      const rights = rightsFor(['connectors of MirrorMaker'], side, subject)
      await grant(sandbox, name, { user: 'mirrormaker', rights }, options)
    } // prettier-ignore
    const rights = rightsFor(['workers of Kafka Connect, of a link'], 'destination', subject)
    await grant(sandbox, 'west', { user: 'connect', rights }, options)
  })
  afterAll(async () => {
    await clusters[Symbol.asyncDispose]()
  })

  /** Without one right it is refused, names it, and changes nothing. */
  async function refused(
    verb: Verb,
    argv: readonly string[],
    lacks: { readonly side: Side; readonly right: Right; readonly code?: number },
    about: Parameters<Lane['required']>[1] = {},
  ): Promise<void> {
    const { side, right, code = 1 } = lacks
    const needed = lane.required(verb, about)
    const left = needed.filter((one) => one.side !== side || JSON.stringify(one.right) !== JSON.stringify(right))
    expect(left, 'a right of the table').toHaveLength(needed.length - 1)
    await lane.grant(left)
    const before = await lane.snapshot()
    const ran = await lane.georep(...argv)
    const said = `${ran.out}${ran.err}`
    expect({ code: ran.code, said }).toEqual({
      code,
      said: expect.stringContaining(lane.named({ side, right })) as string,
    })
    const granted = right.resource.type === 'cluster' ? '--cluster' : right.resource.name.replace(/\*$/, '')
    expect(said).toMatch(new RegExp(`next: kafka-acls\\.sh .* --operation ${right.operation} .*${granted.replaceAll('.', '\\.')}`)) // prettier-ignore
    expect(await lane.snapshot(), `${verb}, refused`).toEqual(before)
  }

  async function passes(verb: Verb, argv: readonly string[], about: Parameters<Lane['required']>[1] = {}): Promise<string> {
    await lane.grant(lane.required(verb, about))
    const { code, out, err } = await lane.georep(...argv)
    expect(code, `${verb} with all its rights:\n${out}${err}`).toBe(0)
    return out
  } // prettier-ignore

  it('is made, and carries, with connectors that come in as a user of their own', async () => {
    const login = mirrormakerLogin(clusters.sandbox)
    const often = ['source:refresh.topics', 'checkpoint:refresh.groups', 'checkpoint:emit.checkpoints', 'checkpoint:sync.group.offsets'].map((what) => `${what}.interval.seconds=1`) // prettier-ignore
    const logins = ['source', 'target'].map((end) => `${end}.cluster.sasl.jaas.config=${login}`)
    await passes('link create', [
      'link',
      'create',
      lane.link,
      '--engine',
      'mm2',
      '--groups',
      'app',
      '--set',
      ...logins,
      ...often,
    ])
    const create = (topic: string): readonly string[] => ['mirror', 'create', topic, ...link]
    await refused('mirror create', create('orders'), { side: 'source', right: topicRight('Read', 'orders') }, on('orders')) // prettier-ignore
    for (const topic of topics) await passes('mirror create', create(topic), on(topic))
    await eventually('all is carried, exactly once', async () => {
      // A record, and the marker of the transaction that it came in.
      const ends = await clusters.ends('destination', topics)
      return ends.every((end) => Number(end) >= 3)
    })
    await eventually('the group is moved', async () => {
      const [moved] = await clusters.admins.destination.fetchOffsets({ groupId: 'app', topics: ['orders'] })
      return moved?.partitions[0]?.offset === '2'
    })
    const heard = sides.map((side) => ({ side, right: topicRight('Read', 'heartbeats') }))
    const back = { side: 'destination', right: topicRight('Read', 'east.heartbeats') } as const
    // That a heartbeat may not be read is not that there is none.
    expect(await passes('link describe', ['link', 'describe', lane.link])).toMatch(/Heartbeat: +not known: needs Read on topic "heartbeats"/) // prettier-ignore
    await lane.grant([...lane.required('link describe'), ...heard, back])
    await eventually('heartbeats go out and come back', async () => {
      const { out } = await lane.georep('link', 'describe', lane.link)
      return /State: +ACTIVE/.test(out) && /Data path: +proven/.test(out) && !out.includes('FAILED')
    }, 90_000) // prettier-ignore
  })

  it('its groups are translated, if what MirrorMaker has written down may be read', async () => {
    const argv = ['offset', 'translate', ...link]
    await refused('offset translate', argv, { side: 'destination', right: syncs })
    expect(await passes('offset translate', argv)).toMatch(/^app +orders +0 +2 +2 +exact/m)
  })

  it('lag, and the dry run of a failover, show where groups would be if that may be read, and without it all the rest', async () => {
    const reads = topics.flatMap((topic) => sides.map((side) => ({ side, right: topicRight('Read', topic) })))
    const sees = [clusterRight('Describe'), groupRight('Describe', 'app')].flatMap((right) => sides.map((side) => ({ side, right }))) // prettier-ignore
    const dryRun = ['mirror', 'failover', 'orders', ...link, '--dry-run', '--force-while-source-up']
    for (const [verb, argv, code] of [
      ['lag', ['lag', ...link, '--after-failover'], 4],
      ['mirror failover', dryRun, 0],
    ] as const) {
      const without = [...lane.required(verb), ...reads, ...sees]
      await lane.grant(without)
      const some = await lane.georep(...argv)
      expect({ code: some.code, out: some.out, err: some.err }).toEqual({
        code,
        out: expect.stringMatching(/^app .*UNKNOWN/m) as string,
        err: expect.stringContaining(
          'needs Read on topic "mm2-offset-syncs.east.internal" at cluster "west"',
        ) as string,
      })
      await lane.grant([...without, { side: 'destination', right: syncs }])
      const all = await lane.georep(...argv)
      expect({ code: all.code, out: all.out, err: all.err }).toEqual({
        code: 0,
        out: expect.not.stringContaining('UNKNOWN') as string,
        err: expect.not.stringContaining('needs') as string,
      })
    }
  })

  it('a promote looks beforehand, and passes', async () => {
    const argv = ['mirror', 'promote', 'orders', ...link, '--fence', 'none', '--confirm', 'orders']
    await refused('mirror promote', argv, { side: 'destination', right: syncs }, on('orders'))
    await refused('mirror promote', argv, { side: 'destination', right: groupRight('Read', 'app') }, on('orders'))
    await refused('mirror promote', argv, { side: 'destination', right: tasks, code: 5 }, on('orders'))
    const copies = [
      { side: 'source', right: topicRight('DescribeConfigs', 'orders') },
      { side: 'destination', right: topicRight('DescribeConfigs', '__georep') },
      { side: 'destination', right: topicRight('AlterConfigs', 'orders') },
    ] as const
    await lane.grant([...lane.required('mirror promote', on('orders')), ...copies])
    const { code, err } = await lane.georep(...argv)
    expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('needs ') as string })
    const [committed] = await clusters.admins.destination.fetchOffsets({ groupId: 'app', topics: ['orders'] })
    expect(committed!.partitions[0]?.offset).toBe('2')
  })

  it('a failover goes on where the source refuses the credentials, and the others are carried on', async () => {
    const closed = join(clusters.sandbox.folder, 'closed.yaml')
    const text = await readFile(lane.config, 'utf8')
    await writeFile(join(clusters.sandbox.folder, 'wrong-password'), 'wrong-password', { mode: 0o600 })
    // The source's entry is the first.
    await writeFile(closed, text.replace(/password: .*/, `password: "\${file:${join(clusters.sandbox.folder, 'wrong-password')}}"`), { mode: 0o600 }) // prettier-ignore
    // What was known last is shown all the same.
    for (const verb of ['offset show', 'exposure', 'lag --after-failover'] as const) {
      const [name = ''] = verb.split(' --')
      await lane.grant(lane.required(name as Verb))
      const looked = await lane.georep('--config', closed, ...verb.split(' '), ...link)
      expect({ code: looked.code, err: looked.err }).toEqual({ code: 4, err: expect.stringMatching(/the source cannot be asked, and what was known last is shown: .* refused the credentials/) as string }) // prettier-ignore
    }
    await lane.grant(lane.required('mirror failover', on('audit')))
    const failover = ['--config', closed, 'mirror', 'failover', 'audit', ...link, '--confirm', 'audit']
    const before = await lane.snapshot()
    const refused = await lane.georep(...failover)
    expect({ code: refused.code, err: refused.err }).toEqual({ code: 5, err: expect.stringMatching(/GR-SOURCE-UP.* cannot be asked, and may still take writes: .* refused the credentials/) as string }) // prettier-ignore
    expect(await lane.snapshot()).toEqual(before)
    const done = await lane.georep(...failover, '--force-while-source-up', '-o', 'json')
    expect({ code: done.code, err: done.err }).toMatchObject({ code: 0 })
    expect((JSON.parse(done.out) as { readonly data: unknown }).data).toMatchObject({
      source: { isReachable: true, refusal: expect.stringContaining('refused the credentials') as string },
      results: [{ topic: 'audit', outcome: 'applied', loss: { kind: 'unknown' } }],
    })
    expect(JSON.parse((await lane.state())['mirror/east-west/audit'] ?? '')).toMatchObject({ state: { state: 'STOPPED', stoppedBy: 'failover' } }) // prettier-ignore
    const end = await clusters.high('destination', 'payments')
    await clusters.write('payments', '4')
    await eventually('the other mirror is carried on', async () => Number(await clusters.high('destination', 'payments')) > Number(end)) // prettier-ignore
  })

  it('a failover is refused where the brokers could not be made to refuse the tasks, and passes', async () => {
    const argv = ['mirror', 'failover', 'payments', ...link, '--confirm', 'payments', '--force-while-source-up']
    await refused('mirror failover', argv, { side: 'destination', right: tasks, code: 5 }, on('payments'))
    await passes('mirror failover', argv, on('payments'))
    await passes('link delete --with-mirrors', ['link', 'delete', lane.link, '--with-mirrors', '--confirm', lane.link])
    expect(Object.keys(await lane.state())).toEqual([])
  })
})
