import { describe, expect, it } from 'vitest'
import { at, mirror, target } from '../../../test/support/links.ts'
import { siteFor, stepOf } from '../../../test/support/runbook-site.ts'
import type { MirrorRecord } from '../../links/records.ts'
import { createTopics } from '../../kafka/wire/messages/create-topics.ts'
import { describeCluster } from '../../kafka/wire/messages/describe-cluster.ts'
import { endTxn } from '../../kafka/wire/messages/end-txn.ts'
import { metadata } from '../../kafka/wire/messages/metadata.ts'

const options = { signal: new AbortController().signal }
const all = 0xffff
const stopped = (topic: string): MirrorRecord => ({
  ...mirror(topic, { state: 'ACTIVE' }, [[5n, 5n]]).record,
  state: { state: 'STOPPED', stoppedBy: 'failover', at: at.toISOString(), ends: [5n], isFenced: true },
})
const mirrors = [stopped('orders'), stopped('payments'), mirror('late', { state: 'ACTIVE' }, [[5n, 5n]]).record]

/** Everything is permitted but on topics whose name ends with this, and to create any. */
function clusterWithout(suffix: string) {
  const answer = async ({ name: asked }: { readonly name: string }, request: { readonly topics?: readonly { readonly name: string }[] }): Promise<unknown> => {
    await Promise.resolve()
    const topics = (request.topics ?? []).map(({ name }) => ({ error: 0, name, authorizedOperations: name.endsWith(suffix) ? 0 : all }))
    if (asked === metadata.name) return { topics }
    // Without Create, the sixth of the operations.
    if (asked === describeCluster.name) return { error: 0, authorizedOperations: all & ~(1 << 5) }
    if (asked === createTopics.name) return { topics: topics.map(({ name }) => ({ name, error: name.endsWith(suffix) ? 29 : 37 })) }
    if (asked === endTxn.name) return { error: 49 }
    throw new Error(`nobody expected ${asked} to be asked`)
  }
  return { name: 'west', sendToAny: answer, sendToController: answer } as unknown as typeof target.destination
} // prettier-ignore

function observed(fields: string, suffix = '.salvaged') {
  const state = { glance: async () => { await Promise.resolve() }, mirrors: () => mirrors } as unknown as typeof target.state // prettier-ignore
  const step = stepOf(`kind: check.permission, side: destination, ${fields}`, siteFor({ target: { ...target, state, destination: clusterWithout(suffix) } })) // prettier-ignore
  return step.observe(options)
}

describe('a salvage in topics', () => {
  it('is known beforehand not to be permitted, by the names of what comes back', async () => {
    const found = await observed("verbs: [mirror restore], salvage: 'topic:{topic}.salvaged'")
    const lacking = ['orders', 'payments'].flatMap((topic) => ['Create', 'Read', 'Write', 'DescribeConfigs'].map((right) => `${right} on topic "${topic}.salvaged" on the destination`)) // prettier-ignore
    expect(found).toMatchObject({ kind: 'blocked' })
    const { why } = found as { why: string }
    expect(why.replace('georep lacks ', '').split(', ').toSorted()).toEqual(lacking.toSorted())
  })

  it.each([
    ['is one topic for one name', "salvage: 'topic:all.salvaged'", 'all.salvaged'],
    ['may be permitted', "salvage: 'topic:{topic}.saved'", undefined],
    ['is a folder', 'salvage: ./never-arrived', undefined],
    ['is not said', 'timeout: 1s', undefined],
  ])('%s', async (_, said, lacking) => {
    const found = await observed(`verbs: [mirror restore], ${said}`)
    expect(found.kind).toBe(lacking === undefined ? 'done' : 'blocked')
    if (lacking !== undefined) expect((found as { why: string }).why.match(/topic "[^"]+"/g)).toEqual(Array.from({ length: 4 }, () => `topic "${lacking}"`)) // prettier-ignore
  })

  it('is neither a folder nor the name of a topic', async () => {
    await expect(async () => await observed("verbs: [mirror restore], salvage: 'topic:a b'")).rejects.toThrow('expected a folder, or topic:<name>') // prettier-ignore
  })
})
