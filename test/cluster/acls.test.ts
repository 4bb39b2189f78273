import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import kafkajs, { type AclEntry, type Admin, type Kafka } from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { idRight, topicRight } from '../../src/core/acl.ts'
import { bindingKey } from '../../src/core/acl-binding.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { grant } from '../../src/sandbox/secure/grant.ts'
import type { Ran } from '../support/context.ts'
import { adminOf } from './support/kafkajs-client.ts'
import { aclTexts } from './support/acl-texts.ts'
import { eventually } from './support/observe.ts'
import { Runner } from './support/runner.ts'
import { ownSandbox } from './support/sandbox.ts'
import { securedClient } from './support/secured.ts'
import { inThisProcess } from './support/switch.ts'

// Two secured clusters and a worker of Kafka Connect. ACLs are set, and looked at, by kafkajs as the super user.

const { AclOperationTypes: O, AclPermissionTypes: P, AclResourceTypes: R, ResourcePatternTypes: T } = kafkajs
const signal = AbortSignal.timeout(600_000)
let sandbox: Sandbox<'east' | 'west'>
let admins: Readonly<Record<'east' | 'west', Admin>>
let west: Kafka
let config: string

beforeAll(async () => {
  sandbox = await ownSandbox({}, { isSecure: true, connect: { workers: 1, isExactlyOnce: true } })
  const { secure, clusters } = sandbox
  if (secure === undefined) throw new Error('a secured sandbox has files')
  west = securedClient(clusters.west, secure)
  admins = { east: adminOf(securedClient(clusters.east, secure)), west: adminOf(west) }
  await Promise.all([admins.east.connect(), admins.west.connect()])
  // georep comes in as the administrator, and to Kafka Connect as the one that it knows.
  const [url = ''] = sandbox.connect?.workers.map((worker) => worker.url) ?? []
  const connect = `, connect: { url: "${url}", username: georep, password: "\${file:${secure.password.georep}}" }`
  const entry = (name: 'east' | 'west', more = ''): string => `  ${name}: { bootstrap: [${clusters[name].bootstrap.join(', ')}], properties: ${secure.clientProperties.admin}${more} }\n` // prettier-ignore
  config = join(sandbox.folder, 'admin.yaml')
  writeFileSync(config, `clusters:\n${entry('east')}${entry('west', connect)}`)
  await admins.east.createTopics({ topics: ['orders', 'sales'].map((topic) => ({ topic, numPartitions: 1 })) })
})
afterAll(async () => {
  await Promise.all(Object.values(admins).map(async (admin) => { await admin.disconnect() })) // prettier-ignore
  await sandbox.down({ signal })
})

