import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clusterRight, groupRight, idRight, type Right, rightText, topicRight } from '../../src/core/acl.ts'
import { needsOf, type Verb, verbs } from '../../src/core/permissions.ts'
import type { Going } from './support/going.ts'
import { eventually } from './support/observe.ts'
import { Lane, type Needed, SecuredClusters, type Walk } from './support/rights-lane.ts'

// On a secured sandbox: every verb does its work with exactly the rights that the documentation lists, and with each of them taken away in turn it
// fails, names that one, and changes nothing. ACLs are set, and clusters looked at, by kafkajs as the super user.

/** Lanes go side by side, and what is in one of them one after the other. */
const inTurn = { concurrent: false } as const

let clusters: SecuredClusters
/** One link that all is done to that takes no runner; one with a pattern; one that a runner of the super user carries; and one that runbooks act on. */
let main: Lane
let patterns: Lane
let carried: Lane
let runbooks: Lane
/** No link: groups of a cluster. */
let places: Lane

beforeAll(async () => {
  const [others, careful] = [['georep-1', 'georep-2'], ['georep-p']]
  const acting = ['georep-c', 'georep-c1', 'georep-c2', 'georep-c3', 'georep-c4', 'georep-c5']
  const reading = ['georep-r', 'georep-r1']
  const moving = ['georep-o', 'georep-o1', 'georep-o2']
  clusters = await SecuredClusters.start([...others, ...careful, ...acting, ...reading, ...moving])
  const { admins } = clusters
  const configEntries = [{ name: 'max.message.bytes', value: '100000' }]
  const topics = ['orders', 'payments', 'inv-1', 'sales', 'refunds', 'returns', 'bills']
  await admins.source.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 1, configEntries })) })
  await Promise.all(topics.map(async (topic) => { await clusters.write(topic, '1', '2', '3') })) // prettier-ignore
  await clusters.commit('source', 'app', 'orders', '2')
  await clusters.commit('source', 'carried-app', 'sales', '2')
  await clusters.commit('source', 'carried-app', 'refunds', '2')
  await clusters.commit('source', 'books', 'bills', '2')
  main = new Lane(clusters, '', { topics: ['orders'], group: 'app', isOwn: /^(orders|payments)$/, principals: ['georep', ...others] }) // prettier-ignore
  patterns = new Lane(clusters, 'p', { topics: ['inv-1'], group: 'none', isOwn: /^inv-/, principals: careful })
  carried = new Lane(clusters, 'c', {
    topics: ['sales'],
    group: 'carried-app',
    isOwn: /^(sales|refunds|returns|returns\.salvaged|georep-canary-.*)$/,
    principals: acting,
  })
  runbooks = new Lane(clusters, 'r', { topics: ['bills'], group: 'books', isOwn: /^bills$/, principals: reading })
  places = new Lane(clusters, 'o', { topics: ['places'], group: 'placed', isOwn: /^places$/, principals: moving })
  // The first question makes the topic of the groups.
  await eventually('the destination has a coordinator', async () =>
    await admins.destination.fetchOffsets({ groupId: 'app' }).then(() => true, () => false)) // prettier-ignore
})
afterAll(async () => {
  await clusters[Symbol.asyncDispose]()
})

/** What can be known of the others is shown all the same. */
const unseen = { 'Describe on topic "orders"': 4 } as const

// While there is no other link: the state topic is made, and all links are listed.
describe('the first link', () => {
  it('link create', async () => {
    await main.walk({
      verb: 'link create',
      argv: ['link', 'create', main.link, '--groups', 'app'],
      says: 'topic "__georep" was created',
    })
    expect(Object.keys(await main.state())).toEqual([`link/${main.link}`])
  })

  it('mirror create', async () => {
    await main.walk({ verb: 'mirror create', argv: ['mirror', 'create', 'orders', '--link', main.link] })
    expect(await clusters.admins.destination.listTopics()).toContain('orders')
  })

  it('link list', async () => {
    await main.walkAtOnce({ verb: 'link list', argv: ['link', 'list'], codes: { '*': 4 } })
  })
})

