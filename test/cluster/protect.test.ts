import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import kafkajs, { type AclEntry } from 'kafkajs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAcls } from '../../src/kafka/wire/messages/create-acls.ts'
import { initProducerId } from '../../src/kafka/wire/messages/init-producer-id.ts'
import type { Ran } from '../support/context.ts'
import { aclTexts } from './support/acl-texts.ts'
import { eventually } from './support/observe.ts'
import { SecuredClusters } from './support/rights-lane.ts'
import { Runner } from './support/runner.ts'
import { type Moment, signalledAt } from './support/signalled.ts'
import { inThisProcess, startOn } from './support/switch.ts'

// Two secured clusters. The link's runner comes in as `runner`, whoever acts as `georep` or `helper`, applications of the destination as `app` and `ops`. ACLs
// are set, and looked at, by kafkajs as the super user.

const { AclOperationTypes: O, AclPermissionTypes: P, AclResourceTypes: R, ResourcePatternTypes: T } = kafkajs
const link = 'east-west'
/** A failover has stopped its mirrors, and deletes the denials next. */
const opening = { said: 'letting those write who were denied it' }
let clusters: SecuredClusters
let config: Readonly<Record<'georep' | 'runner' | 'helper', string>>
let runner: Runner | undefined

beforeAll(async () => {
  clusters = await SecuredClusters.start(['runner', 'helper', 'app', 'ops'])
  config = { georep: clusters.sandbox.configFile, runner: configOf('runner'), helper: configOf('helper') }
  const { source, destination } = clusters.admins
  const all = (user: string): readonly AclEntry[] => [
    acl(user, R.TOPIC, '*', O.ALL),
    acl(user, R.GROUP, '*', O.ALL),
    acl(user, R.TRANSACTIONAL_ID, '*', O.ALL),
  ]
  const cluster = (user: string, ...operations: readonly kafkajs.AclOperationTypes[]): readonly AclEntry[] => operations.map((one) => acl(user, R.CLUSTER, 'kafka-cluster', one)) // prettier-ignore
  const [georep, own] = [[...all('georep'), ...cluster('georep', O.ALL)], [...all('runner'), ...cluster('runner', O.ALL)]] // prettier-ignore
  // May fence a runner off, and change no ACLs.
  const helper = [...all('helper'), ...cluster('helper', O.DESCRIBE, O.CLUSTER_ACTION)]
  await source.createAcls({ acl: [...georep, ...own, ...helper] })
  await destination.createAcls({ acl: [...georep, ...own, ...helper] })
  await done('link', 'create', link, '--groups', 'georep-canary-*')
})
afterAll(async () => {
  await runner?.kill()
  await clusters[Symbol.asyncDispose]()
})

describe('what cannot be kept is refused', () => {
  it('where everybody is let in, by the words that name the ACL', async () => {
    await mirrored('public')
    const everybody = { ...acl('*', R.TOPIC, 'pub', O.WRITE), resourcePatternType: T.PREFIXED }
    await create(everybody)
    const before = await acls()
    const refused = await georep('link', 'alter', link, '--protect', 'acl', '--runner-principal', 'User:runner')
    expect(refused.code).toBe(5)
    expect(refused.err).toContain('topic "public" cannot be protected: ALLOW Write on topics that begin with "pub" is for everybody (User:*)') // prettier-ignore
    expect(await acls()).toEqual(before)
    await remove(everybody)
    await done('mirror', 'delete', 'public', '--link', link, '--confirm', 'public')
  })

  it('for every mirror, when a link is created where everybody may write to every topic', async () => {
    const everybody = acl('*', R.TOPIC, '*', O.WRITE)
    await create(everybody)
    const { code, err } = await georep('link', 'create', 'two-links', '--source', 'east', '--destination', 'west', '--protect', 'acl') // prettier-ignore
    expect(code).toBe(5)
    expect(err).toContain('no mirror could be protected: ALLOW Write on every topic is for everybody')
    await remove(everybody)
  })
})

