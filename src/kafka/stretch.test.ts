import { describe, expect, it } from 'vitest'
import { storedBatch } from '../../test/support/batches.ts'
import type { Cluster } from './cluster.ts'
import { BrokerError } from './error-codes.ts'
import { fetchStretches, type FetchedStretches, type Stretch } from './stretch.ts'
import { TransportError } from './wire/connection.ts'

// Against a log that is answered as a broker answers, KIP-74: the first partition that has anything with one whole batch at least, the others cut
// where their share ends. Real brokers: test/cluster/exposure.test.ts.

interface StoredLog {
  readonly batches: readonly { readonly base: bigint; readonly bytes: Buffer; readonly last: bigint }[]
  readonly error?: number
}

interface Asked {
  readonly topics: readonly {
    readonly partitions: readonly {
      readonly partition: number
      readonly fetchOffset: bigint
      readonly maxBytes: number
    }[]
  }[]
}

/** Batches of so many records each, from offset 0 on. */
function logOf(counts: readonly number[], valueBytes = 1_000): StoredLog {
  let base = 0n
  const batches = counts.map((count) => {
    const one = { base, bytes: storedBatch(base, { count, valueBytes }), last: base + BigInt(count) - 1n }
    base += BigInt(count)
    return one
  })
  return { batches }
}

class Logs {
  readonly requests: Asked[] = []
  readonly name = 'east'
  readonly #logs: readonly StoredLog[]
  readonly #onFetch: () => void

  constructor(logs: readonly StoredLog[], onFetch = (): void => undefined) {
    this.#logs = logs
    this.#onFetch = onFetch
  }

  get asCluster(): Cluster {
    return this as unknown as Cluster
  }

  async wait(): Promise<void> {
    await Promise.resolve()
  }

  async metadata(): Promise<unknown> {
    const partitions = this.#logs.map((_, partition) => ({
      partition,
      leader: 1,
      leaderEpoch: 0,
      replicas: [1],
      isr: [1],
    }))
    return await Promise.resolve({ topics: new Map([['orders', { name: 'orders', topicId: 'id', isInternal: false, partitions }]]), denied: new Map() }) // prettier-ignore
  }

  async sendTo(_node: number, _message: unknown, asked: Asked): Promise<unknown> {
    await Promise.resolve()
    this.requests.push(asked)
    this.#onFetch()
    let isFirst = true
    const partitions = (asked.topics[0]?.partitions ?? []).map(({ partition, fetchOffset, maxBytes }) => {
      const { batches, error = 0 } = this.#logs[partition]!
      const all = Buffer.concat(batches.filter(({ last }) => last >= fetchOffset).map(({ bytes }) => bytes))
      const first = batches.find(({ last }) => last >= fetchOffset)?.bytes.length ?? 0
      const records = error === 0 ? all.subarray(0, isFirst ? Math.max(maxBytes, first) : maxBytes) : null
      if (all.length > 0) isFirst = false
      return { partition, error, records, abortedTransactions: null }
    })
    return { error: 0, topics: [{ topicId: 'id', partitions }] }
  }
}

async function seen(
  logs: Logs,
  stretches: readonly Omit<Stretch, 'topic'>[],
  options: { readonly maxBytes?: number; readonly deadline?: AbortSignal } = {},
): Promise<FetchedStretches> {
  const never = new AbortController().signal
  const { maxBytes = 2 ** 26, deadline = never } = options
  const asked = stretches.map((one) => ({ topic: 'orders', ...one }))
  return await fetchStretches(logs.asCluster, asked, { signal: never, maxBytes, deadline })
}

function bytesFrom({ batches }: StoredLog, from: bigint, to: bigint): bigint {
  const own = batches.filter(({ base, last }) => last >= from && base < to)
  return BigInt(own.reduce((sum, { bytes }) => sum + bytes.length, 0))
}