describe.concurrent('the first link, beside others', () => {
  it.each<[Verb, () => readonly string[], Walk['codes']]>([
    ['link describe', () => ['link', 'describe', main.link], unseen],
    ['mirror list', () => ['mirror', 'list', '--link', main.link], unseen],
    [
      'lag',
      () => ['lag', '--link', main.link],
      { ...unseen, 'Describe on the cluster': 4, 'Describe on group "app"': 4 },
    ],
    [
      'mirror describe',
      () => ['mirror', 'describe', 'orders', '--link', main.link],
      { ...unseen, 'DescribeConfigs on topic "orders"': 4, 'DescribeConfigs on topic "__georep"': 4 },
    ],
  ])('%s', inTurn, async (verb, argv, codes) => {
    await main.walkAtOnce({ verb, argv: argv(), codes: codes ?? {} })
  })

  it.each<[Verb, () => readonly string[]]>([
    ['mirror pause', () => ['mirror', 'pause', 'orders', '--link', main.link]],
    ['mirror resume', () => ['mirror', 'resume', 'orders', '--link', main.link]],
    ['link pause', () => ['link', 'pause', main.link]],
    ['link resume', () => ['link', 'resume', main.link]],
    ['link alter', () => ['link', 'alter', main.link, '--throttle', '100MB/s']],
  ])('%s', inTurn, async (verb, argv) => {
    await main.walk({ verb, argv: argv() })
  })

  it('link alter --protect acl', inTurn, async () => {
    const words = ['link', 'alter', main.link, '--protect']
    await main.walk({ verb: 'link alter --protect acl', argv: [...words, 'acl'] })
    const { code, err } = await main.georepAsAdmin(...words, 'none')
    expect(code, err).toBe(0)
  })

  it('cluster list and describe need no right, and tell id, version, brokers and authorizer', inTurn, async () => {
    const { east, west } = clusters.sandbox.clusters
    await main.grant([])
    const list = await main.georep('cluster', 'list', '-o', 'json')
    const { clusters: told } = (JSON.parse(list.out) as { data: { clusters: { name: string; answer: object }[] } }).data
    const ids = [east.clusterId, west.clusterId]
    expect({ code: list.code, ids: told.map(({ answer }) => (answer as { clusterId: string }).clusterId) }).toEqual({ code: 0, ids }) // prettier-ignore
    const racks = ['us-east-1', 'us-west-2']
    for (const [index, { answer }] of told.entries()) {
      expect(answer).toMatchObject({ mode: 'kraft', hasAuthorizer: true, brokers: [{ id: 1, rack: racks[index] }] })
    }
    const described = await main.georep('cluster', 'describe', 'west')
    expect(described.code).toBe(0)
    expect(described.out).toMatch(/Authorizer: +yes/)
    expect(described.out).toMatch(/Principal: +User:georep/)
  })

  it('cluster describe names what a verb lacks, and the command that grants it', inTurn, async () => {
    const lacking: Right = topicRight('AlterConfigs', 'orders')
    const rights = main.required('mirror failover')
    await main.grant(rights.filter(({ right }) => JSON.stringify(right) !== JSON.stringify(lacking)))
    const { out, err } = await main.georep('cluster', 'describe', 'west', '-o', 'json')
    const { verbs: told } = (JSON.parse(out) as { data: { verbs: { verb: string; side: string; lacks: { right: string }[] }[] } }).data // prettier-ignore
    const failover = told
      .find(({ verb, side }) => verb === 'mirror failover' && side === 'destination')
      ?.lacks.map(({ right }) => right)
    expect(failover).toContain('AlterConfigs on topic "orders"')
    expect(failover).not.toContain('Read on topic "orders"')
    expect(failover).not.toContain('Alter on the cluster')
    expect(err).toContain(`--add --allow-principal User:georep --operation AlterConfigs --topic orders\n`)
  })

  it(
    'a DENY, which wins over a grant, is named where it may be seen, with the command that takes it away',
    inTurn,
    async () => {
      const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
      const about = { resourceType: AclResourceTypes.TOPIC, resourceName: '__georep', resourcePatternType: ResourcePatternTypes.LITERAL } as const // prettier-ignore
      const denial = { ...about, principal: 'User:georep', host: '*', operation: AclOperationTypes.READ, permissionType: AclPermissionTypes.DENY } // prettier-ignore
      const granted = main.required('mirror list')
      const list = ['mirror', 'list', '--link', main.link]
      const errorWith = async (rights: readonly Needed[]): Promise<string> => {
        await main.grant(rights)
        await clusters.admins.destination.createAcls({ acl: [denial] })
        try {
          await eventually('the denial is known', async () => (await main.georep(...list)).code === 1)
          return (await main.georep(...list)).err
        } finally {
          await clusters.admins.destination.deleteAcls({ filters: [denial] })
        }
      }
      const blind = await errorWith(granted)
      expect(blind).toContain('whether a DENY stands there, which wins over whatever is granted, could not be seen')
      const told = await errorWith([...granted, { side: 'destination', right: clusterRight('Describe') }])
      expect(told).toContain('DENY Read on topic "__georep" for User:georep stands there')
      expect(told).toContain('--remove --force --deny-principal User:georep --operation Read --topic __georep\n')
      expect(told).not.toContain('--add')
      await eventually('it is let in again', async () => (await main.georep(...list)).code === 0)
    },
  )

  it('cluster list shows a cluster that does not answer as such, says why, and ends with 4', inTurn, async () => {
    const file = join(clusters.sandbox.folder, 'three.yaml')
    const { sandbox } = clusters
    const refused = `bootstrap: [${sandbox.clusters.west.bootstrap.join(', ')}], tls: { ca: ${sandbox.secure?.ca ?? ''} }, sasl: { mechanism: SCRAM-SHA-512, username: georep, password: guess }` // prettier-ignore
    const more = ['north: { bootstrap: ["127.0.0.1:1"] }', `refused: { ${refused} }`, 'unset: { bootstrap: ["${env:NOT_SET}"] }'] // prettier-ignore
    writeFileSync(file, `${readFileSync(main.config, 'utf8')}${more.map((entry) => `  ${entry}\n`).join('')}`)
    const { code, out, err } = await main.georep('--config', file, 'cluster', 'list')
    expect(code).toBe(4)
    expect(out).toMatch(/^north +unreachable/m)
    expect(out).toMatch(/^refused +cannot be asked/m)
    expect(err).toContain('warning: cluster "refused": cluster "refused" refused the credentials')
    expect(out).toMatch(/^unset +not asked/m)
    expect(out).toMatch(/^west +up/m)
    expect(err).toContain('warning: cluster "north": cluster "north" does not answer at 127.0.0.1:1')
  })

  it('link run', inTurn, async () => {
    for (const one of main.required('link run')) {
      await clusters.write('orders', 'again')
      await main.grant(main.required('link run').filter((other) => JSON.stringify(other) !== JSON.stringify(one)))
      const runner = main.startRunner()
      await runner.says(main.named(one)).finally(runner.stop)
    }
    await main.grant(main.required('link run'))
    await clusters.commit('source', 'app', 'orders', '3')
    const runner = main.startRunner()
    try {
      await runner.says('offsets are copied of group "app"')
      await eventually('records are carried', async () => (await clusters.high('destination', 'orders')) === (await clusters.high('source', 'orders'))) // prettier-ignore
    } finally {
      await runner.stop()
    }
    const { code, err } = await runner.stop()
    expect(err).toContain('batches go one at a time: needs DescribeConfigs on the cluster at cluster "west" for User:georep') // prettier-ignore
    expect(code).toBe(0)
    expect(await clusters.high('destination', 'orders')).toBe(await clusters.high('source', 'orders'))
  })

  it('link run without the rights for changes of source topics carries on, names them, and goes on with them', inTurn, async () => {
    const { source, destination } = clusters.admins
    const [topic, both] = ['growing', ['orders', 'growing']]
    await source.createTopics({ topics: [{ topic, numPartitions: 1 }] })
    await main.georepAsAdmin('mirror', 'create', topic, '--link', main.link)
    const needed = main.required('link run', { sourceTopics: both, mirrorTopics: both })
    const onDestination = (right: Right): Needed => ({ side: 'destination', right })
    const looks: readonly Needed[] = [
      ...both.map((name): Needed => ({ side: 'source', right: topicRight('DescribeConfigs', name) })),
      ...[topicRight('DescribeConfigs', '__georep'), idRight('Write', `georep-act-${main.link}`)].map(onDestination),
      ...both.map((name) => onDestination(topicRight('DescribeConfigs', name))),
    ]
    const changes = [topicRight('AlterConfigs', topic), topicRight('Alter', topic)].map(onDestination)
    await main.grant([...needed, ...looks])
    const runner = main.startRunner()
    const unsynced = async (): Promise<string> => {
      const { out } = await main.georepAsAdmin('mirror', 'describe', topic, '--link', main.link, '-o', 'json')
      return (JSON.parse(out) as { data: { unsynced: readonly string[] } }).data.unsynced.join('\n')
    }
    try {
      const configEntries = [{ name: 'retention.ms', value: '7200000' }]
      await source.alterConfigs({ validateOnly: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }] }) // prettier-ignore
      await runner.says(main.named(onDestination(topicRight('AlterConfigs', topic))))
      await clusters.write(topic, '1')
      await eventually('it is carried', async () => (await clusters.high('destination', topic)) === '1')
      await source.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
      await runner.says(main.named(onDestination(topicRight('Alter', topic))))
      await eventually('the mirror says so', async () => {
        const why = await unsynced()
        return changes.every((one) => why.includes(main.named(one)))
      })
      await main.grant([...needed, ...looks, ...changes])
      await eventually('it has two partitions', async () => (await destination.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length === 2) // prettier-ignore
      await eventually('nothing is left', async () => (await unsynced()) === '')
      expect(runner.err()).not.toContain('FAILED')
    } finally {
      await runner.stop()
    }
    const gone = await main.georepAsAdmin('mirror', 'delete', topic, '--link', main.link, '--confirm', topic)
    expect(gone.code, gone.err).toBe(0)
  }) // prettier-ignore

  it('offsets that no consumer sees are hidden by a right on the cluster or by one on an id; without either it is said which', inTurn, async () => {
    const topic = 'ledger'
    await clusters.admins.source.createTopics({ topics: [{ topic, numPartitions: 1 }] })
    const producer = clusters.kafka.source.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, transactionalId: 'ledger', idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
    await producer.connect()
    const write = async (): Promise<void> => {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: 'entry' }] })
      await transaction.commit()
    }
    const isCarried = async (): Promise<boolean> => (await clusters.high('destination', topic)) === (await clusters.high('source', topic)) // prettier-ignore
    await write()
    const id = { side: 'destination', right: idRight('Write', `georep-hide-${main.link}`) } as const
    const alter = { side: 'destination', right: clusterRight('Alter') } as const
    const about = { sourceTopics: [topic], mirrorTopics: [topic] }
    const create = ['mirror', 'create', topic, '--link', main.link] as const
    await main.grant(main.required('mirror create', about))
    const refused = await main.georep(...create)
    expect(refused.code, refused.err).toBe(5)
    expect(refused.out).toContain(`which needs Alter on cluster "west" or, more slowly, ${rightText(id.right)} there`)
    await main.grant([...main.required('mirror create', about), id])
    const made = await main.georep(...create)
    expect(made.code, made.err).toBe(0)

    const both = ['orders', topic]
    const needed = main.required('link run', { sourceTopics: both, mirrorTopics: both })
    const running = async (rights: readonly Needed[], body: (runner: Going) => Promise<void>): Promise<void> => {
      await main.grant(rights)
      const runner = main.startRunner()
      try {
        await body(runner)
        expect(runner.err()).not.toContain('FAILED')
      } finally {
        await runner.stop()
      }
    }
    try {
      await running(needed, async (runner) => {
        await runner.says(`appending to partition 0 of "${topic}": ${main.named(alter)}`)
      })
      await running([...needed, id], async (runner) => {
        await runner.says(`and a broker that goes away may fail a mirror: ${main.named(alter)}`)
        await eventually('it is carried', isCarried)
        await main.grant(needed)
        await write()
        await runner.says(main.named(id))
        await main.grant([...needed, id])
        await eventually('it is carried again', isCarried)
      })
      await write()
      await running([...needed, alter], async (runner) => {
        // The id was used: whoever hides in another way has to end what may be open.
        await runner.says(`partitions do not begin before a transaction that may hide offsets in them has ended: ${main.named(id)}`)
        await main.grant([...needed, alter, id])
        await eventually('it is carried by markers', isCarried)
      })
    } finally {
      await producer.disconnect()
    }
    const gone = await main.georepAsAdmin('mirror', 'delete', topic, '--link', main.link, '--confirm', topic)
    expect(gone.code, gone.err).toBe(0)
  }) // prettier-ignore

  it('link run that is to bring over ACLs says what it lacks, carries on, and goes on with it', inTurn, async () => {
    const { source, destination } = clusters.admins
    // By a name that no right of the others has: theirs would be brought over, too.
    const acl = { resourceType: kafkajs.AclResourceTypes.TOPIC, resourceName: 'orde', resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED, principal: 'User:reader', host: '*', operation: kafkajs.AclOperationTypes.READ, permissionType: kafkajs.AclPermissionTypes.ALLOW } // prettier-ignore
    const isThere = async (): Promise<boolean> => (await destination.describeAcls(acl)).resources.length > 0
    const acls = async (): Promise<{ unsynced: readonly string[]; syncedAt: string | null }> => {
      const { out } = await main.georepAsAdmin('link', 'describe', main.link, '-o', 'json')
      return (JSON.parse(out) as { data: { syncAcls: { unsynced: readonly string[]; syncedAt: string | null } } }).data.syncAcls // prettier-ignore
    }
    await source.createAcls({ acl: [acl] })
    await main.georepAsAdmin('link', 'alter', main.link, '--sync', 'acls', '--sync-acls-resource', 'orde')
    const alter = { side: 'destination', right: clusterRight('Alter') } as const
    const acts = { side: 'destination', right: idRight('Write', `georep-act-${main.link}`) } as const
    const needed = [...main.required('link run'), acts]
    await main.grant(needed)
    const runner = main.startRunner()
    try {
      await runner.says(`ACLs are not brought over: ${main.named(alter)}`)
      expect(await isThere()).toBe(false)
      await eventually('the link says so', async () => (await acls()).unsynced.join().includes(main.named(alter)))
      await clusters.write('orders', 'beside')
      await eventually('records are carried', async () => (await clusters.high('destination', 'orders')) === (await clusters.high('source', 'orders'))) // prettier-ignore
      await main.grant([...needed, alter])
      await eventually('it is there', isThere)
      await eventually('nothing is left', async () => (await acls()).unsynced.length === 0 && (await acls()).syncedAt !== null) // prettier-ignore
    } finally {
      await runner.stop()
      await main.georepAsAdmin('link', 'alter', main.link, '--sync', 'none')
      await source.deleteAcls({ filters: [acl] })
      await destination.deleteAcls({ filters: [acl] })
    }
  })

  it.each<[Verb, readonly string[]]>([
    ['offset show', ['offset', 'show']],
    ['exposure', ['exposure']],
  ])('%s, of what is carried', inTurn, async (verb, words) => {
    const codes = { ...unseen, 'Describe on the cluster': 4, 'Describe on group "app"': 4 }
    await main.walkAtOnce({ verb, argv: [...words, '--link', main.link], codes })
  })

  it('exposure says that bytes and ages are not known without Read on the source topic', inTurn, async () => {
    await clusters.write('orders', 'missing')
    const reads = { side: 'source', right: topicRight('Read', 'orders') } as const
    await main.grant(main.required('exposure'))
    const { code, out, err } = await main.georep('exposure', '--link', main.link)
    expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining(main.named(reads)) as string })
    expect(out).toContain('1 record, an unknown number of bytes, of unknown age')
  })

  it.each<[Verb, () => readonly string[]]>([
    ['offset translate', () => ['--link', main.link]],
    ['offset translate --verify', () => ['--link', main.link, '--verify']],
    [
      'offset translate --by timestamp',
      () => ['--by', 'timestamp', '--source', 'east', '--destination', 'west', '--group', 'app'],
    ],
  ])('%s', inTurn, async (verb, flags) => {
    const rights = ['Describe on topic "orders"', 'Read on topic "orders"', 'Describe on group "app"']
    const codes = Object.fromEntries(rights.map((right) => [right, 4]))
    await main.walkAtOnce({ verb, argv: ['offset', 'translate', ...flags(), '--topic', 'orders'], codes })
  })

  it(
    'a right on one source topic, taken away and given back while it runs, holds up that mirror alone',
    inTurn,
    async () => {
      const both = { sourceTopics: ['orders', 'payments'], mirrorTopics: ['orders', 'payments'] }
      await main.grant(main.required('mirror create', both))
      const made = await main.georep('mirror', 'create', 'payments', '--link', main.link)
      expect(made.code, made.err).toBe(0)
      const rights = main.required('link run', both)
      await main.grant(rights)
      const runner = main.startRunner()
      const seenOf = async (topic: string): Promise<number> => {
        const { out, err } = await main.georep('mirror', 'list', '--link', main.link, '-o', 'json')
        const { mirrors } = (JSON.parse(out) as { data: { mirrors: { topic: string; sourceSeen: { isCurrent: boolean; ageMs: number | null } }[] } }).data // prettier-ignore
        const seen = mirrors.find((one) => one.topic === topic)?.sourceSeen
        if (seen === undefined) throw new Error(err)
        return seen.isCurrent ? 0 : (seen.ageMs ?? Number.NaN)
      }
      const isCarried = async (topic: string): Promise<boolean> => (await clusters.high('destination', topic)) === (await clusters.high('source', topic)) // prettier-ignore
      try {
        await eventually('payments is carried', async () => await isCarried('payments'))
        const reads = { side: 'source', right: topicRight('Read', 'payments') } as const
        await main.grant(rights.filter((one) => JSON.stringify(one) !== JSON.stringify(reads)))
        // A fetch that is under way was permitted, and brings what comes.
        await runner.says(main.named(reads))
        await clusters.write('payments', '4')
        await clusters.write('orders', 'while payments is denied')
        await eventually('orders is carried', async () => await isCarried('orders'))
        expect(await clusters.high('destination', 'payments')).toBe('3')
        expect(runner.err()).not.toContain('the source does not answer')
        // Nobody else may see the topic either, so that the runner's last look is all there is; its heartbeat goes on.
        await eventually('the age of what is known of payments is told', async () => (await seenOf('payments')) > 8_000)
        expect(await seenOf('orders')).toBe(0)
        await main.grant(rights)
        await eventually('payments is carried again', async () => await isCarried('payments'))
        expect(runner.err()).not.toContain('FAILED')
      } finally {
        await runner.stop()
      }
    },
  )

  it('acl list and acl sync', inTurn, async () => {
    const { ALLOW } = kafkajs.AclPermissionTypes
    const entry = { principal: 'User:reader', host: '*', permissionType: ALLOW, operation: kafkajs.AclOperationTypes.READ, resourceType: kafkajs.AclResourceTypes.TOPIC, resourceName: 'orders', resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL } // prettier-ignore
    await clusters.admins.source.createAcls({ acl: [entry] })
    const words = ['--link', main.link, '--principal', 'User:reader']
    await main.walkAtOnce({ verb: 'acl list', argv: ['acl', 'list', ...words] })
    await main.walk({ verb: 'acl sync', argv: ['acl', 'sync', ...words, '--confirm', main.link] })
    const { resources } = await clusters.admins.destination.describeAcls(entry)
    expect(resources.map(({ resourceName }) => resourceName)).toEqual(['orders'])
  })

  it('mirror failover', inTurn, async () => {
    const argv = ['mirror', 'failover', 'orders', '--link', main.link, '--confirm', 'orders', '--force-while-source-up']
    await main.walk({ verb: 'mirror failover', argv, codes: { 'Alter on the cluster': 5 } })
  })

  it('offset clamp', inTurn, async () => {
    await clusters.commit('destination', 'app', 'orders', '999')
    await main.walkAtOnce({
      verb: 'offset clamp',
      argv: ['offset', 'clamp', '--link', main.link],
      codes: { 'Describe on group "app"': 4 },
    })
    const apply = ['offset', 'clamp', '--link', main.link, '--apply', '--confirm', main.link]
    await main.walk({ verb: 'offset clamp --apply', argv: apply, codes: { 'Read on group "app"': 4 } })
  })

  it('offset apply, of offset clamp', inTurn, async () => {
    await clusters.commit('destination', 'app', 'orders', '999')
    const [plan, undo] = ['clamp.json', 'clamp.undo.json'].map((name) => join(clusters.sandbox.folder, name))
    const planned = await main.georepAsAdmin('offset', 'clamp', '--link', main.link, '--plan', plan!)
    expect(planned.code, planned.err).toBe(0)
    const argv = ['offset', 'apply', plan!, '--confirm', 'west', '--undo', undo!]
    await main.walk({ verb: 'offset apply, of offset clamp', argv })
    const [found] = await clusters.admins.destination.fetchOffsets({ groupId: 'app', topics: ['orders'] })
    expect(found!.partitions[0]?.offset).toBe(await clusters.high('destination', 'orders'))
  })

  it('mirror delete', inTurn, async () => {
    const argv = ['mirror', 'delete', 'payments', '--link', main.link, '--confirm', 'payments']
    await main.walk({ verb: 'mirror delete', argv, about: { mirrorTopics: ['payments'] } })
    expect(Object.keys(await main.state())).not.toContain(`mirror/${main.link}/payments`)
  })

  it('link delete', inTurn, async () => {
    await main.walk({ verb: 'link delete', argv: ['link', 'delete', main.link, '--confirm', main.link] })
    expect(Object.keys(await main.state())).toEqual([])
  })
})