it('a link of the embedded engine: shown, brought over, and taken away again where georep made it', async () => {
  const link = 'orders-link'
  await done('link', 'create', link, '--source', 'east', '--destination', 'west', '--groups', 'app')
  await done('mirror', 'create', 'orders', '--link', link)
  await create('east', [
    acl('app', R.TOPIC, 'orders', O.READ),
    acl('app', R.TOPIC, 'orders', O.WRITE),
    acl('app', R.GROUP, 'app', O.READ),
    { ...acl('app', R.TRANSACTIONAL_ID, 'app-', O.WRITE), resourcePatternType: T.PREFIXED },
    { ...acl('bi', R.TOPIC, 'ord', O.READ), resourcePatternType: T.PREFIXED },
    { ...acl('ops', R.TOPIC, 'ord', O.ALL), resourcePatternType: T.PREFIXED },
    { ...acl('bad', R.TOPIC, 'orders', O.READ), permissionType: P.DENY, host: '10.0.0.1' },
    acl('app', R.CLUSTER, 'kafka-cluster', O.IDEMPOTENT_WRITE),
    acl('keep', R.TOPIC, 'orders', O.DESCRIBE),
    acl('far', R.TOPIC, 'elsewhere', O.READ),
    acl('admin', R.TOPIC, 'orders', O.READ),
  ])
  // Put there by an operator, and not known to the source: one that looks like what is synced.
  await create('west', [acl('keep', R.TOPIC, 'orders', O.DESCRIBE), acl('local', R.TOPIC, 'orders', O.READ)])

  const before = await aclsOf('west')
  const listed = await json('acl', 'list', '--link', link)
  expect(fatesOf(listed)).toEqual({
    'User:app ALLOW READ group app': 'create',
    'User:app ALLOW READ topic orders': 'create',
    'User:app ALLOW WRITE transactionalId app-*': 'create',
    'User:bad DENY READ topic orders from 10.0.0.1': 'create',
    'User:bi ALLOW READ topic ord*': 'create',
    'User:app ALLOW WRITE topic orders': 'held',
    'User:ops ALLOW ALL topic ord*': 'held',
    'User:app ALLOW IDEMPOTENTWRITE cluster kafka-cluster': 'left',
    'User:admin ALLOW READ topic orders': 'left',
    'User:local ALLOW READ topic orders': 'beyond',
    'User:keep ALLOW DESCRIBE topic orders': 'same',
  })
  expect((listed as Listed).outside.source).toBe(1)
  const planned = await done('acl', 'sync', '--link', link, '--dry-run')
  expect(planned.out).toMatch(/create +planned +User:bi +ALLOW Read on topics that begin with "ord"/)
  expect((await georep('acl', 'sync', '--link', link)).code).toBe(5)
  expect(await aclsOf('west')).toEqual(before)

  const one = await done('acl', 'sync', '--link', link, '--confirm', link, '--principal', 'User:bi')
  expect(one.err).not.toContain('nothing was to be done')
  expect(await aclsOf('west')).toEqual([...before, 'User:bi ALLOW READ topic ord*'].toSorted())
  const synced = await done('acl', 'sync', '--link', link, '--confirm', link)
  expect(synced.err).toContain('2 ACLs are held back')
  const after = [
    ...before,
    'User:app ALLOW READ group app',
    'User:app ALLOW READ topic orders',
    'User:app ALLOW WRITE transactionalId app-*',
    'User:bad DENY READ topic orders from 10.0.0.1',
    'User:bi ALLOW READ topic ord*',
  ].toSorted()
  expect(await aclsOf('west')).toEqual(after)
  const again = await done('acl', 'sync', '--link', link, '--confirm', link)
  expect(again.err).toContain('nothing was to be done')
  expect(await aclsOf('west')).toEqual(after)

  await remove('east', [acl('app', R.GROUP, 'app', O.READ), acl('keep', R.TOPIC, 'orders', O.DESCRIBE)])
  expect(fatesOf(await json('acl', 'list', '--link', link))).toMatchObject({
    'User:app ALLOW READ group app': 'delete',
    'User:keep ALLOW DESCRIBE topic orders': 'beyond',
  })
  await done('acl', 'sync', '--link', link, '--confirm', link)
  expect(await aclsOf('west')).toEqual(after.filter((text) => text !== 'User:app ALLOW READ group app'))
})

it("what began and did not end is finished where nothing is there, and is nobody's to delete where something is", async () => {
  const link = 'orders-link'
  const binding = (principal: string) => ({ resource: { type: 'topic', name: 'orders', pattern: 'literal' }, principal: `User:${principal}`, host: '*', operation: 'Describe', permission: 'Allow' } as const) // prettier-ignore
  await create('east', ['lost', 'taken'].map((name) => acl(name, R.TOPIC, 'orders', O.DESCRIBE))) // prettier-ignore
  // As a sync leaves it that was killed behind its intent; meanwhile an operator has created the second one.
  const producer = west.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const messages = ['lost', 'taken'].map((name) => {
    const of = binding(name)
    const id = createHash('sha256').update(bindingKey(of)).digest('hex').slice(0, 32)
    const value = { v: 1, kind: 'acl', source: of, destination: of, is: 'begun', at: new Date().toISOString(), by: { owner: 'x', host: 'y' } } // prettier-ignore
    return { key: `acl/${link}/${id}`, value: JSON.stringify(value) }
  })
  await producer.send({ topic: '__georep', messages })
  await producer.disconnect()
  await create('west', [acl('taken', R.TOPIC, 'orders', O.DESCRIBE)])
  await done('acl', 'sync', '--link', link, '--confirm', link)
  const there = await aclsOf('west')
  expect(there).toEqual(expect.arrayContaining(['User:lost ALLOW DESCRIBE topic orders', 'User:taken ALLOW DESCRIBE topic orders'])) // prettier-ignore
  await remove('east', ['lost', 'taken'].map((name) => acl(name, R.TOPIC, 'orders', O.DESCRIBE))) // prettier-ignore
  await done('acl', 'sync', '--link', link, '--confirm', link)
  expect(await aclsOf('west')).toEqual(there.filter((text) => !text.startsWith('User:lost ')))
})