describe('the bytes of a stretch', () => {
  it('are those of the batches that hold any of it, over as many fetches as it takes', async () => {
    const log = logOf(Array.from({ length: 300 }, () => 10))
    const logs = new Logs([log])
    const { stretches, endedBy } = await seen(logs, [{ partition: 0, from: 15n, to: 2_995n }])
    expect(endedBy).toBeUndefined()
    expect(stretches.get('orders/0')).toEqual({ bytes: bytesFrom(log, 15n, 2_995n), offsets: 2_980n })
    expect(logs.requests.length).toBeGreaterThan(2)
  })

  it('of partitions side by side, also where the next batch does not fit into a share', async () => {
    const all = [logOf([5, 5, 5]), logOf([300, 1], 1_000), logOf([200, 200])]
    const { stretches } = await seen(new Logs(all), all.map((_, partition) => ({ partition, from: 0n, to: 301n })), { maxBytes: 48 * 1024 * 20 }) // prettier-ignore
    expect(stretches.get('orders/1')).toEqual({ bytes: bytesFrom(all[1]!, 0n, 301n), offsets: 301n })
    expect(stretches.get('orders/2')).toEqual({ bytes: bytesFrom(all[2]!, 0n, 301n), offsets: 301n })
  })

  it('end where the log does, when the last records of it were compacted away', async () => {
    const log = logOf([5])
    const { stretches } = await seen(new Logs([log]), [{ partition: 0, from: 0n, to: 9n }])
    expect(stretches.get('orders/0')).toEqual({ bytes: bytesFrom(log, 0n, 9n), offsets: 9n })
  })

  it('of nothing are none, and nobody is asked', async () => {
    const logs = new Logs([logOf([5])])
    expect((await seen(logs, [{ partition: 0, from: 5n, to: 5n }])).stretches.get('orders/0')).toEqual({ bytes: 0n, offsets: 0n }) // prettier-ignore
    expect(logs.requests).toEqual([])
  })

  it('stop at the limit, every partition seen in part, and say so', async () => {
    const all = [0, 1].map(() => logOf(Array.from({ length: 100 }, () => 10)))
    const { stretches, endedBy } = await seen(new Logs(all), [0, 1].map((partition) => ({ partition, from: 0n, to: 1_000n })), { maxBytes: 400_000 }) // prettier-ignore
    expect(endedBy).toBe('limit')
    const parts = [...stretches.values()].map((one) => (one instanceof BrokerError ? undefined : one))
    for (const part of parts) {
      expect(part?.offsets).toBeGreaterThan(0n)
      expect(part?.offsets).toBeLessThan(1_000n)
      expect(part?.bytes).toBe(bytesFrom(all[0]!, 0n, part?.offsets ?? 0n))
    }
    expect(parts.reduce((sum, part) => sum + Number(part?.bytes), 0)).toBeLessThanOrEqual(400_000)
  })

  it('stop at the deadline with what there is by then', async () => {
    const log = logOf(Array.from({ length: 300 }, () => 10))
    const time = new AbortController()
    const logs = new Logs([log], () => {
      if (logs.requests.length < 2) return
      time.abort(new DOMException('time', 'TimeoutError'))
      throw new TransportError('time', { mayHaveActed: false })
    })
    const { stretches, endedBy } = await seen(logs, [{ partition: 0, from: 0n, to: 3_000n }], { deadline: time.signal })
    expect(endedBy).toBe('time')
    const part = stretches.get('orders/0')
    expect(part).toMatchObject({ bytes: bytesFrom(log, 0n, (part as { offsets: bigint }).offsets) })
    expect((part as { bytes: bigint }).bytes).toBeGreaterThan(0n)
  })

  it('of a partition that is refused are its refusal, those of the others are known', async () => {
    const all = [logOf([5]), { ...logOf([5]), error: 1 }]
    const { stretches } = await seen(new Logs(all), [0, 1].map((partition) => ({ partition, from: 0n, to: 5n }))) // prettier-ignore
    expect(stretches.get('orders/1')).toBeInstanceOf(BrokerError)
    expect(stretches.get('orders/0')).toEqual({ bytes: bytesFrom(all[0]!, 0n, 5n), offsets: 5n })
  })

  it('of a partition that cannot be read are a refusal, those of the others are known', async () => {
    const broken = logOf([5])
    broken.batches[0]!.bytes.writeInt8(1, 16) // an old format
    const all = [logOf([5]), broken]
    const { stretches } = await seen(new Logs(all), [0, 1].map((partition) => ({ partition, from: 0n, to: 5n }))) // prettier-ignore
    expect(stretches.get('orders/1')).toBeInstanceOf(BrokerError)
    expect(stretches.get('orders/0')).toEqual({ bytes: bytesFrom(all[0]!, 0n, 5n), offsets: 5n })
  })
})
