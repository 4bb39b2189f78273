import { beforeEach, describe, expect, it } from 'vitest'
import { fakeTime, type FakeTime } from '../../../../test/support/fake-time.ts'
import { runningMirror } from '../../../../test/support/mirror.ts'
import type { Cluster, SendOptions } from '../../../kafka/cluster.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { Message, RequestOf, ResponseOf } from '../../../kafka/wire/message.ts'
import { addPartitionsToTxn } from '../../../kafka/wire/messages/add-partitions-to-txn.ts'
import { endTxn } from '../../../kafka/wire/messages/end-txn.ts'
import { findCoordinator } from '../../../kafka/wire/messages/find-coordinator.ts'
import { initProducerId } from '../../../kafka/wire/messages/init-producer-id.ts'
import { offsetForLeaderEpoch } from '../../../kafka/wire/messages/offset-for-leader-epoch.ts'
import { Hider } from './hider.ts'
import type { DoneAlone } from './marker-writer.ts'
import { Hiding } from '../holes/hiding.ts'
import { Lease } from './lease.ts'
import type { MirrorPartition } from './mirror-partition.ts'

const id = 'georep-hide-east-west'
type Fault = (kind: string, count: number) => 'lostBefore' | 'lostAfter' | number | undefined

/** A coordinator as KIP-98 has it, and the logs that it writes markers to. What a real one does is looked at in test/cluster. */
class FakeCoordinator {
  readonly name = 'fake'
  readonly wait: Cluster['wait'] = async (_ms, signal) => {
    signal.throwIfAborted()
    await new Promise((resolve) => setImmediate(resolve))
  }
  readonly ends = new Map<number, bigint>()
  epoch = -1
  /** Of the transaction that is open, or of which markers are still to be written. */
  open = new Set<number>()
  isEnding = false
  /** Markers come only when the coordinator was asked so often again. */
  slowness = 1
  #asked = 0
  markersOf = (_partition: number): number => 1
  fault: Fault = () => undefined
  readonly sent: string[] = []

  async sendToAny<Request, Response>(message: Message<Request, Response>, request: Request, options: SendOptions): Promise<Response> {
    return await this.sendTo(1, message, request, options)
  } // prettier-ignore

  async sendTo<Request, Response>(nodeId: number, message: Message<Request, Response>, request: Request, options: SendOptions): Promise<Response> {
    await Promise.resolve()
    options.signal.throwIfAborted()
    options.beforeWrite?.()
    this.sent.push(message.name)
    const fault = this.fault(message.name, this.sent.filter((name) => name === message.name).length)
    if (fault === 'lostBefore') throw new TransportError('gone', { mayHaveActed: true })
    const answer = this.#answer(message.name, request, nodeId, typeof fault === 'number' ? fault : undefined)
    if (fault === 'lostAfter') throw new TransportError('gone', { mayHaveActed: true })
    return answer as Response
  } // prettier-ignore

  #answer(name: string, request: unknown, nodeId: number, refusal: number | undefined): unknown {
    if (name === findCoordinator.name) return { throttleMs: 0, coordinators: [{ key: id, nodeId: 7, host: 'h', port: 1, error: 0, errorMessage: null }] } // prettier-ignore
    if (name === initProducerId.name) return this.#init(request as RequestOf<typeof initProducerId>)
    if (name === addPartitionsToTxn.name) return this.#add(request as RequestOf<typeof addPartitionsToTxn>, refusal)
    if (name === endTxn.name) return { throttleMs: 0, error: refusal ?? this.#end(request as RequestOf<typeof endTxn>) }
    if (name === offsetForLeaderEpoch.name) return this.#endsOf(request as RequestOf<typeof offsetForLeaderEpoch>, refusal ?? 0, nodeId) // prettier-ignore
    throw new Error(`no answer to ${name}`)
  }