describe.concurrent('a link with a pattern', () => {
  const onSource = (...rights: readonly Right[]): readonly Needed[] => rights.map((right) => ({ side: 'source', right })) // prettier-ignore
  const seen = onSource(topicRight('Read', 'inv-*'))
  const create = (): readonly string[] => ['mirror', 'create', 'inv-*', '--link', patterns.link]

  it(
    'mirror create <pattern> keeps the pattern, and says which mirror it could not make, and why',
    inTurn,
    async () => {
      const made = await patterns.georepAsAdmin('link', 'create', patterns.link, '--groups', 'none')
      expect(made.code, made.err).toBe(0)
      // One after the other: what is lacking shows when the rest is permitted.
      const rights = patterns.required('mirror create <pattern>')
      await patterns.grant(rights)
      const unseen = await patterns.georep(...create(), '--dry-run')
      expect({ code: unseen.code, err: unseen.err }).toMatchObject({ code: 0, err: expect.stringContaining('warning: topics that match "inv-*" may be there and not be shown: needs Read on topic "inv-*" at cluster "eastp" for User:georep-p') as string }) // prettier-ignore
      expect(unseen.out).not.toContain('inv-1')
      const creates = { side: 'destination', right: topicRight('Create', 'inv-1') } as const
      await patterns.grant([...rights.filter((one) => JSON.stringify(one) !== JSON.stringify(creates)), ...seen])
      const kept = await patterns.georep(...create())
      expect({ ...kept, out: kept.out.includes(patterns.named(creates)) }).toMatchObject({ code: 6, out: true })
      const state = await patterns.state()
      expect(Object.keys(state)).toEqual([`link/${patterns.link}`])
      expect(JSON.parse(state[`link/${patterns.link}`]!)).toMatchObject({ patterns: [{ glob: 'inv-*' }] })

      await patterns.walk({
        verb: 'mirror create <pattern>',
        argv: create(),
        codes: {
          '*': 6, // The pattern is there already.
          'source: Read on topic "__georep"': 5,
          'destination: Read on topic "__georep"': 1,
          'Write on topic "__georep"': 1,
          [`Write on transactional id "georep-act-${patterns.link}"`]: 1,
        },
        also: seen,
      })
      expect(Object.keys(await patterns.state())).toContain(`mirror/${patterns.link}/inv-1`)
    },
  )

  it(
    'link run makes mirrors of new topics as far as it may, names what it lacks, and carries the others',
    inTurn,
    async () => {
      const named = (topic: string): Needed => ({ side: 'destination', right: topicRight('Create', topic) })
      const rights = [
        ...patterns.required('link run, for patterns', { sourceTopics: ['inv-*'], mirrorTopics: ['inv-*'] }),
      ]
      const without = async (lacking: readonly Needed[], instead: readonly Needed[] = []): Promise<void> => {
        const taken = new Set(lacking.map((one) => JSON.stringify(one)))
        await patterns.grant([...rights.filter((one) => !taken.has(JSON.stringify(one))), ...instead])
      }
      const isMirrored = async (topic: string): Promise<boolean> => (await clusters.admins.destination.listTopics()).includes(topic) // prettier-ignore
      const source = async (topic: string): Promise<void> => {
        await clusters.admins.source.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false })
      }
      // Rights on one topic: each topic lacks another one.
      for (const topic of ['inv-2', 'inv-3', 'inv-4']) await source(topic)
      const settings = { side: 'source', right: topicRight('DescribeConfigs', 'inv-*') } as const
      const creates = { side: 'destination', right: topicRight('Create', 'inv-*') } as const
      await without(
        [settings, creates],
        [
          ...onSource(topicRight('DescribeConfigs', 'inv-3'), topicRight('DescribeConfigs', 'inv-4')),
          ...['inv-2', 'inv-4'].map(named),
        ],
      )
      const runner = patterns.startRunner()
      try {
        await eventually('what may be mirrored is', async () => await isMirrored('inv-4'))
        await runner.says(patterns.named({ side: 'source', right: topicRight('DescribeConfigs', 'inv-2') }))
        await runner.says(patterns.named(named('inv-3')))
        let count = 5
        for (const one of [
          ...onSource(topicRight('Read', '__georep')),
          { side: 'destination', right: topicRight('DescribeConfigs', '__georep') } as const,
          { side: 'destination', right: idRight('Write', `georep-act-${patterns.link}`) } as const,
        ]) {
          await without([one])
          await source(`inv-${count++}`)
          await runner.says(patterns.named(one))
        }
        expect(await clusters.admins.destination.listTopics()).not.toContain('inv-7')
        await without([])
        await source('inv-8')
        await clusters.write('inv-8', 'one')
        await eventually('a new topic is carried', async () => (await isMirrored('inv-8')) && (await clusters.high('destination', 'inv-8')) === '1') // prettier-ignore
        for (const topic of ['inv-2', 'inv-3', 'inv-5', 'inv-6', 'inv-7'])
          expect(await isMirrored(topic), topic).toBe(false)
      } finally {
        await runner.stop()
      }
    },
  )

  it(
    'mirror list says of a matching topic what it cannot find out without Read on the state of the source',
    inTurn,
    async () => {
      await clusters.admins.source.createTopics({
        topics: [{ topic: 'inv-9', numPartitions: 1 }],
        waitForLeaders: false,
      })
      await patterns.grant(patterns.required('mirror list', { sourceTopics: ['inv-*'], mirrorTopics: ['inv-*'] }))
      const { code, out, err } = await patterns.georep('mirror', 'list', '--link', patterns.link)
      expect({ code, out: `${out}${err}` }).toMatchObject({ code: 0, out: expect.stringMatching(/inv-9.* needs Read on topic "__georep" at cluster "eastp" for User:georep-p/) as string }) // prettier-ignore
    },
  )

  it('link delete --with-mirrors', inTurn, async () => {
    const argv = ['link', 'delete', patterns.link, '--with-mirrors', '--confirm', patterns.link]
    const mirrorTopics = ['inv-1', 'inv-4', 'inv-8']
    await patterns.walk({ verb: 'link delete --with-mirrors', argv, about: { mirrorTopics } })
    expect(Object.keys(await patterns.state())).toEqual([])
  })
})