it('what the source of another link has as well stays when one drops it, and is deleted when the other does', async () => {
  // By one link topics are called with "east." before their names, by the other one some are called so already: one ACL there is two here.
  await admins.east.createTopics({ topics: ['paid', 'east.due'].map((topic) => ({ topic, numPartitions: 1 })) })
  for (const [link, topic, ...more] of [
    ['one-link', 'paid', '--prefix', 'east.'],
    ['two-link', 'east.due'],
  ] as const) {
    await done('link', 'create', link, '--source', 'east', '--destination', 'west', '--groups', 'none')
    await done('mirror', 'create', topic, '--link', link, ...more)
  }
  const [every, some] = [acl('both', R.TOPIC, '*', O.READ), { ...acl('both', R.TOPIC, 'east.', O.READ), resourcePatternType: T.PREFIXED }] // prettier-ignore
  const sync = async (link: string): Promise<void> => { await done('acl', 'sync', '--link', link, '--principal', 'User:both', '--confirm', link) } // prettier-ignore
  const there = async (): Promise<readonly string[]> => (await aclsOf('west')).filter((text) => text.startsWith('User:both ')) // prettier-ignore
  await create('east', [every])
  await sync('one-link')
  await create('east', [some])
  await sync('two-link')
  const prefixed = 'User:both ALLOW READ topic east.*'
  expect(await there()).toEqual(['User:both ALLOW READ topic *', prefixed])

  await remove('east', [every])
  const planned = await done('acl', 'sync', '--link', 'one-link', '--principal', 'User:both', '--dry-run')
  expect(planned.out).toMatch(/^beyond .*"east\." +the source has it no more; it stays for link "two-link"/m)
  await sync('one-link')
  await sync('two-link')
  expect(await there()).toEqual([prefixed])
  await remove('east', [some])
  await sync('one-link')
  expect(await there()).toEqual([prefixed])
  await sync('two-link')
  expect(await there()).toEqual([])

  // Both sources drop it in the same moment: each leaves it to the other, and whoever does so last takes it back; or what was shown is not so any more (7).
  const atOnce = async (link: string): Promise<void> => { expect([0, 7]).toContain((await georep('acl', 'sync', '--link', link, '--principal', 'User:both', '--confirm', link)).code) } // prettier-ignore
  for (let time = 0; time < 3; time++) {
    await create('east', [every])
    await sync('one-link')
    await create('east', [some])
    await sync('two-link')
    await remove('east', [every])
    await remove('east', [some])
    await Promise.all([atOnce('one-link'), atOnce('two-link')])
    await sync('one-link')
    await sync('two-link')
    expect(await there()).toEqual([])
  }
})