describe('a protected link', () => {
  let before: readonly string[]

  beforeAll(async () => {
    await mirrored('orders')
    await create(
      acl('app', R.TOPIC, 'orders', O.WRITE),
      { ...acl('ops', R.TOPIC, 'ord', O.ALL), resourcePatternType: T.PREFIXED },
      // An operator's own: it stays, whatever becomes of the mirror.
      { ...acl('bad', R.TOPIC, 'orders', O.WRITE), permissionType: P.DENY },
      acl('bad', R.TOPIC, 'orders', O.WRITE),
    )
    before = await acls()
  })

  it('is not one yet: taking its protection off changes nothing, and says so', async () => {
    const { out } = await done('link', 'alter', link, '--protect', 'none', '-o', 'json')
    expect((JSON.parse(out) as { data: { outcome: string } }).data.outcome).toBe('unchanged')
    expect(await acls()).toEqual(before)
  })

  it('says beforehand who will be denied, and its runner denies it to them', async () => {
    const asked = ['link', 'alter', link, '--protect', 'acl', '--runner-principal', 'User:runner']
    const planned = await done(...asked, '--dry-run')
    expect(planned.out).toContain('User:app on "orders"')
    expect(await acls()).toEqual(before)
    await done(...asked)
    const stranger = await Runner.start({ name: link, configFile: config.georep })
    await stranger.says('the runner comes in as User:georep, and beside User:runner nobody is to write')
    await stranger.stop()
    expect(await acls()).toEqual(before)
    runner = await startRunner()
    await runner.says('mirrors are protected: 4 denials of Write created')
    expect(await acls()).toEqual([...before, ...deniedOn('orders', 'app', 'georep', 'helper', 'ops')].toSorted())
  })

  it('is not written to by others while it is carried', async () => {
    expect(await written('app', 'orders')).toBe('TOPIC_AUTHORIZATION_FAILED')
    expect(await written('ops', 'orders')).toBe('TOPIC_AUTHORIZATION_FAILED')
    await clusters.write('orders', 'more', 'and more')
    await carried('orders')
    const { out } = await done('link', 'describe', link)
    expect(out).toMatch(/^Protected: +only User:runner, and super users, may write to its mirrors \(1 looked at\)/m)
  })

  it('is drilled: who writes the canary is denied it on the destination until the failover', async () => {
    const held = await acls()
    const quick = ['--steady', '7s', '--hold', '2s', '--canary-interval', '500ms', '--partitions', '1']
    let seen: readonly string[] = []
    const drill = georep('drill', '--link', link, ...quick, '--history-dir', join(clusters.sandbox.folder, 'history'))
    await eventually('the canary is protected', async () => {
      seen = (await acls()).filter((one) => /^User:georep DENY WRITE topic georep-canary-/.test(one))
      return seen.length === 1
    })
    const { code, out, err } = await drill
    expect(code, `${out}${err}`).toBe(0)
    expect(await acls()).toEqual(held)
    expect(await protections()).toEqual([`protection/${link}/orders`])
  })

  it('denies it to those who are let in later, and says where it cannot', async () => {
    const late = acl('late', R.TOPIC, 'orders', O.WRITE)
    await create(late)
    await eventually('it is denied', async () => (await acls()).includes('User:late DENY WRITE topic orders'))
    const everybody = acl('*', R.TOPIC, 'orders', O.WRITE)
    await create(everybody)
    await runner!.says('mirrors are not protected: "orders": ALLOW Write on topic "orders" is for everybody')
    expect((await done('link', 'describe', link)).out).toContain('not so on 1 of 1')
    await remove(everybody)
    await eventually('it is so again', async () => (await done('link', 'describe', link)).out.includes('(1 looked at)'))
    before = [...before, 'User:late ALLOW WRITE topic orders'].toSorted()
  })

  it('is written to when a failover returns, and all other ACLs are as they were', async () => {
    const words = ['mirror', 'failover', 'orders', '--link', link, '--force-while-source-up']
    const planned = await done(...words, '--dry-run')
    expect(planned.out).toContain('User:app on "orders"')
    await done(...words, '--confirm', 'orders')
    expect(await written('app', 'orders')).toBe('written')
    expect(await written('ops', 'orders')).toBe('written')
    expect(await acls()).toEqual(before)
    expect(await protections()).toEqual([])
  })
})

