import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { type Georep, georepFor } from './support/georep.ts'
import { eventually, withAdmin } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'

// What Kafka Connect holds is read with fetch, what the clusters hold with kafkajs.

const signal = AbortSignal.timeout(600_000)
let sandbox: Sandbox<'east' | 'west'>
let url: string
let georep: Georep

beforeAll(async () => {
  sandbox = await ownSandbox({}, { connect: { workers: 1, isExactlyOnce: true } })
  url = sandbox.connect?.workers[0]?.url ?? ''
  georep = georepFor([sandbox.clusters.east.bootstrap, sandbox.clusters.west.bootstrap])
})
afterAll(async () => {
  georep.remove()
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

  const made = await create('--connect', url, '--set', 'offset.lag.max=7')
  expect(made.code, made.err).toBe(0)
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
