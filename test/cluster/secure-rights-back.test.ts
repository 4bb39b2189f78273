import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { clusterRight, groupRight } from '../../src/core/acl.ts'
import { eventually, onceKnown } from './support/observe.ts'
import { Lane, type Needed, SecuredClusters } from './support/rights-lane.ts'

// What the verbs need that send topics back, looked at before they change anything: two links that go opposite ways, and both of their state topics.

const back = 'west-east'
let clusters: SecuredClusters
let lane: Lane
const on = (topic: string) => ({ sourceTopics: [topic], mirrorTopics: [topic] })
/** Of groups of the test's own that are active it has to be known that they do not read the topic. */
const reader: Needed = { side: 'source', right: groupRight('Describe', 'state-reader') }
const fences: Needed = { side: 'source', right: clusterRight('Alter') }

beforeAll(async () => {
  clusters = await SecuredClusters.start([])
  const topics = ['bills', 'refunds']
  const { admins } = clusters
  await admins.source.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 1 })) })
  await Promise.all(topics.map(async (topic) => { await clusters.write(topic, '1', '2', '3') })) // prettier-ignore
  for (const topic of topics) await clusters.commit('source', 'app', topic, '2')
  lane = new Lane(clusters, '', { topics, group: 'app', isOwn: /^(bills|refunds)$/, principals: ['georep'], linkBack: back }) // prettier-ignore
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
    await asAdmin('mirror', 'promote', 'bills', '--link', lane.link, '--fence', 'acl', '--confirm', 'bills')
  } finally {
    await runner.stop()
  }
  await clusters.write('refunds', 'never arrived')
  await asAdmin('mirror', 'failover', 'refunds', '--link', lane.link, '--force-while-source-up', '--confirm', 'refunds')
})
afterAll(async () => {
  await clusters[Symbol.asyncDispose]()
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

it('mirror restore with a fence by ACLs needs Alter on the old source', async () => {
  const dir = join(clusters.sandbox.folder, 'salvage')
  await lane.grant([...lane.required('mirror restore', on('refunds')), reader])
  const before = await lane.snapshot()
  const { code, err } = await lane.georep('mirror', 'restore', 'refunds', '--link', lane.link, '--salvage', dir, '--fence', 'acl', '--confirm', 'refunds') // prettier-ignore
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(lane.named(fences)) as string })
  expect(await lane.snapshot()).toEqual(before)
  expect(existsSync(dir)).toBe(false)
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
