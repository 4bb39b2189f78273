import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeConnect } from '../../../test/support/fake-connect.ts'
import { target as someTarget } from '../../../test/support/links.ts'
import { systemTime } from '../../cli/system-time.ts'
import { ConnectCluster } from '../../connect/connect-cluster.ts'
import type { LinkRecord } from '../../links/records.ts'
import { mm2Link } from '../../../test/support/mm2-target.ts'
import type { Act, LinkChange, LinkTarget } from '../engine.ts'
import { alterLink, planLinkChange } from './alter-link.ts'

const signal = AbortSignal.timeout(60_000)
const config = { 'connector.class': 'a.B', 'source.cluster.alias': 'east' }
const pause = { kind: 'pause' } as const
const resume = { kind: 'resume' } as const
let fake: FakeConnect
let record: LinkRecord
let target: LinkTarget
let by: Act
/** What becomes of Kafka Connect once the record is written. */
let afterWrite: () => Promise<void> | void

// A link whose state is one record, and whose lock is held: what is asked is what becomes of it when Kafka Connect does not do as it is told.
beforeEach(async () => {
  afterWrite = () => undefined
  fake = await FakeConnect.start('WEST-ID')
  const settings = { url: fake.url, credentials: undefined, tls: undefined }
  const connect = new ConnectCluster(settings, { wait: systemTime.wait, limits: { readMs: 1_000 } })
  for (const name of ['source', 'checkpoint']) await connect.create(name, config, 'RUNNING', { signal })
  record = mm2Link(fake.url)
  const done = async (): Promise<void> => { await Promise.resolve() } // prettier-ignore
  const state = { link: () => record, glance: done, refresh: done, cluster: { wait: systemTime.wait } } as unknown as LinkTarget['state'] // prettier-ignore
  const session = {
    state,
    signal,
    keepRenewed: () => undefined,
    write: async (records: ReadonlyMap<string, LinkRecord>) => {
      for (const written of records.values()) record = written
      await (records.size > 0 ? afterWrite() : done())
    },
    guarded: async (act: (within: object) => Promise<void>) => { await act({ signal, beforeWrite: () => undefined }) },
  } // prettier-ignore
  target = { ...someTarget, state, link: record, connect }
  by = { name: 'link pause', time: systemTime, session } as unknown as Act
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
})

it.each([
  ['does not answer', { silent: true }, 'unreachable'],
  ['is something else', { status: 502, body: '<html></html>' }, 'failed'],
  ['does not let georep in', { status: 401, body: '' }, 'denied'],
] as const)(
  'where Kafka Connect %s before anything is written down, the link is as it was',
  async (_, trouble, kind) => {
    fake.troubles.push(trouble)
    await expect(alterLink(target, pause, by, { signal })).rejects.toMatchObject({ kind, stateNow: 'nothing was changed' }) // prettier-ignore
    fake.troubles.push(trouble)
    const groups = { kind: 'groups', globs: ['app-*'] } as const
    await expect(alterLink(target, groups, by, { signal })).rejects.toMatchObject({ kind, stateNow: 'nothing was changed' }) // prettier-ignore
    expect(record.pausedAt).toBe(null)
    expect(fake.connectors.get('source')?.state).toBe('RUNNING')
  },
)

it('an answer that does not come after that leaves the link written down as paused, and says so', async () => {
  afterWrite = () => void fake.troubles.push({ silent: true })
  await expect(alterLink(target, pause, by, { signal })).rejects.toMatchObject({
    code: 'GR-CONNECT-TIMEOUT',
    stateNow: 'link "east-west" is written down as paused, and Kafka Connect may carry it all the same',
    next: expect.stringContaining('then run the same command again') as string,
  })
  expect(record.pausedAt).not.toBe(null)
  expect(fake.connectors.get('source')?.state).toBe('RUNNING')
  // The same command is not done then, neither planned nor asked for.
  expect(await planLinkChange(target, pause, { signal })).toBe(undefined)
  expect(await alterLink(target, pause, by, { signal })).toEqual({ outcome: { kind: 'applied' }, runner: 'obeyed' })
  expect(await planLinkChange(target, pause, { signal })).toMatchObject({ kind: 'unchanged' })
})

it('groups that are written down, and may not be told to the checkpoint connector, are said to be', async () => {
  afterWrite = () => void fake.troubles.push({ status: 502, body: '<html></html>' })
  await expect(alterLink(target, { kind: 'groups', globs: ['billing'] }, by, { signal })).rejects.toMatchObject({
    code: 'GR-CONNECT-UNKNOWN',
    stateNow: 'link "east-west" is written down with these groups, and its checkpoint connector may go by others',
    next: expect.stringContaining('then run the same command again') as string,
  })
  expect(record.groups).toEqual(['billing'])
  expect(await alterLink(target, { kind: 'groups', globs: ['billing'] }, by, { signal })).toMatchObject({ outcome: { kind: 'applied' } }) // prettier-ignore
})