it('a link of MirrorMaker: what it leaves out is told, and brought over', async () => {
  const rights = [topicRight('Write', '*'), idRight('Write', 'connect-*')]
  await grant(sandbox, 'west', { user: 'connect', rights }, { time: systemTime, signal })
  const link = 'east-west'
  await done('link', 'create', link, '--engine', 'mm2', '--inline-secrets', '--naming', 'prefixed', '--groups', 'shop', '--set', 'source:sync.topic.acls.enabled=true', 'source:sync.topic.acls.interval.seconds=1') // prettier-ignore
  await done('mirror', 'create', 'sales', '--link', link)
  await create('east', [
    acl('shop', R.TOPIC, 'sales', O.READ),
    acl('shop', R.TOPIC, 'sales', O.WRITE),
    acl('owner', R.TOPIC, 'sales', O.ALL),
    acl('shop', R.GROUP, 'shop', O.READ),
    { ...acl('shop', R.TRANSACTIONAL_ID, 'shop', O.WRITE), resourcePatternType: T.PREFIXED },
    { ...acl('stats', R.TOPIC, 'sal', O.READ), resourcePatternType: T.PREFIXED },
    { ...acl('*', R.TOPIC, 'sales', O.WRITE), permissionType: P.DENY },
  ])
  const ofSales = async (): Promise<readonly string[]> => (await aclsOf('west')).filter((text) => /sal|shop/.test(text))
  const copied = ['User:* DENY WRITE topic east.sales', 'User:owner ALLOW READ topic east.sales', 'User:shop ALLOW READ topic east.sales'] // prettier-ignore
  await eventually('MirrorMaker has copied what it copies', async () => (await ofSales()).length >= copied.length)
  // It does so in one go, and has had time for several: what it takes away from the source stays there.
  await remove('east', [acl('shop', R.TOPIC, 'sales', O.READ)])
  await create('east', [acl('later', R.TOPIC, 'sales', O.READ)])
  await eventually('MirrorMaker has looked again', async () => (await ofSales()).includes('User:later ALLOW READ topic east.sales')) // prettier-ignore
  expect(await ofSales()).toEqual([...copied, 'User:later ALLOW READ topic east.sales'].toSorted())

  const listed = await json('acl', 'list', '--link', link)
  expect(fatesOf(listed)).toMatchObject({
    'User:shop ALLOW READ group shop': 'create',
    'User:shop ALLOW WRITE transactionalId shop*': 'create',
    'User:stats ALLOW READ topic east.sal*': 'create',
    'User:shop ALLOW WRITE topic east.sales': 'held',
    'User:owner ALLOW ALL topic east.sales': 'held',
    'User:shop ALLOW READ topic east.sales': 'beyond',
    'User:later ALLOW READ topic east.sales': 'same',
  })
  const engine = Object.fromEntries((listed as Listed).acls.map((one) => [textOf(one), one.engine]))
  expect(engine).toMatchObject({
    'User:later ALLOW READ topic east.sales': { does: 'copies' },
    'User:owner ALLOW ALL topic east.sales': { does: 'copies' },
    'User:shop ALLOW WRITE topic east.sales': { does: 'leavesOut', why: 'ALLOW Write' },
    'User:stats ALLOW READ topic east.sal*': { does: 'leavesOut', why: 'a prefix' },
    'User:shop ALLOW READ group shop': { does: 'leavesOut', why: 'not about a topic' },
  })
  // The denial is what a fence of the source is, and would be carried over like this one.
  const promote = await georep('mirror', 'promote', 'east.sales', '--link', link, '--fence', 'acl', '--dry-run')
  expect(promote.err).toContain('would copy the denial to cluster "west"')
  expect(promote.code).toBe(5)
  await done('acl', 'sync', '--link', link, '--confirm', link)
  expect(await ofSales()).toEqual(
    [
      ...copied,
      'User:later ALLOW READ topic east.sales',
      'User:shop ALLOW READ group shop',
      'User:shop ALLOW WRITE transactionalId shop*',
      'User:stats ALLOW READ topic east.sal*',
    ].toSorted(),
  )
})