describe('a mirror that is made anew', () => {
  it('is denied to the same ones all the while, and opened as any other', async () => {
    await restartRunner()
    const before = await protectedMirror('anew')
    await carried('anew')
    const held = await acls()
    await done('mirror', 'rebuild', 'anew', '--link', link, '--confirm', 'anew')
    expect(await acls()).toEqual(held)
    expect(await written('app', 'anew')).toBe('TOPIC_AUTHORIZATION_FAILED')
    await carried('anew')
    await done('mirror', 'failover', 'anew', '--link', link, '--force-while-source-up', '--confirm', 'anew')
    expect(await written('app', 'anew')).toBe('written')
    expect(await acls()).toEqual(before)
  })
})

describe('a failover that is not done to its end', () => {
  beforeEach(restartRunner)

  it('SIGKILL between the fence and the ACLs: the same command goes on', async () => {
    await protectedMirror('killed')
    const held = await acls()
    await runner!.kill()
    const words = ['mirror', 'failover', 'killed', '--force-while-source-up', '--confirm', 'killed']
    await startOn({ ...of('SIGKILL', opening), configFile: config.georep }, ...words).killed()
    expect(await acls()).toEqual(held)
    expect(await clusters.state()).toHaveProperty([`mirror/${link}/killed`], expect.stringContaining('"STOPPED"'))
    expect(await written('app', 'killed')).toBe('TOPIC_AUTHORIZATION_FAILED')
    expect((await done('link', 'describe', link)).out).toContain('Write on topics that are mirrors no more: killed')
    await done(...words, '--link', link)
    expect(await written('app', 'killed')).toBe('written')
    expect(await acls()).toEqual(held.filter((one) => !isDenialOn('killed', one)))
    expect(await protections()).toEqual([])
  })

  it('killed so while another one was being begun, which had seen the mirror open: that goes on, too', async () => {
    await protectedMirror('seen-open')
    const held = await acls()
    await runner!.kill()
    const words = ['mirror', 'failover', 'seen-open', '--force-while-source-up', '--confirm', 'seen-open']
    const second = startOn({ ...of('SIGSTOP', { sends: initProducerId }), configFile: config.georep }, ...words, '--take-over') // prettier-ignore
    await second.frozen()
    await startOn({ ...of('SIGKILL', opening), configFile: config.georep }, ...words).killed()
    expect(await acls()).toEqual(held)
    second.signal('SIGCONT')
    expect(await second.ended).toMatchObject({ code: 0 })
    expect(await written('app', 'seen-open')).toBe('written')
    expect(await acls()).toEqual(held.filter((one) => !isDenialOn('seen-open', one)))
    expect(await protections()).toEqual([])
  })

  it('taken over between the fence and the ACLs: who took it lets them write, and the first one deletes nothing any more', async () => {
    await protectedMirror('taken')
    const held = await acls()
    await runner!.kill()
    const words = ['mirror', 'failover', 'taken', '--force-while-source-up', '--confirm', 'taken']
    const first = startOn({ ...of('SIGSTOP', opening), configFile: config.georep }, ...words)
    await first.frozen()
    await done(...words, '--link', link, '--take-over')
    expect(await written('app', 'taken')).toBe('written')
    const after = held.filter((one) => !isDenialOn('taken', one))
    expect(await acls()).toEqual(after)
    // Of exactly the form that the first one is about to delete, and not its own.
    await create({ ...acl('app', R.TOPIC, 'taken', O.WRITE), permissionType: P.DENY })
    first.signal('SIGCONT')
    expect(await first.ended).toMatchObject({ code: 7, err: expect.stringContaining('error GR-LINK-TAKEN') as string }) // prettier-ignore
    expect(await acls()).toEqual([...after, ...deniedOn('taken', 'app')].toSorted())
    await remove({ ...acl('app', R.TOPIC, 'taken', O.WRITE), permissionType: P.DENY })
  })

  it('beside a runner that denies it only then: it takes that back', async () => {
    await runner!.kill()
    runner = await startRunner(signalledAt({ sends: createAcls }, 'SIGSTOP'))
    const before = await acls()
    await allowed('late-denied')
    await mirrored('late-denied')
    await runner.frozen()
    await done('mirror', 'failover', 'late-denied', '--link', link, '--force-while-source-up', '--confirm', 'late-denied') // prettier-ignore
    expect(await written('app', 'late-denied')).toBe('written')
    await allowed('next')
    await mirrored('next')
    runner.thaw()
    // A later look than the one that it was frozen in.
    await untilDenied('next')
    expect(await acls()).toEqual([...before, ...['late-denied', 'next'].map((topic) => `User:app ALLOW WRITE topic ${topic}`), ...deniedOn('next', 'app', 'georep', 'helper')].toSorted()) // prettier-ignore
    await done('mirror', 'delete', 'next', '--link', link, '--confirm', 'next')
  })

  it('without the right to change ACLs: said before, stopped all the same, and done when an administrator has', async () => {
    const before = await protectedMirror('bills')
    // It may, and would.
    await runner!.kill()
    const words = ['--config', config.helper, 'mirror', 'failover', 'bills', '--link', link, '--force-while-source-up']
    const planned = await inThisProcess(...words, '--dry-run')
    expect(planned.out).toContain('they stay denied until an administrator takes it back')
    const left = await inThisProcess(...words, '--confirm', 'bills')
    expect(left.code, left.err).toBe(6)
    expect(left.err).toContain('User:app, User:georep, User:helper may not write there yet (--protect acl): needs Alter on the cluster')
    expect(left.err).toMatch(/--remove --force --deny-principal User:app .*--operation Write --topic bills$/m)
    expect(await clusters.state()).toHaveProperty([`mirror/${link}/bills`], expect.stringContaining('"STOPPED"'))
    expect(await written('app', 'bills')).toBe('TOPIC_AUTHORIZATION_FAILED')
    const denials = ['app', 'georep', 'helper'].map((user) => ({ ...acl(user, R.TOPIC, 'bills', O.WRITE), permissionType: P.DENY })) // prettier-ignore
    await remove(...denials)
    const again = await inThisProcess(...words, '--confirm', 'bills')
    expect(again.code, again.err).toBe(0)
    expect(await acls()).toEqual(before)
    expect(await protections()).toEqual([])
  }) // prettier-ignore
})

