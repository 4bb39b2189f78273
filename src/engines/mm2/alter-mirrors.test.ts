import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeConnect } from '../../../test/support/fake-connect.ts'
import { mirror, target as someTarget } from '../../../test/support/links.ts'
import { mm2Link } from '../../../test/support/mm2-target.ts'
import { systemTime } from '../../cli/system-time.ts'
import { ConnectCluster } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { Act, LinkTarget } from '../engine.ts'
import { alterMirrors, planMirrorsChange } from './alter-mirrors.ts'

const signal = AbortSignal.timeout(60_000)
const config = { 'connector.class': 'a.B', 'source.cluster.alias': 'east' }
let fake: FakeConnect
let records: Map<string, MirrorRecord>
let target: LinkTarget
let by: Act

// A link whose state is two mirrors in memory, and whose lock is held: what is asked is what is said, and told to Kafka Connect, where that is not as it was left.
beforeEach(async () => {
  fake = await FakeConnect.start('WEST-ID')
  const settings = { url: fake.url, credentials: undefined, tls: undefined }
  const connect = new ConnectCluster(settings, { wait: systemTime.wait })
  await connect.create('source', { ...config, topics: '^orders$,^payments$' }, 'RUNNING', { signal })
  await connect.create('checkpoint', { ...config, topics: '^orders$,^payments$' }, 'RUNNING', { signal })
  records = new Map(['orders', 'payments'].map((topic) => [`mirror/east-west/${topic}`, mirror(topic, { state: 'ACTIVE' }, [[1n, 1n]]).record])) // prettier-ignore
  fake.carries('source', 'orders-0,payments-0')
  const link = mm2Link(fake.url)
  const done = async (): Promise<void> => { await Promise.resolve() } // prettier-ignore
  const state = {
    link: () => link,
    mirror: (_: string, topic: string) => records.get(`mirror/east-west/${topic}`),
    mirrors: () => [...records.values()],
    failure: () => undefined,
    refresh: done,
    glance: done,
    cluster: { wait: done },
  } as unknown as LinkTarget['state']
  const session = {
    state,
    signal,
    keepRenewed: () => undefined,
    write: async (written: ReadonlyMap<string, MirrorRecord>) => {
      for (const [key, record] of written) records.set(key, record)
      await done()
    },
    guarded: async (act: (within: object) => Promise<void>) => { await act({ signal, beforeWrite: () => undefined }) },
  } // prettier-ignore
  const source = { name: 'east', metadata: async () => { await done(); return { clusterId: 'EAST-ID' } } } as unknown as LinkTarget['source'] // prettier-ignore
  const destination = { name: 'west', wait: done } as unknown as LinkTarget['destination']
  target = { ...someTarget, source, destination, state, link, connect }
  by = { name: 'mirror pause', time: systemTime, session } as unknown as Act
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
})

it('a task of another mirror that has FAILED: the pause says that it is done for all that', async () => {
  fake.connectors.get('source')!.trace = 'org.apache.kafka.common.errors.RecordTooLargeException: too large'
  await expect(alterMirrors(target, ['orders'], 'pause', by, { signal })).rejects.toMatchObject({
    kind: 'failed',
    code: 'GR-MM2-FAILED',
    message: 'task 0 of connector "source" has FAILED: RecordTooLargeException: too large',
    stateNow: 'Kafka Connect has the list of topics as the link has it now: what is not on it is not carried\nmirror "orders" is written down as PAUSED', // prettier-ignore
  })
  expect(records.get('mirror/east-west/orders')?.state).toMatchObject({ state: 'PAUSED' })
  expect(fake.connectors.get('source')?.config['topics']).toBe('^payments$')
})

it('a resume begins anew what has FAILED, and says so of mirrors that were never paused', async () => {
  const connector = fake.connectors.get('source')!
  connector.trace = 'org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized'
  // Its cause is there still, and met again a moment after.
  connector.looksBeforeFailed = 3
  await expect(alterMirrors(target, 'all', 'resume', by, { signal })).rejects.toMatchObject({
    code: 'GR-MM2-FAILED',
    next: expect.stringContaining('georep mirror resume --all --link east-west') as string,
  })
  expect(await planMirrorsChange(target, 'all', 'resume', { signal })).toEqual(new Map([['orders', undefined], ['payments', undefined]])) // prettier-ignore
  connector.isCured = true
  expect(await alterMirrors(target, 'all', 'resume', by, { signal })).toMatchObject(
    new Map(['orders', 'payments'].map((topic) => [topic, { outcome: { kind: 'applied' }, did: 'what had FAILED of connector "source" was begun anew' }])), // prettier-ignore
  )
  const restarts = (): number => fake.asked.filter(({ method, path }) => method === 'POST' && path.endsWith('/restart?includeTasks=true&onlyFailed=true')).length // prettier-ignore
  expect(restarts()).toBe(2)
  expect((await alterMirrors(target, 'all', 'resume', by, { signal })).get('orders')?.outcome).toMatchObject({ kind: 'unchanged' }) // prettier-ignore
  expect(restarts()).toBe(2)
})

it('a worker that goes away after the mirror was written down: nobody says that nothing was changed', async () => {
  const write = by.session!.write.bind(by.session)
  by.session!.write = async (...args) => {
    await write(...args)
    await fake[Symbol.asyncDispose]()
  }
  await expect(alterMirrors(target, ['orders'], 'pause', by, { signal })).rejects.toMatchObject({
    kind: 'failed',
    code: 'GR-CONNECT-UNREACHABLE',
    stateNow: 'mirror "orders" is written down as PAUSED',
    next: expect.stringContaining('then run the same command again') as string,
  })
})