describe.concurrent('groups of a cluster', () => {
  const file = (name: string): string => join(clusters.sandbox.folder, name)
  const at = ['--cluster', 'westo'] as const
  const toStart = ['offset', 'reset', ...at, '--group', 'placed', '--topic', 'places', '--to', 'earliest'] as const
  const apply = (undo: string): readonly string[] => ['--apply', '--confirm', 'westo', '--undo', file(undo)]
  const imports = (): readonly string[] => ['offset', 'import', file('places.csv'), ...at, '--group', 'placed']
  const unseenGroup = { 'Describe on group "placed"': 4, 'Read on group "placed"': 4 } as const
  const removes = { side: 'destination', right: groupRight('Delete', 'placed') } as const
  const committed = async (): Promise<readonly string[]> => {
    const [found] = await clusters.admins.destination.fetchOffsets({ groupId: 'placed', topics: ['places'] })
    return found!.partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset)
  }
  const asAdmin = async (...argv: readonly string[]): Promise<void> => {
    const { code, err } = await places.georepAsAdmin(...argv)
    expect(code, err).toBe(0)
  }

  beforeAll(async () => {
    await clusters.admins.destination.createTopics({ topics: [{ topic: 'places', numPartitions: 2 }] })
    await clusters.commit('destination', 'placed', 'places', '5')
    writeFileSync(file('places.csv'), 'places,0,0\nplaces,1,0\n')
  })

  it('offset reset', inTurn, async () => {
    await places.walkAtOnce({ verb: 'offset reset', argv: toStart, codes: unseenGroup })
    const argv = [...toStart, ...apply('reset.undo.json')]
    await places.walkAtOnce({ verb: 'offset reset --apply', argv, codes: unseenGroup })
    expect(await committed()).toEqual(['0', '0'])
  })

  it('offset rollback, and none of it without Delete where there was no commit before', inTurn, async () => {
    const argv = ['offset', 'rollback', file('reset.undo.json'), '--confirm', 'westo']
    await places.walkAtOnce({ verb: 'offset rollback', argv, codes: unseenGroup, also: [removes] })
    expect(await committed()).toEqual(['5', '-1'])

    await asAdmin(...toStart, ...apply('again.undo.json'))
    const again = ['offset', 'rollback', file('again.undo.json'), '--confirm', 'westo']
    await places.grant(places.required('offset rollback'))
    const { code, err } = await places.georep(...again)
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(places.named(removes)) as string })
    expect(await committed()).toEqual(['0', '0'])
    await places.grant([...places.required('offset rollback'), removes])
    expect((await places.georep(...again)).code).toBe(0)
    expect(await committed()).toEqual(['5', '-1'])
  })

  it('offset export', inTurn, async () => {
    const argv = ['offset', 'export', ...at, '--group', 'placed']
    await places.walkAtOnce({ verb: 'offset export', argv, codes: unseenGroup })
    await places.grant([
      ...places.required('offset export'),
      { side: 'destination', right: topicRight('Describe', 'places') },
    ])
    expect((await places.georep(...argv, '--format', 'csv')).out).toBe('places,0,5\n')
  })

  it('offset import', inTurn, async () => {
    await places.walkAtOnce({ verb: 'offset import', argv: imports(), codes: unseenGroup })
    const argv = [...imports(), ...apply('import.undo.json')]
    await places.walkAtOnce({ verb: 'offset import --apply', argv, codes: unseenGroup })
    expect(await committed()).toEqual(['0', '0'])
  })

  it('offset apply', inTurn, async () => {
    await clusters.commit('destination', 'placed', 'places', '5')
    await asAdmin(...toStart, '--plan', file('plan.json'))
    const argv = ['offset', 'apply', file('plan.json'), '--confirm', 'westo']
    await places.walkAtOnce({ verb: 'offset apply', argv })
    expect(await committed()).toEqual(['0', '0'])
  })
})