it('a runner brings them over by itself, by names; of what was opened it brings what was held back, and nothing else', async () => {
  const link = 'bills-link'
  await admins.east.createTopics({ topics: [{ topic: 'bills', numPartitions: 1 }] })
  await done('link', 'create', link, '--source', 'east', '--destination', 'west', '--groups', 'bills-*', '--sync', 'acls', '--sync-acls-resource', 'bills*') // prettier-ignore
  await done('mirror', 'create', 'bills', '--link', link)
  const [reads, writes] = [acl('biller', R.TOPIC, 'bills', O.READ), acl('biller', R.TOPIC, 'bills', O.WRITE)]
  await create('east', [reads, writes, acl('biller', R.GROUP, 'bills-app', O.READ), acl('biller', R.GROUP, 'others', O.READ)]) // prettier-ignore
  await create('west', [acl('local', R.TOPIC, 'bills', O.READ)])
  const before = await aclsOf('west')
  const runner = await Runner.start({ name: link, configFile: config })
  try {
    const follows = async (...more: readonly string[]): Promise<void> => {
      const wanted = JSON.stringify([...before, ...more].toSorted())
      await eventually(`there are ${more.join(', ')}`, async () => JSON.stringify(await aclsOf('west')) === wanted)
    }
    const comparedAt = async (): Promise<string | null> => (await json('link', 'describe', link) as { syncAcls: { syncedAt: string | null } }).syncAcls.syncedAt // prettier-ignore
    /** One that began after all that was done before is over. */
    const rounds = async (): Promise<void> => {
      for (const round of [1, 2]) {
        const last = await comparedAt()
        await eventually(`round ${round} is over`, async () => (await comparedAt()) !== last)
      }
    }
    const [canRead, canWrite] = ['User:biller ALLOW READ topic bills', 'User:biller ALLOW WRITE topic bills']
    await follows(canRead, 'User:biller ALLOW READ group bills-app')
    await runner.says('ACLs are as on the source again: 2 created, 0 deleted')
    await remove('east', [acl('biller', R.GROUP, 'bills-app', O.READ)])
    await follows(canRead)

    await done('mirror', 'promote', 'bills', '--link', link, '--fence', 'none', '--confirm', 'bills')
    await follows(canRead, canWrite)
    // The source is put away: what clients may do by now stays theirs, and what is new there is no business of the link's.
    await remove('east', [reads, writes])
    await create('east', [acl('late', R.TOPIC, 'bills', O.READ)])
    await rounds()
    await follows(canRead, canWrite)
    expect((await done('link', 'describe', link)).out).toMatch(/^ACLs: +brought over: about bills\*, last at /m)
  } finally {
    await runner.kill()
  }
})

it('of a source that cannot be asked what was written down is shown, and nothing is brought over', async () => {
  const link = 'orders-link'
  const { secure, clusters } = sandbox
  const refused = `{ bootstrap: [${clusters.east.bootstrap.join(', ')}], tls: { ca: ${secure?.ca ?? ''} }, sasl: { mechanism: SCRAM-SHA-512, username: georep, password: guess } }` // prettier-ignore
  const another = `{ bootstrap: [${clusters.west.bootstrap.join(', ')}], properties: ${secure?.clientProperties.admin ?? ''} }` // prettier-ignore
  const before = await aclsOf('west')
  for (const [east, code, why] of [
    [refused, 'GR-AUTHENTICATION', 'cluster "east" refused the credentials'],
    [another, 'GR-WRONG-CLUSTER', 'cluster "east" is not the one that link "orders-link" was made with'],
  ] as const) {
    const file = join(sandbox.folder, 'refused.yaml')
    const [, , ...rest] = readFileSync(config, 'utf8').split('\n')
    writeFileSync(file, `clusters:\n  east: ${east}\n${rest.join('\n')}`)
    const listed = await inThisProcess('--config', file, 'acl', 'list', '--link', link)
    expect({ code: listed.code, err: listed.err }).toEqual({ code: 4, err: expect.stringContaining(why) as string })
    expect(listed.err).toContain('"east" cannot be asked: its ACLs are shown as acl sync has written them down')
    expect(listed.out).toMatch(/held +User:app +ALLOW Write on topic "orders"/)
    const synced = await inThisProcess('--config', file, 'acl', 'sync', '--link', link, '--confirm', link)
    expect({ code: synced.code, err: synced.err }).toEqual({ code: 1, err: expect.stringContaining(`error ${code}: ${why}`) as string }) // prettier-ignore
    expect(synced.err).toContain('nothing was changed')
    expect(await aclsOf('west')).toEqual(before)
  }
})

