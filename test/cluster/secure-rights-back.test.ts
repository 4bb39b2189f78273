import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { clusterRight, groupRight } from '../../src/core/acl.ts'
import { eventually, onceKnown } from './support/observe.ts'
import { Lane, type Needed, SecuredClusters } from './support/rights-lane.ts'
import { salvaged } from './support/salvaged.ts'

// As secure-rights.test.ts, of the verbs that send topics back: two links that go opposite ways, and both of their state topics.

const back = 'west-east'
let clusters: SecuredClusters
let lane: Lane
const on = (topic: string) => ({ sourceTopics: [topic], mirrorTopics: [topic] })
/** Of groups of the test's own that are active it has to be known that they do not read the topic. */
const reader: Needed = { side: 'source', right: groupRight('Describe', 'state-reader') }
const fences: Needed = { side: 'source', right: clusterRight('Alter') }

beforeAll(async () => {
  clusters = await SecuredClusters.start([])
  const topics = ['orders', 'bills', 'refunds', 'returns']
  const { admins } = clusters
  await admins.source.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 1 })) })
  await Promise.all(topics.map(async (topic) => { await clusters.write(topic, '1', '2', '3') })) // prettier-ignore
  for (const topic of topics) await clusters.commit('source', 'app', topic, '2')
  lane = new Lane(clusters, '', { topics, group: 'app', isOwn: /^(orders|bills|refunds|returns)$/, principals: ['georep'], linkBack: back }) // prettier-ignore
  await asAdmin('link', 'create', lane.link, '--groups', 'app')
  await asAdmin('link', 'create', back, '--groups', 'app')
  await asAdmin('mirror', 'create', ...topics, '--link', lane.link)
  const runner = lane.startRunner({ isAdmin: true })
  try {
    await eventually('records and group offsets are carried', async () => {
      const ends = await clusters.ends('destination', topics)
      const committed = await onceKnown(async () => await admins.destination.fetchOffsets({ groupId: 'app', topics }))
      return ends.every((end) => end === '3') && committed.every(({ partitions }) => partitions[0]?.offset === '2')
    })
    await asAdmin('mirror', 'promote', 'orders', '--link', lane.link, '--fence', 'none', '--confirm', 'orders')
    await asAdmin('mirror', 'promote', 'bills', '--link', lane.link, '--fence', 'acl', '--confirm', 'bills')
  } finally {
    await runner.stop()
  }
  for (const topic of ['refunds', 'returns']) {
    await clusters.write(topic, 'never arrived')
    await asAdmin('mirror', 'failover', topic, '--link', lane.link, '--force-while-source-up', '--confirm', topic)
  }
})
afterAll(async () => {
  await clusters[Symbol.asyncDispose]()
})

it('mirror reverse', async () => {
  const argv = ['mirror', 'reverse', 'orders', '--link', lane.link, '--confirm', 'orders']
  await lane.walk({ verb: 'mirror reverse', argv, about: on('orders') })
  expect(await stateOfMirror('orders')).toBe('ACTIVE')
})

it('mirror reverse of what was fenced by ACLs needs Alter on the old source', async () => {
  const before = await lane.snapshot()
  expect(before).toMatchObject({ denials: ['bills'] })
  const argv = ['mirror', 'reverse', 'bills', '--link', lane.link, '--confirm', 'bills']
  await lane.grant(lane.required('mirror reverse', on('bills')))
  const { code, err } = await lane.georep(...argv)
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(lane.named(fences)) as string })
  expect(await lane.snapshot()).toEqual(before)
  await lane.grant([...lane.required('mirror reverse', on('bills')), fences])
  const done = await lane.georep(...argv)
  expect(done.code, done.err).toBe(0)
  expect(await lane.snapshot()).toMatchObject({ denials: [] })
  expect(await stateOfMirror('bills')).toBe('ACTIVE')
})

it('mirror restore', async () => {
  const dir = join(clusters.sandbox.folder, 'salvage')
  const restore = ['mirror', 'restore', 'refunds', '--link', lane.link, '--salvage', dir, '--confirm', 'refunds']
  const also = [reader]
  await lane.grant([...lane.required('mirror restore', on('refunds')), ...also])
  const before = await lane.snapshot()
  const fenced = await lane.georep(...restore, '--fence', 'acl')
  expect({ code: fenced.code, err: fenced.err }).toEqual({ code: 1, err: expect.stringContaining(lane.named(fences)) as string }) // prettier-ignore
  expect(await lane.snapshot()).toEqual(before)
  expect(existsSync(dir)).toBe(false)
  // The places of a group that are not known could not be saved.
  const codes = { 'source: Describe on group "app"': 5 }
  await lane.walk({ verb: 'mirror restore', argv: [...restore, '--fence', 'none'], about: on('refunds'), codes, also })
  expect(await stateOfMirror('refunds')).toBe('ACTIVE')
  expect(salvaged(dir, 'refunds', 1).map(({ value }) => value)).toEqual(['never arrived'])
})

it('mirror restore --salvage topic:<name>', async () => {
  const into = 'returns.salvaged'
  const argv = ['mirror', 'restore', 'returns', '--link', lane.link, '--salvage', `topic:${into}`, '--fence', 'none', '--confirm', 'returns'] // prettier-ignore
  const about = { ...on('returns'), salvageTopics: [into] }
  const codes = { 'source: Describe on group "app"': 5 }
  await lane.walk({ verb: 'mirror restore --salvage topic:<name>', argv, about, codes, also: [reader] })
  expect(await stateOfMirror('returns')).toBe('ACTIVE')
  expect(await clusters.high('destination', into)).toBe('1')
})

async function asAdmin(...argv: readonly string[]): Promise<void> {
  const { code, out, err } = await lane.georepAsAdmin(...argv)
  expect(code, `${argv.join(' ')}\n${out}${err}`).toBe(0)
}

/** On the link back. */
async function stateOfMirror(topic: string): Promise<string | undefined> {
  const text = (await clusters.state('source'))[`mirror/${back}/${topic}`]
  return text === undefined ? undefined : (JSON.parse(text) as { state: { state: string } }).state.state
}