describe('what is no mirror any more', () => {
  beforeEach(restartRunner)

  it('is written to after its mirror was taken off, with and without its topic, and when the link protects no more', async () => {
    const topics = ['gone', 'left', 'freed']
    // The runner may deny it to others as soon as there are mirrors.
    const before = await acls()
    for (const topic of topics) await mirrored(topic)
    await create(...topics.map((topic) => acl('app', R.TOPIC, topic, O.WRITE)))
    for (const topic of topics) await untilDenied(topic)
    const helper = await inThisProcess('--config', config.helper, 'mirror', 'delete', 'left', '--link', link, '--confirm', 'left') // prettier-ignore
    expect(helper.code).toBe(1)
    expect(helper.out).toMatch(/^left .* failed .*needs Alter on the cluster/m)
    await done('mirror', 'delete', 'gone', '--link', link, '--with-topic', '--confirm', 'gone')
    await done('mirror', 'delete', 'left', '--link', link, '--confirm', 'left')
    expect(await isDenied('gone')).toBe(false)
    expect(await written('app', 'left')).toBe('written')
    expect(await isDenied('freed')).toBe(true)
    await done('link', 'alter', link, '--protect', 'none')
    expect(await written('app', 'freed')).toBe('written')
    expect(await acls()).toEqual(
      [...before, ...topics.map((topic) => `User:app ALLOW WRITE topic ${topic}`)].toSorted(),
    )
    expect(await protections()).toEqual([])
  })

  it('is when it went the way back: denied there, let write by a promote here', async () => {
    await done('link', 'alter', link, '--protect', 'acl', '--runner-principal', 'User:runner')
    await done('link', 'create', 'west-east', '--groups', 'nothing', '--protect', 'acl', '--runner-principal', 'User:runner') // prettier-ignore
    await mirrored('round')
    await create(acl('app', R.TOPIC, 'round', O.WRITE))
    await clusters.admins.source.createAcls({ acl: [acl('app', R.TOPIC, 'round', O.WRITE)] })
    await untilDenied('round')
    await done('mirror', 'promote', 'round', '--link', link, '--fence', 'none', '--confirm', 'round')
    expect(await written('app', 'round')).toBe('written')
    await done('mirror', 'reverse', 'round', '--link', link, '--confirm', 'round')
    const back = await Runner.start({ name: 'west-east', configFile: config.runner })
    try {
      const there = async (): Promise<readonly string[]> => await aclTexts(clusters.admins.source)
      await eventually('it is protected there', async () => (await there()).includes('User:app DENY WRITE topic round'))
      await carried('round')
      expect(await writesTo('round')).toEqual({ source: 'TOPIC_AUTHORIZATION_FAILED', destination: 'written' })
      await done('mirror', 'promote', 'round', '--link', 'west-east', '--fence', 'none', '--confirm', 'round')
      expect((await there()).filter((one) => one.includes(' DENY '))).toEqual([])
    } finally {
      await back.stop()
    }
  })

  it('is when it came back after a failover, and its old source was replaced', async () => {
    await done('link', 'create', 'west-east')
    await allowed('restored')
    await clusters.admins.source.createAcls({ acl: [acl('app', R.TOPIC, 'restored', O.WRITE)] })
    const before = { source: await aclTexts(clusters.admins.source), destination: await acls() }
    await mirrored('restored')
    await untilDenied('restored')
    await carried('restored')
    await runner!.kill()
    await clusters.write('restored', 'never arrived')
    await done('mirror', 'failover', 'restored', '--link', link, '--force-while-source-up', '--confirm', 'restored')
    const said = ['--salvage', join(clusters.sandbox.folder, 'salvage'), '--fence', 'acl']
    await done('mirror', 'restore', 'restored', '--link', link, ...said, '--confirm', 'restored')
    expect(await acls()).toEqual(before.destination)
    expect(await aclTexts(clusters.admins.source)).toEqual(before.source)
    const back = await Runner.start({ name: 'west-east', configFile: config.runner })
    try {
      const denied = [...before.source, ...deniedOn('restored', 'app', 'georep', 'helper')].toSorted()
      await eventually('it is protected there', async () => String(await aclTexts(clusters.admins.source)) === String(denied)) // prettier-ignore
      await carried('restored')
      expect(await writesTo('restored')).toEqual({ source: 'TOPIC_AUTHORIZATION_FAILED', destination: 'written' })
      await carried('restored')
      expect(await acls()).toEqual(before.destination)
    } finally {
      await back.stop()
    }
  })

  it('nor of a link that was deleted', async () => {
    await done('link', 'create', 'short-lived', '--source', 'east', '--destination', 'west', '--protect', 'acl', '--runner-principal', 'User:runner') // prettier-ignore
    await clusters.admins.source.createTopics({ topics: [{ topic: 'short', numPartitions: 1 }] })
    await done('mirror', 'create', 'short', '--link', 'short-lived')
    const before = await acls()
    const own = await Runner.start({ name: 'short-lived', configFile: config.runner })
    try {
      await eventually('it is protected', async () => (await acls()).includes('User:georep DENY WRITE topic short'))
    } finally {
      await own.stop()
    }
    await done('link', 'delete', 'short-lived', '--with-mirrors', '--confirm', 'short-lived')
    expect(await acls()).toEqual(before)
  })
})