describe.concurrent('a link that is carried', () => {
  let runner: Going | undefined
  const link = (): readonly string[] => ['--link', carried.link]
  const on = (topic: string) => ({ sourceTopics: [topic], mirrorTopics: [topic] })

  beforeAll(async () => {
    for (const argv of [
      ['link', 'create', carried.link, '--groups', 'carried-app', 'georep-canary-*'],
      ['mirror', 'create', 'sales', 'refunds', 'returns', ...link()],
    ]) {
      const { code, err } = await carried.georepAsAdmin(...argv)
      expect(code, err).toBe(0)
    }
    runner = carried.startRunner({ isAdmin: true })
    const { admins } = clusters
    const [topics, groups] = [['sales', 'refunds', 'returns'], { groupId: 'carried-app', topics: ['sales', 'refunds'] }]
    await eventually('records and group offsets are carried', async () => {
      const ends = await clusters.ends('destination', topics)
      const committed = (await admins.destination.fetchOffsets(groups)).map(({ partitions }) => partitions[0]?.offset)
      return ends.every((end) => end === '3') && committed.every((offset) => offset === '2')
    })
  })
  afterAll(async () => {
    await runner?.stop()
  })

  it('mirror rebuild', inTurn, async () => {
    const argv = ['mirror', 'rebuild', 'returns', ...link(), '--confirm', 'returns']
    // Of groups of the test's own that are active, or may be, it has to be known that they do not read the topic.
    const also = ['state-reader', 'placed'].map((group) => ({ side: 'destination', right: groupRight('Describe', group) }) as const) // prettier-ignore
    await carried.walk({ verb: 'mirror rebuild', argv, about: on('returns'), also })
    await eventually('it is carried again', async () => (await clusters.high('destination', 'returns')) === '3')
  })

  it('mirror rebuild --salvage topic:<name>: what it alone holds is there, or nothing is changed', inTurn, async () => {
    const producer = clusters.kafka.destination.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    await producer.send({ topic: 'returns', messages: [{ value: 'foreign' }] })
    await producer.disconnect()
    await clusters.write('returns', '4')
    await eventually('it has FAILED', async () => Object.keys(await carried.state()).includes(`failure/${carried.link}/returns`)) // prettier-ignore
    const into = 'returns.salvaged'
    const argv = ['mirror', 'rebuild', 'returns', ...link(), '--salvage', `topic:${into}`, '--confirm', 'returns']
    const about = { ...on('returns'), salvageTopics: [into] }
    const also = ['state-reader', 'placed'].map((group) => ({ side: 'destination', right: groupRight('Describe', group) }) as const) // prettier-ignore
    await carried.walk({ verb: 'mirror rebuild --salvage topic:<name>', argv, about, also })
    // The record of somebody else, and that of the source which came to stand behind it.
    expect(await clusters.high('destination', into)).toBe('2')
    await eventually('it is carried again', async () => (await clusters.high('destination', 'returns')) === '4')
  })

  it('mirror delete --with-topic', inTurn, async () => {
    const argv = ['mirror', 'delete', 'returns', ...link(), '--with-topic', '--confirm', 'returns']
    await carried.walk({ verb: 'mirror delete --with-topic', argv, about: on('returns') })
    expect(await clusters.admins.destination.listTopics()).not.toContain('returns')

    // A right that is lost once the mirror is PENDING: what was done is said, and the same command goes on.
    const made = await carried.georepAsAdmin('mirror', 'create', 'returns', ...link())
    expect(made.code, made.err).toBe(0)
    await eventually('it is carried', async () => (await clusters.high('destination', 'returns')) === '4')
    const rights = carried.required('mirror delete --with-topic', on('returns'))
    await carried.grant(rights)
    const asked = async (): Promise<string> => {
      await carried.grant(rights.filter(({ side }) => side !== 'source'))
      return 'returns'
    }
    const half = await carried.georepAsked(asked, ...argv.slice(0, -2))
    expect(half.code, half.err).toBe(6)
    expect(half.out).toMatch(/returns .* incomplete .* is PENDING, being taken off the link, and nothing is fetched for it any more: needs Read on topic "returns"/) // prettier-ignore
    expect(half.err).toMatch(
      /--add .* --operation Read --topic returns\n +georep .*mirror delete returns --link .* --with-topic\n/,
    )
    await carried.grant(rights)
    const again = await carried.georep(...argv)
    expect(again.code, again.err).toBe(0)
    expect(await clusters.admins.destination.listTopics()).not.toContain('returns')
  })

  it('drill: refused before it has made anything, and passes with exactly its rights', inTurn, async () => {
    const history = join(clusters.sandbox.folder, 'history')
    const quick = ['--steady', '300ms', '--hold', '2s', '--canary-interval', '500ms', '--partitions', '1']
    const argv = ['drill', ...link(), ...quick, '--history-dir', history]
    const drilled = { sourceTopics: ['sales', 'refunds'], mirrorTopics: ['sales', 'refunds'] }
    const { err } = await carried.walkAtOnce({ verb: 'drill', argv, about: drilled })
    expect(err).not.toContain('could not be removed')

    const planned = ['drill', 'run', 'planned', ...argv.slice(1)]
    const before = await carried.snapshot()
    const rights = [...carried.required('drill', drilled)]
    for (const right of [clusterRight('Describe'), groupRight('Describe', 'carried-app')]) {
      const lacking = { side: 'source', right } as const
      const refused = await carried.georep(...planned)
      expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(carried.named(lacking)) as string })
      rights.push(lacking)
      await carried.grant(rights)
    }
    expect(await carried.snapshot(), 'a drill that was refused').toEqual(before)
    const passed = await carried.georep(...planned)
    expect(passed.code, passed.err).toBe(0)
  })

  it('mirror promote', inTurn, async () => {
    const argv = ['mirror', 'promote', 'sales', ...link(), '--fence', 'none', '--confirm', 'sales']
    await carried.walkAtOnce({ verb: 'mirror promote', argv, codes: { 'destination: Alter on the cluster': 5 } })
    expect(JSON.parse((await carried.state())[`mirror/${carried.link}/sales`]!)).toMatchObject({ state: { state: 'STOPPED', stoppedBy: 'promote' } }) // prettier-ignore
  })

  it(
    'mirror promote --fence acl; a right that is taken away after it was looked at has it take back what it did',
    inTurn,
    async () => {
      const argv = ['mirror', 'promote', 'refunds', ...link(), '--fence', 'acl']
      const rights = carried.required('mirror promote --fence acl', on('refunds'))
      const before = await carried.snapshot()
      for (const one of [
        { side: 'destination', right: idRight('Write', `georep-runner-${carried.link}`) } as const,
        { side: 'destination', right: groupRight('Read', 'carried-app') } as const,
        { side: 'destination', right: clusterRight('Alter') } as const,
      ]) {
        await carried.grant(rights)
        const asked = async (): Promise<string> => {
          // Which Alter brings along, and whoever reads the groups needs.
          const describes = { side: 'destination', right: clusterRight('Describe') } as const
          await carried.grant([...rights.filter((other) => JSON.stringify(other) !== JSON.stringify(one)), describes])
          return 'refunds'
        }
        const { code, err } = await carried.georepAsked(asked, ...argv)
        expect({ code, err }).toEqual({ code: 6, err: expect.stringContaining(carried.named(one)) as string })
        expect(err).toContain('the source takes writes again, the mirrors are ACTIVE, as before')
        expect(await carried.snapshot()).toEqual(before)
      }
      await carried.walkAtOnce({
        verb: 'mirror promote --fence acl',
        argv: [...argv, '--confirm', 'refunds'],
        about: on('refunds'),
        codes: { 'destination: Alter on the cluster': 5 },
      })
      expect(await carried.snapshot()).toMatchObject({ denials: ['refunds'] })
    },
  )

  it('mirror unfence', inTurn, async () => {
    const argv = ['mirror', 'unfence', 'refunds', ...link(), '--confirm', 'refunds']
    await carried.walk({ verb: 'mirror unfence', argv, about: on('refunds') })
    expect(await carried.snapshot()).toMatchObject({ denials: [] })
  })
})