  #init({ producerEpoch }: RequestOf<typeof initProducerId>): ResponseOf<typeof initProducerId> {
    const refused = (error: number) => ({ throttleMs: 0, error, producerId: -1n, producerEpoch: -1 })
    // A repeat of what was answered before, and got lost, is of the epoch before.
    if (producerEpoch >= 0 && producerEpoch < this.epoch - 1) return refused(90)
    if (this.open.size > 0) {
      this.isEnding = true
      this.#goOn()
      return refused(51)
    }
    this.epoch++
    return { throttleMs: 0, error: 0, producerId: 9n, producerEpoch: this.epoch }
  }

  #add({ producerEpoch, topics }: RequestOf<typeof addPartitionsToTxn>, refusal?: number): ResponseOf<typeof addPartitionsToTxn> {
    const asked = topics.flatMap(({ partitions }) => partitions)
    const whole = producerEpoch !== this.epoch ? 90 : this.isEnding ? 51 : undefined
    const error = (partition: number): number => whole ?? (refusal === undefined ? 0 : partition === 0 ? refusal : 55)
    if (asked.every((partition) => error(partition) === 0)) for (const partition of asked) this.open.add(partition)
    return { throttleMs: 0, topics: topics.map(({ name, partitions }) => ({ name, partitions: partitions.map((partition) => ({ partition, error: error(partition) })) })) } // prettier-ignore
  } // prettier-ignore

  #end({ producerEpoch, isCommitted }: RequestOf<typeof endTxn>): number {
    expect(isCommitted).toBe(false)
    if (producerEpoch !== this.epoch) return 47
    if (this.isEnding) {
      this.#goOn()
      return 51
    }
    if (this.open.size > 0) this.isEnding = true
    return 0
  }

  #goOn(): void {
    if (++this.#asked < this.slowness) return
    this.#asked = 0
    for (const partition of this.open)
      this.ends.set(partition, (this.ends.get(partition) ?? 0n) + BigInt(this.markersOf(partition)))
    this.open.clear()
    this.isEnding = false
  }

  #endsOf({ topics }: RequestOf<typeof offsetForLeaderEpoch>, error: number, nodeId: number): ResponseOf<typeof offsetForLeaderEpoch> {
    const leads = (partition: number): boolean => nodeId === (partition === 2 ? 2 : 1)
    const found = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition }) => ({ partition, error: leads(partition) ? error : 6, leaderEpoch: 0, endOffset: this.ends.get(partition) ?? 0n })),
    }))
    return { throttleMs: 0, topics: found }
  } // prettier-ignore
}

let time: FakeTime
let lease: Lease
let coordinator: FakeCoordinator
let hiding: Hiding
let hider: Hider
let troubles: string[]
let partitions: readonly MirrorPartition[]
let stop: AbortController

beforeEach(async () => {
  time = fakeTime()
  lease = new Lease(time, { maxAgeMs: 5_000 })
  lease.renewal()()
  coordinator = new FakeCoordinator()
  troubles = []
  stop = new AbortController()
  hiding = newHiding()
  partitions = runningMirror(3).partitions
  partitions[2]!.destinationLeader = 2
  hider = hiderOf(hiding)
  await claimed(hiding)
})

function newHiding(): Hiding {
  return new Hiding({ destination: coordinator as unknown as Cluster, link: 'east-west', way: 'transactions', wereTransactions: false, monotonic: time.monotonic }) // prettier-ignore
}

function hiderOf(of: Hiding): Hider {
  const destination = coordinator as unknown as Cluster
  const producer = { producerId: 4_000n, producerEpoch: 3 }
  return new Hider({ destination, producer, hiding: of, lease, signal: stop.signal, onTrouble: (why) => troubles.push(why) }) // prettier-ignore
}

async function claimed(of: Hiding): Promise<void> {
  const stateWasRead = await of.claim({ signal: stop.signal })
  stateWasRead()
}

/** Hides from where the log ends. */
async function hide(partition: number, count: bigint): Promise<DoneAlone> {
  const from = coordinator.ends.get(partition) ?? 0n
  return await hider.hide(partitions[partition]!, { from, until: from + count })
}

/** Nothing may come any more. */
function expectEnded(): void {
  expect({ open: coordinator.open.size, isEnding: coordinator.isEnding }).toEqual({ open: 0, isEnding: false })
}

