import { readFileSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { systemTime } from '../../src/cli/system-time.ts'
import { type Right, rightText } from '../../src/core/acl.ts'
import { GeorepError } from '../../src/core/errors.ts'
import { needsOf, rightsFor, type Side, type Verb, verbs } from '../../src/core/permissions.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { capturedContext, run, type Ran } from '../support/context.ts'
import { eventually } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'
import { randomId } from './support/sandbox-deps.ts'
import { Acls, securedClient, StateReader } from './support/secured.ts'

// On a secured sandbox: every verb does its work with exactly the rights that the documentation lists, and with each of them taken away in turn it
// fails, names that one, and changes nothing. ACLs are set, and clusters looked at, by kafkajs as the super user.

const link = 'east-west'
const subject = { link, sourceTopics: ['orders'], mirrorTopics: ['orders'], groups: ['app'] }
const clusterOf = { source: 'east', destination: 'west' } as const

let sandbox: Sandbox<'east' | 'west'>
let kafka: Record<Side, Kafka>
let admins: Record<Side, Admin>
let acls: Record<Side, Acls>
let state: StateReader | undefined

beforeAll(async () => {
  sandbox = await ownSandbox({}, { isSecure: true })
  const files = sandbox.secure!
  kafka = { source: securedClient(sandbox.clusters.east, files), destination: securedClient(sandbox.clusters.west, files) } // prettier-ignore
  admins = { source: kafka.source.admin(), destination: kafka.destination.admin() }
  await admins.source.connect()
  await admins.destination.connect()
  acls = { source: new Acls(admins.source), destination: new Acls(admins.destination) }
  const configEntries = [{ name: 'max.message.bytes', value: '100000' }]
  await admins.source.createTopics({ topics: [{ topic: 'orders', numPartitions: 1, configEntries }] })
  await write('orders', '1', '2', '3')
  await commit('source', 'app', '2')
  // The first question makes the topic of the groups.
  await eventually('the destination has a coordinator', async () =>
    await admins.destination.fetchOffsets({ groupId: 'app' }).then(() => true, () => false)) // prettier-ignore
})
afterAll(async () => {
  await state?.[Symbol.asyncDispose]()
  await admins.source.disconnect()
  await admins.destination.disconnect()
  await sandbox[Symbol.asyncDispose]()
})

async function write(topic: string, ...values: readonly string[]): Promise<void> {
  const producer = kafka.source.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({ topic, messages: values.map((value) => ({ value })) })
  await producer.disconnect()
}

async function commit(side: Side, groupId: string, offset: string): Promise<void> {
  await admins[side].setOffsets({ groupId, topic: 'orders', partitions: [{ partition: 0, offset }] })
}

/** What may not change when a verb fails. */
async function snapshot(): Promise<unknown> {
  const topics = await topicsOf('destination')
  const isMirrored = topics.includes('orders')
  return {
    topics,
    sourceTopics: await topicsOf('source'),
    state: topics.includes('__georep') ? await stateNow() : {},
    ends: isMirrored ? await admins.destination.fetchTopicOffsets('orders') : [],
    groups: isMirrored ? await admins.destination.fetchOffsets({ groupId: 'app' }) : [],
  }
}

async function topicsOf(side: Side): Promise<readonly string[]> {
  const internal = ['__consumer_offsets', '__transaction_state']
  return (await admins[side].listTopics()).filter((topic) => !internal.includes(topic)).toSorted()
}

async function stateNow(): Promise<unknown> {
  state ??= await StateReader.open(kafka.destination)
  return await state.now()
}

const context = { cwd: tmpdir(), home: tmpdir(), hostname: hostname(), pid: process.pid, time: systemTime, newId: randomId, kill: (pid: number, signal: NodeJS.Signals | 0) => process.kill(pid, signal) } // prettier-ignore

async function georep(...argv: readonly string[]): Promise<Ran> {
  return await run(argv[0] === '--config' ? argv : ['--config', sandbox.configFile, ...argv], {
    ...context,
    signal: AbortSignal.timeout(60_000),
  })
}

interface Running {
  readonly err: () => string
  readonly says: (text: string) => Promise<void>
  readonly stop: () => Promise<Ran>
}

/** `link run` in this process. */
function startRunner(): Running {
  const stop = new AbortController()
  const captured = capturedContext({ ...context, signal: stop.signal })
  const argv = ['--config', sandbox.configFile, 'link', 'run', link, '--groups-interval', '200ms']
  let code: Ran['code'] | undefined
  const ended = main(argv, captured.context).then((one) => (code = one))
  return {
    err: captured.err,
    says: async (text) => {
      const isSaid = async (): Promise<boolean> => await Promise.resolve(code !== undefined || captured.err().includes(text)) // prettier-ignore
      await eventually(`the runner says ${text}`, isSaid).catch(() => undefined)
      expect(captured.err()).toContain(text)
    },
    stop: async () => {
      stop.abort(new GeorepError('interrupted', 'GR-INTERRUPTED', 'interrupted'))
      return { code: await ended, out: captured.out(), err: captured.err() }
    },
  }
}

async function high(side: Side, topic: string): Promise<string> {
  return (await admins[side].fetchTopicOffsets(topic))[0]!.high
}

/** The rights of a verb, each with where it is needed. */
function required(verb: Verb, about = subject): readonly { readonly side: Side; readonly right: Right }[] {
  return (['source', 'destination'] as const).flatMap((side) =>
    rightsFor([verb], side, about, { isOptionalLeftOut: true }).map((right) => ({ side, right })),
  )
}

async function grantAllOf(
  verb: Verb,
  except?: { readonly side: Side; readonly right: Right },
  about = subject,
): Promise<void> {
  for (const side of ['source', 'destination'] as const) {
    const rights = required(verb, about).filter(
      (one) => one.side === side && JSON.stringify(one) !== JSON.stringify(except),
    )
    await acls[side].set(rights.map(({ right }) => right))
  }
}

function named({ side, right }: { readonly side: Side; readonly right: Right }): string {
  return `needs ${rightText(right)} at cluster "${clusterOf[side]}" for User:georep`
}

interface Walk {
  readonly verb: Verb
  readonly argv: readonly string[]
  /** Of what is lacking, by its text; the rest is 1. */
  readonly codes?: Readonly<Record<string, number>>
  /** What it may leave behind all the same, and must say. */
  readonly says?: string
  readonly about?: typeof subject
}

async function walk({ verb, argv, codes = {}, says, about = subject }: Walk): Promise<void> {
  for (const one of required(verb, about)) {
    await grantAllOf(verb, one, about)
    const before = await snapshot()
    const { code, out, err } = await georep(...argv)
    const text = `${verb} without ${rightText(one.right)} at ${clusterOf[one.side]}:\n${out}${err}`
    expect(`${out}${err}`, text).toContain(named(one))
    expect(code, text).toBe(codes[rightText(one.right)] ?? codes['*'] ?? 1)
    if (says === undefined || !err.includes(says)) expect(await snapshot(), text).toEqual(before)
  }
  await grantAllOf(verb, undefined, about)
  const { code, out, err } = await georep(...argv)
  expect(code, `${verb} with all its rights:\n${out}${err}`).toBe(0)
}

/** What can be known of the others is shown all the same. */
const unseen = { 'Describe on topic "orders"': 4 } as const

describe('with each right taken away in turn, and then with all of them', () => {
  it('link create', async () => {
    await walk({
      verb: 'link create',
      argv: ['link', 'create', link, '--groups', 'app'],
      says: 'topic "__georep" was created',
    })
    expect(Object.keys((await stateNow()) as object)).toEqual([`link/${link}`])
  })

  it('mirror create', async () => {
    await walk({ verb: 'mirror create', argv: ['mirror', 'create', 'orders', '--link', link] })
    expect(await admins.destination.listTopics()).toContain('orders')
  })

  it.each([
    ['link list', ['link', 'list'], { '*': 4 }],
    ['link describe', ['link', 'describe', link], unseen],
    ['mirror list', ['mirror', 'list', '--link', link], unseen],
    ['lag', ['lag', '--link', link], { ...unseen, 'Describe on the cluster': 4, 'Describe on group "app"': 4 }],
    [
      'mirror describe',
      ['mirror', 'describe', 'orders', '--link', link],
      { ...unseen, 'DescribeConfigs on topic "orders"': 4, 'DescribeConfigs on topic "__georep"': 4 },
    ],
    ['mirror pause', ['mirror', 'pause', 'orders', '--link', link], {}],
    ['mirror resume', ['mirror', 'resume', 'orders', '--link', link], {}],
    ['link pause', ['link', 'pause', link], {}],
    ['link resume', ['link', 'resume', link], {}],
    ['link alter', ['link', 'alter', link, '--throttle', '100MB/s'], {}],
  ] as const)('%s', async (verb, argv, codes) => {
    await walk({ verb, argv, codes })
  })

  it('link run', async () => {
    for (const one of required('link run')) {
      await write('orders', 'again')
      await grantAllOf('link run', one)
      const runner = startRunner()
      await runner.says(named(one)).finally(runner.stop)
    }
    await grantAllOf('link run')
    await commit('source', 'app', '3')
    const runner = startRunner()
    await runner.says('offsets are copied of group "app"').catch(runner.stop)
    const { code, err } = await runner.stop()
    expect(err).toContain('batches go one at a time: needs DescribeConfigs on the cluster at cluster "west" for User:georep') // prettier-ignore
    expect(code).toBe(0)
    expect(await high('destination', 'orders')).toBe(await high('source', 'orders'))
  })

  it('a right on one source topic, taken away and given back while the link runs, holds up that mirror alone', async () => {
    await admins.source.createTopics({ topics: [{ topic: 'payments', numPartitions: 1 }] })
    await write('payments', '1')
    const both = { ...subject, sourceTopics: ['orders', 'payments'], mirrorTopics: ['orders', 'payments'] }
    const grant = async (verb: Verb, from = both): Promise<void> => {
      await acls.source.set(rightsFor([verb], 'source', from))
      await acls.destination.set(rightsFor([verb], 'destination', both))
    }
    await grant('mirror create')
    const made = await georep('mirror', 'create', 'payments', '--link', link)
    expect(made.code, made.err).toBe(0)
    await grant('link run')
    const runner = startRunner()
    try {
      await eventually('payments is carried', async () => (await high('destination', 'payments')) === '1')
      await grant('link run', { ...both, sourceTopics: ['orders'] })
      // A fetch that is under way was permitted, and brings what comes.
      await runner.says('needs Read on topic "payments" at cluster "east" for User:georep')
      await write('payments', '2')
      await write('orders', 'while payments is denied')
      const isCarried = async (topic: string): Promise<boolean> => (await high('destination', topic)) === (await high('source', topic)) // prettier-ignore
      await eventually('orders is carried', async () => await isCarried('orders'))
      expect(await high('destination', 'payments')).toBe('1')
      expect(runner.err()).not.toContain('the source does not answer')
      await grant('link run')
      await eventually('payments is carried again', async () => await isCarried('payments'))
      expect(runner.err()).not.toContain('FAILED')
    } finally {
      await runner.stop()
    }
  })

  it('mirror failover', async () => {
    const argv = ['mirror', 'failover', 'orders', '--link', link, '--confirm', 'orders', '--force-while-source-up']
    await walk({ verb: 'mirror failover', argv, codes: { 'Alter on the cluster': 5 } })
  })

  it('offset clamp', async () => {
    await commit('destination', 'app', '999')
    await walk({
      verb: 'offset clamp',
      argv: ['offset', 'clamp', '--link', link],
      codes: { 'Describe on group "app"': 4 },
    })
    const apply = ['offset', 'clamp', '--link', link, '--apply', '--confirm', link]
    await walk({ verb: 'offset clamp --apply', argv: apply, codes: { 'Read on group "app"': 4 } })
  })
})

describe('cluster list and cluster describe', () => {
  it('need no right, and tell id, version, brokers and authorizer', async () => {
    for (const side of ['source', 'destination'] as const) await acls[side].set([])
    const list = await georep('cluster', 'list', '-o', 'json')
    const { clusters } = (JSON.parse(list.out) as { data: { clusters: { name: string; answer: object }[] } }).data
    const ids = [sandbox.clusters.east.clusterId, sandbox.clusters.west.clusterId]
    expect({ code: list.code, ids: clusters.map(({ answer }) => (answer as { clusterId: string }).clusterId) }).toEqual({ code: 0, ids }) // prettier-ignore
    const racks = ['us-east-1', 'us-west-2']
    for (const [index, { answer }] of clusters.entries()) {
      expect(answer).toMatchObject({ mode: 'kraft', hasAuthorizer: true, brokers: [{ id: 1, rack: racks[index] }] })
    }
    const described = await georep('cluster', 'describe', 'west')
    expect(described.code).toBe(0)
    expect(described.out).toMatch(/Authorizer: +yes/)
    expect(described.out).toMatch(/Principal: +User:georep/)
  })

  it('describe names what a verb lacks, and the command that grants it', async () => {
    const lacking: Right = { operation: 'AlterConfigs', resource: { type: 'topic', name: 'orders' } }
    await grantAllOf('mirror failover', { side: 'destination', right: lacking })
    const { out, err } = await georep('cluster', 'describe', 'west', '-o', 'json')
    const { verbs: told } = (JSON.parse(out) as { data: { verbs: { verb: string; side: string; lacks: { right: string }[] }[] } }).data // prettier-ignore
    const failover = told
      .find(({ verb, side }) => verb === 'mirror failover' && side === 'destination')
      ?.lacks.map(({ right }) => right)
    expect(failover).toContain('AlterConfigs on topic "orders"')
    expect(failover).not.toContain('Read on topic "orders"')
    expect(failover).not.toContain('Alter on the cluster')
    expect(err).toContain(`--add --allow-principal User:georep --operation AlterConfigs --topic orders\n`)
  })

  it('list shows a cluster that does not answer as such, says why, and ends with 4', async () => {
    const file = join(sandbox.folder, 'three.yaml')
    writeFileSync(file, `${readFileSync(sandbox.configFile, 'utf8')}  north:\n    bootstrap: ["127.0.0.1:1"]\n`)
    const { code, out, err } = await georep('--config', file, 'cluster', 'list')
    expect(code).toBe(4)
    expect(out).toMatch(/^north +unreachable/m)
    expect(out).toMatch(/^west +up/m)
    expect(err).toContain('warning: cluster "north": cluster "north" does not answer at 127.0.0.1:1')
  })
})

describe('at last, likewise', () => {
  it('mirror delete', async () => {
    const argv = ['mirror', 'delete', 'payments', '--link', link, '--confirm', 'payments']
    await walk({ verb: 'mirror delete', argv, about: { ...subject, mirrorTopics: ['payments'] } })
    expect(Object.keys((await stateNow()) as object)).not.toContain(`mirror/${link}/payments`)
  })

  it('link delete', async () => {
    await walk({ verb: 'link delete', argv: ['link', 'delete', link, '--confirm', link] })
    expect(Object.keys((await stateNow()) as object)).toEqual([])
  })
})

it('every verb of the table is walked, or needs nothing, or is a drill', () => {
  const walked: readonly Verb[] = [
    ...(['link create', 'link run', 'link list', 'link describe', 'link pause', 'link resume', 'link alter', 'link delete'] as const), // prettier-ignore
    ...(['mirror create', 'mirror list', 'mirror describe', 'mirror pause', 'mirror resume', 'mirror failover', 'mirror delete'] as const), // prettier-ignore
    ...(['lag', 'offset clamp', 'offset clamp --apply', 'drill'] as const),
  ]
  expect(verbs.filter((verb) => needsOf(verb).length > 0).toSorted()).toEqual(walked.toSorted())
})