describe.concurrent('a link that runbooks act on', () => {
  let runner: Going | undefined
  const approved = (): string => join(clusters.sandbox.folder, 'approved')
  const places = (): readonly string[] => ['--history-dir', join(clusters.sandbox.folder, 'runs')]
  const confirmed = (): readonly string[] => [...places(), '--confirm', runbooks.link]

  /** A runbook of these steps, of which each is the inside of a YAML flow mapping. */
  function runbookOf(name: string, ...steps: readonly string[]): string {
    const file = join(clusters.sandbox.folder, `${name}.yaml`)
    const lines = steps.map((step, index) => `  - { id: s${index}, ${step} }\n`)
    const rollback = 'rollback:\n  - { id: back, kind: wait, for: 1ms }\n'
    writeFileSync(file, `schema: georep.runbook/1\nname: ${name}\ndescription: of a test\nlink: ${runbooks.link}\nsteps:\n${lines.join('')}${rollback}`) // prettier-ignore
    return file
  }

  /** Of steps that only look a plan shows what they see. */
  async function walkPlanned(verb: Verb, code: number, ...steps: readonly string[]): Promise<void> {
    const argv = ['runbook', 'plan', runbookOf(verb.replaceAll(/\W/g, '-'), ...steps)]
    const also = verb === 'runbook plan' ? [] : runbooks.required('runbook plan')
    await runbooks.walkAtOnce({ verb, argv, codes: { '*': code }, also })
  }

  beforeAll(async () => {
    for (const argv of [
      ['link', 'create', runbooks.link, '--groups', 'books'],
      ['mirror', 'create', 'bills', '--link', runbooks.link],
    ]) {
      const { code, err } = await runbooks.georepAsAdmin(...argv)
      expect(code, err).toBe(0)
    }
    runner = runbooks.startRunner({ isAdmin: true })
    const asked = { groupId: 'books', topics: ['bills'] }
    await eventually('records and group offsets are carried', async () => {
      const [commits] = await clusters.admins.destination.fetchOffsets(asked)
      return commits?.partitions[0]?.offset === '2' && (await clusters.high('destination', 'bills')) === '3'
    })
  })
  afterAll(async () => {
    await runner?.stop()
  })

  it.each<[Verb, number, readonly string[]]>([
    ['runbook plan', 1, ['kind: wait, for: 1ms']],
    ['step check.lag', 4, ['kind: check.lag, maxAge: 1h']],
    ['step check.clock-skew', 5, ['kind: check.clock-skew, max: 1h']],
    ['step check.groups', 5, ['source', 'destination'].map((side) => `kind: check.groups, side: ${side}, expect: idle`)], // prettier-ignore
    ['step verify.equal', 5, ['kind: verify.equal']],
    ['step verify.read', 5, ['kind: verify.read']],
  ])('%s', inTurn, async (verb, code, steps) => {
    await walkPlanned(verb, code, ...steps)
  })

  it('runbook run, resume and abort', inTurn, async () => {
    const gate = runbookOf('gate', `kind: approve, question: so, by: { hook: test -e ${approved()} }, timeout: 5s`)
    const stopped = async (): Promise<string> => {
      rmSync(approved(), { force: true })
      await runbooks.grant(runbooks.required('runbook run'))
      const { code, err } = await runbooks.georep('runbook', 'run', gate, ...confirmed())
      expect(code, err).not.toBe(0)
      return /run (\S+), journal/.exec(err)?.[1] ?? err
    }
    const [resumed, aborted] = [await stopped(), await stopped()]
    writeFileSync(approved(), '')
    await runbooks.walk({ verb: 'runbook run', argv: ['runbook', 'run', gate, ...confirmed()] })
    await runbooks.walk({ verb: 'runbook resume', argv: ['runbook', 'resume', resumed, ...confirmed()] })
    await runbooks.walk({ verb: 'runbook abort', argv: ['runbook', 'abort', aborted, ...confirmed()] })
  })

  it('planned-switchover names all that is lacking at once, and passes with exactly what its steps need', inTurn, async () => {
    const words = ['planned-switchover', '--set', `link=${runbooks.link}`]
    const checked = (['mirror promote --fence acl', 'offset clamp --apply'] as const).flatMap((verb) => runbooks.required(verb)) // prettier-ignore
    const looks = runbooks.required('runbook plan')
    await runbooks.grant(looks)
    const planned = await runbooks.georep('runbook', 'plan', ...words, '-o', 'json')
    expect(planned.code, planned.err).toBe(5)
    const { steps } = (JSON.parse(planned.out) as { data: { steps: { kind: string; what: string }[] } }).data
    const told = steps.find(({ kind }) => kind === 'check.permission')?.what ?? ''
    const held = new Set(looks.map((one) => JSON.stringify(one)))
    for (const one of checked) {
      const text = `${rightText(one.right)} on the ${one.side}`
      if (!held.has(JSON.stringify(one))) expect(told).toContain(text)
      else expect(told).not.toContain(text)
    }

    const own = (['runbook run', 'step check.lag', 'step verify.equal', 'step verify.refuse', 'step verify.read', 'mirror unfence'] as const).flatMap((verb) => runbooks.required(verb)) // prettier-ignore
    await runbooks.grant([...checked, ...own])
    const { code, out, err } = await runbooks.georep('runbook', 'run', ...words, ...confirmed())
    expect(code, `${out}${err}`).toBe(0)
    expect(await runbooks.snapshot()).toMatchObject({ denials: ['bills'] })
    expect(JSON.parse((await runbooks.state())[`mirror/${runbooks.link}/bills`]!)).toMatchObject({ state: { state: 'STOPPED', stoppedBy: 'promote' } }) // prettier-ignore
  }) // prettier-ignore

  it('step verify.refuse', inTurn, async () => {
    await walkPlanned('step verify.refuse', 5, 'kind: verify.refuse, for: 1ms')
  })

  it.each<[Verb, string, Walk['codes']]>([
    ['step verify.write', 'kind: verify.write', { '*': 5, 'Write on topic "bills"': 6 }],
    [
      'step offset.apply',
      'kind: offset.apply, group: books, offsets: [{ topic: bills, partition: 0, offset: 1 }]',
      { '*': 5, 'Read on group "books"': 4 },
    ],
  ])('%s', inTurn, async (verb, step, codes) => {
    const argv = ['runbook', 'run', runbookOf(verb.replaceAll(/\W/g, '-'), step), ...confirmed()]
    await runbooks.walk({ verb, argv, codes: codes ?? {}, also: runbooks.required('runbook run') })
  })
})