describe('TransactionMarkers', () => {
  it('hides one offset of each partition in a transaction, whoever leads it', async () => {
    expect(await Promise.all([hide(0, 3n), hide(1, 1n), hide(2, 2n)])).toEqual([{ kind: 'done' }, { kind: 'done' }, { kind: 'done' }]) // prettier-ignore
    expect([...coordinator.ends]).toEqual([[0, 3n], [1, 1n], [2, 2n]]) // prettier-ignore
    expect(coordinator.sent.filter((name) => name === addPartitionsToTxn.name)).toHaveLength(3)
    expectEnded()
  })

  it('is told to be slow once, when there is something to hide', async () => {
    expect(troubles).toEqual([])
    await hide(0, 1n)
    await hide(1, 2n)
    expect(troubles).toEqual([expect.stringContaining('are hidden in transactions, some hundred a second')])
  })

  it('waits until the coordinator has written all markers, and looks at the log ends then', async () => {
    coordinator.slowness = 5
    expect(await hide(0, 1n)).toEqual({ kind: 'done' })
    const at = coordinator.sent.indexOf(offsetForLeaderEpoch.name)
    expect(coordinator.sent.slice(0, at).filter((name) => name === endTxn.name)).toHaveLength(7)
    expectEnded()
  })

  it('goes on from where a marker stands twice, and fails the mirror where that was the last', async () => {
    const first = (): number => (coordinator.sent.filter((name) => name === addPartitionsToTxn.name).length === 1 ? 2 : 1)
    coordinator.markersOf = first
    expect(await hide(0, 3n)).toEqual({ kind: 'done' })
    expect(coordinator.ends.get(0)).toBe(3n)
    coordinator.markersOf = () => 2
    expect(await hide(0, 1n)).toEqual({
      kind: 'failed',
      why: 'the mirror ends at 5 where offsets up to 4 were hidden: something else wrote to the mirror topic, or the coordinator of the transaction wrote a marker twice',
    })
  }) // prettier-ignore

  it('leaves a log that could not be looked at, where a marker stands twice, to whoever positions the partition', async () => {
    coordinator.markersOf = () => 2
    coordinator.fault = (kind) => (kind === offsetForLeaderEpoch.name ? 6 : undefined)
    expect(await hide(0, 1n)).toEqual({ kind: 'unsettled', why: 'NOT_LEADER_OR_FOLLOWER', mayStillLand: false })
    expect(coordinator.ends.get(0)).toBe(2n)
    expectEnded()
  })

  // Of each request once: its answer is lost, and it was carried out, or was not.
  const requests = [addPartitionsToTxn, endTxn, initProducerId, offsetForLeaderEpoch].map(({ name }) => name)
  it.each(requests.flatMap((name) => [1, 2].flatMap((nth) => (['lostBefore', 'lostAfter'] as const).map((how) => [name, nth, how] as const))))(
    'where the answer to %s, the %d. of them, is %s',
    async (name, nth, how) => {
      coordinator.sent.length = 0
      // The id is asked for again only where an answer was lost.
      coordinator.fault = (kind, count) =>
        (kind === name && count === nth) || (name === initProducerId.name && kind === addPartitionsToTxn.name && count === 1) ? how : undefined
      const results: DoneAlone[] = []
      for (let attempt = 0; attempt < 4 && (coordinator.ends.get(0) ?? 0n) < 2n; attempt++) {
        const end = coordinator.ends.get(0) ?? 0n
        results.push(await hider.hide(partitions[0]!, { from: end, until: 2n }))
        expectEnded()
      }
      expect(coordinator.ends.get(0)).toBe(2n)
      for (const one of results) expect(['done', 'unsettled']).toContain(one.kind)
      for (const one of results) if (one.kind === 'unsettled') expect(one.mayStillLand).toBe(false)
      expect(partitions[0]!.isMarkerLost).toBe(false)
    },
  ) // prettier-ignore

  it('has what it began ended where it was lost, before it says that it is not known', async () => {
    coordinator.slowness = 3
    coordinator.fault = (kind, count) => (kind === addPartitionsToTxn.name && count === 1 ? 'lostAfter' : undefined)
    expect(await hide(0, 2n)).toEqual({ kind: 'unsettled', why: 'hiding offsets: gone', mayStillLand: false })
    expect(coordinator.ends.get(0)).toBe(1n)
    expect(coordinator.epoch).toBe(1)
    expectEnded()
  })

  it('leaves out what is refused, names the right, and hides the rest', async () => {
    coordinator.fault = (kind, count) => (kind === addPartitionsToTxn.name && count === 1 ? 29 : undefined)
    const [one, other] = await Promise.all([hide(0, 1n), hide(1, 1n)])
    expect(one).toMatchObject({ kind: 'unsettled', why: expect.stringContaining('needs Write on topic "orders"') as string }) // prettier-ignore
    expect(other).toEqual({ kind: 'done' })
    expect([...coordinator.ends]).toEqual([[1, 1n]])
  })

  it('names the right on the id, and has begun nothing', async () => {
    coordinator.fault = (kind) => (kind === addPartitionsToTxn.name ? 53 : undefined)
    expect(await hide(0, 1n)).toEqual({ kind: 'unsettled', why: `hiding offsets: needs Write on transactional id "${id}" at cluster "fake" for its principal`, mayStillLand: false }) // prettier-ignore
    expect(coordinator.ends.size).toBe(0)
  })

  it('begins nothing with a lease that is old, and ends what it has begun', async () => {
    await time.pass(6_000)
    expect(await hide(0, 1n)).toMatchObject({ kind: 'unsettled', mayStillLand: false })
    expect(coordinator.open.size).toBe(0)
    lease.renewal()()
    coordinator.fault = (kind) => {
      if (kind === endTxn.name) void time.pass(6_000)
      return undefined
    }
    expect(await hide(0, 1n)).toEqual({ kind: 'done' })
  })

  it('tells what holds a transaction up, and waits as long as that takes', async () => {
    coordinator.fault = (kind, count) => kind === endTxn.name && count < 3 ? 48 : kind === initProducerId.name && count < 4 ? 'lostBefore' : undefined // prettier-ignore
    coordinator.slowness = 2_000
    expect(await hide(0, 1n)).toEqual({ kind: 'done' })
    expect(troubles.join()).toContain('a transaction that hides offsets has not ended yet')
    expectEnded()
  })

  describe('when another takes the id over', () => {
    it('ends what was begun, and is itself refused from then on', async () => {
      coordinator.open.add(0)
      const other = newHiding()
      await claimed(other)
      expect(coordinator.ends.get(0)).toBe(1n)
      expect(await hide(0, 1n)).toEqual({ kind: 'fenced' })
      expect(hiding.isReady).toBe(false)
      expect(await hide(0, 1n)).toEqual({ kind: 'fenced' })
      expect(coordinator.ends.get(0)).toBe(1n)
    })

    it('in the middle of a transaction, that of the other counts', async () => {
      const other = newHiding()
      let taking: Promise<void> | undefined
      coordinator.fault = (kind, count) => {
        if (kind === endTxn.name && count === 1) taking = claimed(other)
        return undefined
      }
      coordinator.slowness = 4
      expect(['fenced', 'done']).toContain((await hide(0, 1n)).kind)
      await taking
      expect(coordinator.ends.get(0)).toBe(1n)
      expectEnded()
    })

    it('goes on when it has taken it again, and the state was read since', async () => {
      await claimed(newHiding())
      expect(await hide(0, 1n)).toEqual({ kind: 'fenced' })
      const stateWasRead = await hiding.claim({ signal: stop.signal })
      expect(hiding.isReady).toBe(false)
      expect(await hide(0, 1n)).toEqual({ kind: 'fenced' })
      stateWasRead()
      expect(await hide(0, 1n)).toEqual({ kind: 'done' })
    })

    it('is not ready by a reading that began before it was lost again', async () => {
      await claimed(newHiding())
      await hide(0, 1n)
      const stateWasRead = await hiding.claim({ signal: stop.signal })
      hiding.lose(await lost(hiding))
      stateWasRead()
      expect(hiding.isReady).toBe(false)
    })
  })

  it('says that something may still come when it is stopped in the middle', async () => {
    coordinator.slowness = 1_000
    const done = hide(0, 1n)
    while (!coordinator.isEnding) await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new Error('stopped'))
    expect(await done).toEqual({ kind: 'unsettled', why: 'stopped', mayStillLand: true })
  })
})

/** The markers that a hiding holds, or will hold when the state is read. */
async function lost(of: Hiding): Promise<NonNullable<Hiding['markers']>> {
  const stateWasRead = await of.claim({ signal: stop.signal })
  stateWasRead()
  return of.markers!
}