async function startRunner(env: Readonly<Record<string, string>> = {}): Promise<Runner> {
  return await Runner.start({ name: link, configFile: config.runner }, { env })
}

/** The link, for a process that gives itself this signal at that moment. */
function of(signal: 'SIGKILL' | 'SIGSTOP', moment: Moment): { readonly name: string; readonly env: Readonly<Record<string, string>> } {
  return { name: link, env: signalledAt(moment, signal) }
} // prettier-ignore

/** One that lives, whatever a test has done to the one before. */
async function restartRunner(): Promise<void> {
  await runner?.kill()
  runner = await startRunner()
}

function configOf(user: string): string {
  const text = readFileSync(clusters.sandbox.configFile, 'utf8')
  const file = join(clusters.sandbox.folder, `${user}.yaml`)
  writeFileSync(file, text.replaceAll(/username: georep$/gm, `username: ${user}`))
  return file
}

/** Makes a topic on the source with a record, and its mirror. */
async function mirrored(topic: string): Promise<void> {
  await clusters.admins.source.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  await clusters.write(topic, '1')
  await done('mirror', 'create', topic, '--link', link)
}

/** An application of the destination. */
async function allowed(topic: string): Promise<void> {
  await create(acl('app', R.TOPIC, topic, O.WRITE))
}