it('every verb of the table is walked, or needs nothing', () => {
  const walked: readonly Verb[] = [
    ...(['link create', 'link run', 'link run, for patterns', 'link list', 'link describe', 'link pause', 'link resume', 'link alter', 'link alter --protect acl', 'link delete', 'link delete --with-mirrors'] as const), // prettier-ignore
    ...(['mirror create', 'mirror create <pattern>', 'mirror list', 'mirror describe', 'mirror pause', 'mirror resume', 'mirror failover', 'mirror delete', 'mirror delete --with-topic', 'mirror rebuild', 'mirror rebuild --salvage topic:<name>'] as const), // prettier-ignore
    ...(['mirror promote', 'mirror promote --fence acl', 'mirror unfence'] as const),
    ...(['acl list', 'acl sync'] as const),
    ...(['lag', 'exposure', 'offset show', 'offset clamp', 'offset clamp --apply', 'drill'] as const),
    ...(['offset reset', 'offset reset --apply', 'offset import', 'offset import --apply', 'offset export', 'offset apply', 'offset apply, of offset clamp', 'offset rollback'] as const), // prettier-ignore
    ...(['offset translate', 'offset translate --verify', 'offset translate --by timestamp'] as const),
    ...(['runbook plan', 'runbook run', 'runbook resume', 'runbook abort'] as const),
    ...(['step check.lag', 'step check.clock-skew', 'step check.groups', 'step offset.apply'] as const),
    ...(['step verify.equal', 'step verify.read', 'step verify.refuse', 'step verify.write'] as const),
  ]
  // The first is for links of MirrorMaker 2 alone, the others are walked in secure-rights-back.test.ts.
  const others = verbs.filter((verb) => !['link adopt', 'mirror reverse', 'mirror restore', 'mirror restore --salvage topic:<name>'].includes(verb)) // prettier-ignore
  expect(others.filter((verb) => needsOf(verb).length > 0).toSorted()).toEqual(walked.toSorted())
})