it('what was held back is created when the mirror is opened, with the source dead as well', async () => {
  const link = 'orders-link'
  await sandbox.clusters.east.kill({ signal })
  const failover = await done('mirror', 'failover', 'orders', '--link', link, '--confirm', 'orders')
  expect(failover.err).toContain(`acl sync --link ${link}`)
  expect(await aclsOf('west')).not.toContain('User:app ALLOW WRITE topic orders')
  const listed = await georep('acl', 'list', '--link', link)
  expect(listed.err).toContain('does not answer')
  expect(listed.out).toMatch(/create +User:app +ALLOW Write on topic "orders"/)
  await done('acl', 'sync', '--link', link, '--confirm', link)
  expect(await aclsOf('west')).toEqual(expect.arrayContaining(['User:app ALLOW WRITE topic orders', 'User:ops ALLOW ALL topic ord*'])) // prettier-ignore
  expect((await done('acl', 'sync', '--link', link, '--confirm', link)).err).toContain('nothing was to be done')
})

interface Listed {
  readonly acls: readonly {
    readonly fate: string
    readonly principal: string
    readonly host: string
    readonly permission: string
    readonly operation: string
    readonly source: { readonly type: string; readonly name: string; readonly pattern: string } | null
    readonly destination: { readonly type: string; readonly name: string; readonly pattern: string } | null
    readonly engine: unknown
  }[]
  readonly outside: { readonly source: number }
}

function textOf({ principal, host, permission, operation, ...of }: Listed['acls'][number]): string {
  const { type, name, pattern } = (of.destination ?? of.source)!
  return `${principal} ${permission.toUpperCase()} ${operation.toUpperCase()} ${type} ${name}${pattern === 'prefixed' ? '*' : ''}${host === '*' ? '' : ` from ${host}`}` // prettier-ignore
}

function fatesOf(data: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries((data as Listed).acls.map((one) => [textOf(one), one.fate]))
}

async function aclsOf(side: 'east' | 'west'): Promise<readonly string[]> {
  return await aclTexts(admins[side])
}

function acl(
  user: string,
  resourceType: kafkajs.AclResourceTypes,
  resourceName: string,
  operation: kafkajs.AclOperationTypes,
): AclEntry {
  // prettier-ignore
  return { principal: `User:${user}`, host: '*', permissionType: P.ALLOW, resourcePatternType: T.LITERAL, resourceType, resourceName, operation } // prettier-ignore
}

/** Known to the broker when it returns. */
async function create(side: 'east' | 'west', acls: readonly AclEntry[]): Promise<void> {
  const count = (await aclsOf(side)).length
  await admins[side].createAcls({ acl: [...acls] })
  await eventually('the broker knows them', async () => (await aclsOf(side)).length >= count + acls.length)
}

async function remove(side: 'east' | 'west', acls: readonly AclEntry[]): Promise<void> {
  const count = (await aclsOf(side)).length
  await admins[side].deleteAcls({ filters: [...acls] })
  await eventually('the broker knows it', async () => (await aclsOf(side)).length <= count - acls.length)
}

async function georep(...argv: readonly string[]): Promise<Ran> {
  return await inThisProcess('--config', config, ...argv)
}

async function done(...argv: readonly string[]): Promise<Ran> {
  const ran = await georep(...argv)
  expect(ran.code, `${argv.join(' ')}\n${ran.out}${ran.err}`).toBe(0)
  return ran
}

async function json(...argv: readonly string[]): Promise<unknown> {
  return (JSON.parse((await done(...argv, '-o', 'json')).out) as { readonly data: unknown }).data
}