/** One on which the application is denied Write. @returns the ACLs of before */
async function protectedMirror(topic: string): Promise<readonly string[]> {
  await allowed(topic)
  const before = await acls()
  await mirrored(topic)
  await untilDenied(topic)
  return before
}

function isDenialOn(topic: string, text: string): boolean {
  return text.endsWith(` DENY WRITE topic ${topic}`)
}

async function isDenied(topic: string): Promise<boolean> {
  return (await acls()).includes(`User:app DENY WRITE topic ${topic}`)
}

/** Without writing to it: what is written before would spoil the mirror. */
async function untilDenied(topic: string): Promise<void> {
  await eventually(`"${topic}" is protected`, async () => await isDenied(topic))
}

/** Both clusters hold as much of it. */
async function carried(topic: string): Promise<void> {
  await eventually(`"${topic}" is carried`, async () => (await clusters.high('source', topic)) === (await clusters.high('destination', topic))) // prettier-ignore
}

/** What the application is answered on both sides. */
async function writesTo(topic: string): Promise<Readonly<Record<'source' | 'destination', string>>> {
  return { source: await written('app', topic, 'east'), destination: await written('app', topic) }
}

/** What an application is answered, of the destination where it is not said. */
async function written(user: string, topic: string, where: 'east' | 'west' = 'west'): Promise<string> {
  const { sandbox } = clusters
  const files = sandbox.secure!
  const client = new kafkajs.Kafka({
    brokers: [...sandbox.clusters[where].bootstrap],
    ssl: { ca: [readFileSync(files.ca, 'utf8')] },
    sasl: { mechanism: 'scram-sha-512', username: user, password: readFileSync(files.password.georep, 'utf8') },
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  })
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, allowAutoTopicCreation: false }) // prettier-ignore
  await producer.connect()
  try {
    await producer.send({ topic, messages: [{ value: user }] })
    return 'written'
  } catch (error) {
    const cause = error instanceof kafkajs.KafkaJSError ? (error.cause ?? error) : error
    return cause instanceof kafkajs.KafkaJSProtocolError ? cause.type : String(error)
  } finally {
    await producer.disconnect()
  }
}

function deniedOn(topic: string, ...users: readonly string[]): readonly string[] {
  return users.map((user) => `User:${user} DENY WRITE topic ${topic}`)
}

/** Mirror topics on which the state says that somebody is denied Write. */
async function protections(): Promise<readonly string[]> {
  return Object.keys(await clusters.state()).filter((key) => key.startsWith('protection/'))
}

async function acls(): Promise<readonly string[]> {
  return await aclTexts(clusters.admins.destination)
}

function acl(
  user: string,
  resourceType: kafkajs.AclResourceTypes,
  resourceName: string,
  operation: kafkajs.AclOperationTypes,
): AclEntry {
  return { principal: `User:${user}`, host: '*', permissionType: P.ALLOW, resourcePatternType: T.LITERAL, resourceType, resourceName, operation } // prettier-ignore
}

/** Known to the broker when it returns. */
async function create(...some: readonly AclEntry[]): Promise<void> {
  const count = (await acls()).length
  await clusters.admins.destination.createAcls({ acl: [...some] })
  await eventually('the broker knows them', async () => (await acls()).length >= count + some.length)
}

async function remove(...some: readonly AclEntry[]): Promise<void> {
  await clusters.admins.destination.deleteAcls({ filters: [...some] })
  const gone = some.map(({ principal, permissionType, resourceName, resourcePatternType }) => `${principal} ${permissionType === P.DENY ? 'DENY' : 'ALLOW'} WRITE topic ${resourceName}${resourcePatternType === T.PREFIXED ? '*' : ''}`) // prettier-ignore
  await eventually('the broker knows it', async () => !(await acls()).some((one) => gone.includes(one)))
}

async function georep(...argv: readonly string[]): Promise<Ran> {
  return await inThisProcess('--config', config.georep, ...argv)
}

async function done(...argv: readonly string[]): Promise<Ran> {
  const ran = await georep(...argv)
  expect(ran.code, `${argv.join(' ')}\n${ran.out}${ran.err}`).toBe(0)
  return ran
}