it.each([/\/stop$/, /\/resume$/])(
  'a pause whose answers are lost (%s): the connector that carries the others is not called at work',
  async (lost) => {
    fake.loses = lost
    await expect(alterMirrors(target, ['orders'], 'pause', by, { signal })).rejects.toMatchObject({
      kind: 'unknown',
      code: 'GR-CONNECT-UNKNOWN',
      stateNow: 'connector "source" is not known to go on: as long as it is STOPPED it carries no mirror of the link\nmirror "orders" is written down as PAUSED', // prettier-ignore
      next: 'look at the connector before you do it again\nthen run the same command again',
    })
    fake.loses = undefined
    const told = alterMirrors(target, ['orders'], 'pause', by, { signal })
    await expect.poll(() => fake.connectors.get('source')?.config['topics']).toBe('^payments$')
    fake.carries('source', 'payments-0')
    const did = 'connector "source" was stopped, and goes on'
    const { outcome } = (await told).get('orders')!
    expect(outcome).toMatchObject(String(lost).includes('stop') ? { kind: 'applied' } : { kind: 'unchanged' })
    expect((await told).get('orders')?.did).toBe(String(lost).includes('stop') ? did : undefined)
    expect(fake.connectors.get('source')?.state).toBe('RUNNING')
  },
)

it('a pause that is interrupted while the connector is stopped says that, too', async () => {
  const stop = new AbortController()
  by.session!.guarded = async () => {
    stop.abort(new GeorepError('interrupted', 'GR-INTERRUPTED', 'interrupted by SIGINT'))
    return await Promise.reject(stop.signal.reason as GeorepError)
  }
  await expect(alterMirrors(target, ['orders'], 'pause', by, { signal: stop.signal })).rejects.toMatchObject({
    code: 'GR-INTERRUPTED',
    stateNow: expect.stringContaining('connector "source" is not known to go on') as string,
  })
})

it('a list that somebody has changed: what is done for a mirror that was never paused is told', async () => {
  fake.connectors.get('source')!.config['topics'] = '^payments$'
  fake.carries('source', 'payments-0')
  expect(await planMirrorsChange(target, ['orders', 'payments'], 'resume', { signal })).toEqual(
    new Map([['orders', undefined], ['payments', { kind: 'unchanged', why: 'it is not paused' }]]), // prettier-ignore
  )
  const told = alterMirrors(target, ['orders', 'payments'], 'resume', by, { signal })
  await expect.poll(() => fake.connectors.get('source')?.config['topics']).toBe('^orders$,^payments$')
  fake.carries('source', 'orders-0,payments-0')
  expect(await told).toEqual(
    new Map([
      ['orders', { outcome: { kind: 'applied' }, runner: undefined, did: 'connector "source" was told otherwise, and has its list of topics anew' }], // prettier-ignore
      ['payments', { outcome: { kind: 'unchanged', why: 'it is not paused' }, runner: undefined }],
    ]),
  )
  expect((await alterMirrors(target, ['orders'], 'resume', by, { signal })).get('orders')?.outcome).toMatchObject({ kind: 'unchanged' }) // prettier-ignore
})

it('a connector that was left stopped goes on, and that is told', async () => {
  fake.connectors.get('source')!.state = 'STOPPED'
  expect(await planMirrorsChange(target, 'all', 'resume', { signal })).toEqual(new Map([['orders', undefined], ['payments', undefined]])) // prettier-ignore
  expect(await alterMirrors(target, 'all', 'resume', by, { signal })).toMatchObject(
    new Map(['orders', 'payments'].map((topic) => [topic, { outcome: { kind: 'applied' }, did: 'connector "source" was stopped, and goes on' }])), // prettier-ignore
  )
})

it('a mirror that cannot be resumed is refused, and Kafka Connect is told nothing', async () => {
  const stopped = mirror('orders', { state: 'STOPPED', stoppedBy: 'failover' }, [[1n, 1n]]).record // prettier-ignore
  records.set('mirror/east-west/orders', stopped)
  expect(await alterMirrors(target, ['orders'], 'resume', by, { signal })).toMatchObject(new Map([['orders', { outcome: { kind: 'refused', why: 'it is STOPPED' } }]])) // prettier-ignore
  expect(fake.connectors.get('source')?.config['topics']).toBe('^orders$,^payments$')
  // Of all mirrors it is one that is left alone, and the list is written anew.
  const told = alterMirrors(target, 'all', 'resume', by, { signal })
  await expect.poll(() => fake.connectors.get('source')?.config['topics']).toBe('^payments$')
  fake.carries('source', 'payments-0')
  expect((await told).get('orders')).toEqual({ outcome: { kind: 'unchanged', why: 'it is STOPPED; connector "source" was told otherwise, and has its list of topics anew' }, runner: undefined }) // prettier-ignore
  expect(fake.connectors.get('source')?.config['topics']).toBe('^payments$')
})

it('an adopted connector that carries topics besides: nothing is changed, as its list would be written without them', async () => {
  const { link } = target
  if (link.engine !== 'mm2') throw new Error('a link of MirrorMaker 2')
  const adopted = { ...link, mm2: { ...link.mm2, isAdopted: true } }
  target = { ...target, state: Object.assign(target.state, { link: () => adopted }), link: adopted }
  fake.connectors.get('source')!.config['topics'] = '.*'
  fake.carries('source', 'orders-0,payments-0,new-0')
  await expect(alterMirrors(target, ['orders'], 'pause', by, { signal })).rejects.toMatchObject({
    kind: 'refused',
    code: 'GR-MM2-CARRIED-BESIDES',
    message: expect.stringContaining('"new"') as string,
  })
  expect(records.get('mirror/east-west/orders')?.state).toEqual({ state: 'ACTIVE' })
  expect(fake.connectors.get('source')?.config['topics']).toBe('.*')
})