it('no connection after the link was written down is no failure that changed nothing', async () => {
  afterWrite = async () => { await fake[Symbol.asyncDispose]() } // prettier-ignore
  await expect(alterLink(target, pause, by, { signal })).rejects.toMatchObject({ kind: 'failed', code: 'GR-CONNECT-UNREACHABLE', stateNow: expect.stringContaining('written down as paused') as string }) // prettier-ignore
})

it.each([
  ['source', 'nothing is carried'],
  ['checkpoint', 'no offsets of groups are copied'],
] as const)('a %s connector that somebody has deleted is named with what makes it again', async (role, what) => {
  fake.connectors.delete(role)
  await expect(alterLink(target, pause, by, { signal })).rejects.toMatchObject({
    code: 'GR-MM2-CONNECTOR-GONE',
    stateNow: `somebody has deleted it: ${what}\nlink "east-west" is written down as paused`,
    next: expect.stringContaining('georep link create east-west --engine mm2') as string,
  })
  await expect(alterLink(target, resume, by, { signal })).rejects.toMatchObject({ stateNow: expect.stringContaining('written down as not paused') as string }) // prettier-ignore
})

const elsewhere = (url: string): LinkChange => ({ kind: 'connect', connect: new ConnectCluster({ url, credentials: undefined, tls: undefined }, { wait: systemTime.wait, limits: { readMs: 1_000 } }) }) // prettier-ignore
const own = { 'connector.class': 'MirrorSourceConnector', 'source.cluster.alias': 'east' }

it('the link goes by another URL at which its connectors are, though the one before does not answer', async () => {
  await using moved = await FakeConnect.start('WEST-ID')
  const at = new ConnectCluster({ url: moved.url, credentials: undefined, tls: undefined }, { wait: systemTime.wait })
  await at.create('source', own, 'RUNNING', { signal })
  await at.create('checkpoint', { ...own, 'connector.class': 'MirrorCheckpointConnector' }, 'RUNNING', { signal })
  await fake[Symbol.asyncDispose]()
  expect(await planLinkChange(target, elsewhere(moved.url), { signal })).toBe(undefined)
  expect(await alterLink(target, elsewhere(moved.url), by, { signal })).toEqual({ outcome: { kind: 'applied' }, runner: undefined }) // prettier-ignore
  expect(record).toMatchObject({ mm2: { connectUrl: moved.url } })
  const again = { outcome: { kind: 'unchanged', why: 'it goes by this URL already' }, runner: undefined }
  expect(await alterLink(target, elsewhere(`${moved.url}/`), by, { signal })).toEqual(again)
})

it.each([
  ['attached to another Kafka cluster', 'EAST-ID', own, 'GR-CONNECT-WRONG-CLUSTER'],
  ['without its connectors', 'WEST-ID', undefined, 'GR-CONNECT-NOT-OF-LINK'],
  ['with a connector of its name that is something else', 'WEST-ID', { ...own, 'connector.class': 'a.B' }, 'GR-CONNECT-NOT-OF-LINK'],
  ['with a connector of its name that reads another source', 'WEST-ID', { ...own, 'source.cluster.alias': 'north' }, 'GR-CONNECT-NOT-OF-LINK'],
] as const)('a Kafka Connect %s is refused', async (_, clusterId, source, code) => {
  await using other = await FakeConnect.start(clusterId)
  const at = new ConnectCluster({ url: other.url, credentials: undefined, tls: undefined }, { wait: systemTime.wait })
  if (source !== undefined) await at.create('source', source, 'RUNNING', { signal })
  const refused = { kind: 'refused', code, stateNow: expect.stringContaining('nothing was changed') as string }
  await expect(planLinkChange(target, elsewhere(other.url), { signal })).rejects.toMatchObject(refused)
  await expect(alterLink(target, elsewhere(other.url), by, { signal })).rejects.toMatchObject(refused)
  expect(record).toMatchObject({ mm2: { connectUrl: fake.url } })
}) // prettier-ignore

it('a URL where nothing answers changes nothing', async () => {
  await expect(alterLink(target, elsewhere('http://127.0.0.1:1'), by, { signal })).rejects.toMatchObject({ code: 'GR-CONNECT-UNREACHABLE', stateNow: 'nothing was changed' }) // prettier-ignore
  expect(record).toMatchObject({ mm2: { connectUrl: fake.url } })
})
