import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeConnect } from '../../../test/support/fake-connect.ts'
import { mirror, target as someTarget } from '../../../test/support/links.ts'
import { mm2Link } from '../../../test/support/mm2-target.ts'
import { systemTime } from '../../cli/system-time.ts'
import { ConnectCluster } from '../../connect/connect-cluster.ts'
import type { MirrorRecord, Mm2LinkRecord } from '../../links/records.ts'
import type { Act, LinkTarget } from '../engine.ts'
import { deleteLink, planLinkDeletion } from './delete-link.ts'
import { planMirrorDeletion } from './delete-mirror.ts'

const signal = AbortSignal.timeout(60_000)
const config = { 'connector.class': 'a.B', 'source.cluster.alias': 'east' }
const noAnswer = expect.stringMatching(/no answer from Kafka Connect at/) as string
let fake: FakeConnect
let target: LinkTarget
let by: Act & { readonly withMirrors: boolean }
let orders: MirrorRecord
let link: Mm2LinkRecord
/** What the state is told to forget. */
let forgotten: readonly string[]
/** Before the act on Kafka Connect that is the so-manieth. */
let before: (nth: number) => Promise<void>

beforeEach(async () => {
  fake = await FakeConnect.start('WEST-ID')
  const settings = { url: fake.url, credentials: undefined, tls: undefined }
  const connect = new ConnectCluster(settings, { wait: systemTime.wait })
  for (const name of ['source', 'checkpoint']) await connect.create(name, config, 'RUNNING', { signal })
  orders = mirror('orders', { state: 'ACTIVE' }, [[1n, 1n]]).record
  forgotten = []
  link = mm2Link(fake.url)
  const done = async (): Promise<void> => { await Promise.resolve() } // prettier-ignore
  before = done
  const state = {
    link: () => link,
    mirror: () => orders,
    mirrors: () => [orders],
    fences: () => [],
    failure: () => undefined,
    runner: () => undefined,
    keysOf: () => ['link/east-west', 'mirror/east-west/orders'],
    refresh: done,
    cluster: { wait: done },
  } as unknown as LinkTarget['state']
  let acts = 0
  const session = {
    state,
    signal,
    keepRenewed: () => undefined,
    write: async (records: ReadonlyMap<string, unknown>) => {
      forgotten = [...records.keys()]
      await done()
    },
    guarded: async (act: (within: object) => Promise<void>) => {
      await before((acts += 1))
      await act({ signal, beforeWrite: () => undefined })
    },
  }
  target = { ...someTarget, state, link, connect }
  by = { name: 'link delete', time: systemTime, session, withMirrors: true } as unknown as typeof by
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
})

describe('without Kafka Connect', () => {
  it('a link cannot be deleted: the plan says so, and the act changes nothing', async () => {
    expect((await planLinkDeletion(target, { signal })).blockers).toEqual([{ why: 'mirror "orders" is ACTIVE', isOfMirrors: true }]) // prettier-ignore
    await fake[Symbol.asyncDispose]()
    const { blockers } = await planLinkDeletion(target, { signal })
    expect(blockers.filter(({ isOfMirrors }) => !isOfMirrors)).toEqual([{ why: noAnswer, isOfMirrors: false, next: expect.stringContaining('check the address') as string }]) // prettier-ignore
    await expect(deleteLink(target, by, { signal })).rejects.toMatchObject({ code: 'GR-LINK-DELETE-BLOCKED', stateNow: 'nothing was changed' }) // prettier-ignore
    expect(forgotten).toEqual([])
  })

  it('a link whose connectors stay can be', async () => {
    link = { ...link, mm2: { ...link.mm2, isAdopted: true } }
    await fake[Symbol.asyncDispose]()
    expect((await planLinkDeletion(target, { signal })).blockers).toMatchObject([{ isOfMirrors: true }])
  })

  it('a mirror that is carried cannot be taken off: the plan says so; one that is STOPPED can', async () => {
    const plan = async (): Promise<unknown> => (await planMirrorDeletion(target, ['orders'], { signal, withTopics: false }))[0]?.blockers // prettier-ignore
    expect(await plan()).toEqual([])
    await fake[Symbol.asyncDispose]()
    expect(await plan()).toEqual([noAnswer])
    orders = mirror('orders', { state: 'STOPPED', stoppedBy: 'failover' }, [[1n, 1n]]).record
    expect(await plan()).toEqual([])
  })
})

it.each([true, false])('connectors that somebody has deleted are not spoken of, adopted: %s', async (isAdopted) => {
  const { connectors } = link.mm2
  link = { ...link, mm2: { ...link.mm2, isAdopted } }
  const names = async (): Promise<readonly string[] | undefined> => (await planLinkDeletion(target, { signal })).connectors?.names // prettier-ignore
  expect(await names()).toEqual(Object.values(connectors).filter((name) => name !== null))
  fake.connectors.delete(connectors.source)
  expect(await names()).not.toContain(connectors.source)
  expect(await names()).toContain(connectors.checkpoint)
})

it.each([
  [2, '"source"', 'none'],
  [4, '"source", "checkpoint"', '"source"'],
])(
  'a link whose deletion ends at act %i on Kafka Connect: what was done by then is told',
  async (nth, stopped, deleted) => {
    before = async (now) => { if (now === nth) await fake[Symbol.asyncDispose]() } // prettier-ignore
    await expect(deleteLink(target, by, { signal })).rejects.toMatchObject({
      kind: 'failed',
      code: 'GR-CONNECT-UNREACHABLE',
      stateNow: `connectors that were told to stop: ${stopped}; deleted: ${deleted}; link "east-west" is there still`,
      next: expect.stringMatching(/\nthen run the same command again: it deletes what is left$/) as string,
    })
    expect(forgotten).toEqual([])
  },
)

it('a link goes with its connectors', async () => {
  await deleteLink(target, by, { signal })
  expect([...fake.connectors.keys()]).toEqual([])
  expect(forgotten).toEqual(['link/east-west', 'mirror/east-west/orders'])
})
