import { expect, it } from 'vitest'
import { target as anyTarget } from '../../../../test/support/links.ts'
import { mirrorRecord } from '../../../../test/support/mirror.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { createPartitions } from '../../../kafka/wire/messages/create-partitions.ts'
import type { LinkSession } from '../../../links/session.ts'
import { grownMirror, whyNotWhole } from './partition-growth.ts'

// Two clusters of two brokers each, which tell of one topic's partitions what each of them has heard.

class Brokers {
  readonly name = 'fake'
  readonly topicId: string
  /** By broker. */
  known: readonly number[]
  /** What the brokers know when the request has been answered, one look after the other. */
  next: (readonly number[])[] = []
  readonly asked: number[] = []

  constructor(topicId: string, ...known: readonly number[]) {
    this.topicId = topicId
    this.known = known
  }

  /** For what takes a `Cluster`. */
  get asCluster(): Cluster {
    return this as unknown as Cluster
  }

  async wait(): Promise<void> {
    await Promise.resolve()
  }

  async metadata(): Promise<object> {
    if (this.asked.length > 0) this.known = this.next.shift() ?? this.known
    return await Promise.resolve({ controllerId: 1, brokers: [{ nodeId: 1 }, { nodeId: 2 }] })
  }

  async sendTo(nodeId: number): Promise<object> {
    const partitions = Array.from({ length: this.known[nodeId - 1] ?? 0 })
    return await Promise.resolve({ topics: [{ topicId: this.topicId, partitions }] })
  }

  async sendToController(message: object, request: { topics: { count: number }[] }): Promise<object> {
    expect(message).toBe(createPartitions)
    this.asked.push(request.topics[0]!.count)
    return await Promise.resolve({ results: [{ name: 'orders', error: 0, errorMessage: null }] })
  }
}

const session = {
  guarded: async (effect: (options: object) => Promise<unknown>) =>
    await effect({ signal: AbortSignal.timeout(5_000) }),
} as unknown as LinkSession

async function grown(source: Brokers, destination: Brokers): Promise<number | undefined> {
  const target = { ...anyTarget, source: source.asCluster, destination: destination.asCluster }
  const record = await grownMirror(target, session, mirrorRecord({ partitions: 2 }), { signal: AbortSignal.timeout(5_000) }) // prettier-ignore
  return record?.partitions
}

const [sourceId, mirrorId] = ['a'.repeat(32), 'b'.repeat(32)]

it('adds what the source has more, and is done when all brokers know of it', async () => {
  const destination = new Brokers(mirrorId, 2, 2)
  destination.next = [[2, 2], [4, 2], [4, 4]] // prettier-ignore
  expect(await grown(new Brokers(sourceId, 4, 4), destination)).toBe(4)
  expect(destination.asked).toEqual([4])
  expect(destination.known).toEqual([4, 4])
})

it('takes partitions that are there already as they are', async () => {
  const destination = new Brokers(mirrorId, 3, 3)
  expect(await grown(new Brokers(sourceId, 3, 3), destination)).toBe(3)
  expect(destination.asked).toEqual([])
})

it.each([
  ['brokers of the source do not agree yet', [sourceId, 2, 3], [mirrorId, 2, 2]],
  ['brokers of the destination do not agree yet', [sourceId, 3, 3], [mirrorId, 3, 2]],
  ['the source has no more', [sourceId, 2, 2], [mirrorId, 2, 2]],
  ['the mirror has more than the source', [sourceId, 3, 3], [mirrorId, 4, 4]],
  ['the source topic is another by now', ['c'.repeat(32), 3, 3], [mirrorId, 2, 2]],
  ['the mirror topic is another by now', [sourceId, 3, 3], ['c'.repeat(32), 2, 2]],
] as const)('does nothing while %s', async (_, [there, ...ofSource], [here, ...ofMirror]) => {
  const destination = new Brokers(here, ...ofMirror)
  expect(await grown(new Brokers(there, ...ofSource), destination)).toBeUndefined()
  expect(destination.asked).toEqual([])
})

it('says how much of a source is mirrored', () => {
  const record = mirrorRecord({ partitions: 2 })
  expect(whyNotWhole(record, 2)).toBeUndefined()
  expect(whyNotWhole(record, 3)).toBe('the source topic "orders" has 3 partitions, and 2 of them are mirrored')
})
