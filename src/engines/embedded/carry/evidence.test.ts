import { describe, expect, it } from 'vitest'
import { storedBatch } from '../../../../test/support/batches.ts'
import { FakeCluster } from '../../../../test/support/fake-cluster.ts'
import { fakeTime, settled } from '../../../../test/support/fake-time.ts'
import { fetch } from '../../../kafka/wire/messages/fetch.ts'
import { batchesOf, rewriteForAppend } from '../../../kafka/records/batch.ts'
import { mirrorMismatch } from './evidence.ts'

const producerId = 4_000n
const place = { topic: 'orders', topicId: 'a'.repeat(32), partition: 0, leader: 1, leaderEpoch: 0 }
const signal = new AbortController().signal

/** The batch as the mirror has it: appended by the link, at the source's offset. */
function mirrored(source: Buffer, by = producerId): Buffer {
  const [batch] = batchesOf(Buffer.from(source))
  const { baseOffset } = batch!
  rewriteForAppend(batch!, { producerId: by, producerEpoch: 0 }, 7)
  batch!.bytes.writeBigInt64BE(baseOffset, 0)
  return batch!.bytes
}

async function mismatch(
  end: bigint,
  here: Buffer | number,
  there: Buffer | number,
  from: { readonly ownFrom?: bigint; readonly historyFrom?: bigint } = {},
  source: {
    readonly stableEnd?: bigint
    readonly aborted?: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
    readonly start?: bigint
  } = {},
): Promise<string | undefined> {
  const [mirror, origin] = [new FakeCluster(fakeTime().wait), new FakeCluster(fakeTime().wait)]
  const result = mirrorMismatch({ cluster: mirror.asCluster, ...place }, { cluster: origin.asCluster, ...place }, end, {
    producerId,
    ...from,
    signal,
  })
  result.catch(() => undefined)
  const both = [[mirror, here], [origin, there]] as const // prettier-ignore
  for (;;) {
    await settled()
    const asked = both.find(([{ held }]) => held.length > 0)
    if (asked === undefined) break
    const [cluster, answer] = asked
    const taken = cluster.take(fetch)
    const isTooEarly = cluster === origin && taken.request.topics[0]!.partitions[0]!.fetchOffset < (source.start ?? 0n)
    const error = isTooEarly ? 1 : typeof answer === 'number' ? answer : 0
    const partition = {
      partition: 0,
      error,
      highWatermark: 100n,
      lastStableOffset: source.stableEnd ?? 100n,
      logStartOffset: 0n,
      abortedTransactions: source.aborted ?? null,
      preferredReadReplica: -1,
      records: error !== 0 || typeof answer === 'number' ? null : answer,
    }
    taken.answer({ throttleMs: 0, error: 0, sessionId: 0, topics: [{ topicId: place.topicId, partitions: [partition] }] }) // prettier-ignore
  }
  return await result
}

describe('mirrorMismatch', () => {
  const batch = storedBatch(5n, { count: 3 })
  const outOfRange = 1

  it('finds nothing where the source has the same batch', async () => {
    expect(await mismatch(8n, mirrored(batch), batch)).toBeUndefined()
    expect(await mismatch(8n, mirrored(batch), Buffer.concat([batch, storedBatch(8n)]))).toBeUndefined()
  })

  it('finds nothing where there is nothing to compare', async () => {
    expect(await mismatch(0n, 0, 0)).toBeUndefined()
    expect(await mismatch(8n, outOfRange, batch)).toBeUndefined()
    expect(await mismatch(8n, mirrored(batch), outOfRange)).toBeUndefined()
  })

  it('finds nothing where the source has the same record in another batch, or has lost it to compaction', async () => {
    expect(await mismatch(8n, mirrored(batch), storedBatch(4n, { count: 4 }))).toBeUndefined()
    expect(await mismatch(8n, mirrored(batch), storedBatch(9n))).toBeUndefined()
  })

  it('looks at the record before what is hidden', async () => {
    const marker = mirrored(storedBatch(8n, { attributes: 32 }))
    expect(await mismatch(9n, Buffer.concat([mirrored(batch), marker]), batch)).toBeUndefined()
    expect(await mismatch(9n, Buffer.concat([mirrored(batch, 9n), marker]), batch)).toContain('is not of this link')
    expect(await mismatch(9n, marker, batch)).toBeUndefined()
  })

  it('takes nothing for a record that was aborted before the mirror was one, and all else for one', async () => {
    const aborted = storedBatch(8n, { attributes: 16 })
    const log = Buffer.concat([batch, aborted, storedBatch(9n, { attributes: 32 })])
    const hidden = storedBatch(8n, { attributes: 32, valueBytes: 6 })
    const source = Buffer.concat([batch, hidden])
    expect(await mismatch(10n, log, source, { ownFrom: 10n })).toBeUndefined()
    expect(await mismatch(10n, log, source, { ownFrom: 8n })).toContain('is not of this link')
    expect(await mismatch(10n, log, Buffer.concat([storedBatch(5n, { count: 3, valueBytes: 11 }), hidden]), { ownFrom: 10n })).toContain('offset 7 is another one') // prettier-ignore
    expect(await mismatch(9n, Buffer.concat([batch, aborted]), source, { ownFrom: 10n })).toContain('offset 8 is another one') // prettier-ignore
  })

  describe('what stands under a marker at the end', () => {
    // Of a transactional id.
    const marker = mirrored(storedBatch(8n, { attributes: 32 }), 5n)
    const log = Buffer.concat([mirrored(batch), marker])
    const [visible, hidden] = [storedBatch(8n), storedBatch(8n, { attributes: 32 })]
    const there = (one: Buffer): Buffer => Buffer.concat([batch, one])
    const found = 'the mirror hides offset 8, where the source has a record: a marker was written twice, or something else wrote to the mirror topic' // prettier-ignore

    it('is a record that would never come', async () => {
      expect(await mismatch(9n, log, there(visible))).toBe(found)
      expect(await mismatch(9n, marker, there(visible))).toBe(found)
      expect(await mismatch(9n, log, storedBatch(5n, { count: 4 }))).toBe(found)
      const second = mirrored(storedBatch(9n, { attributes: 32 }), 5n)
      expect(await mismatch(10n, Buffer.concat([log, second]), there(Buffer.concat([visible, storedBatch(9n, { attributes: 32 })])))).toBe(found) // prettier-ignore
    })

    it('is what no consumer sees', async () => {
      expect(await mismatch(9n, log, there(hidden))).toBeUndefined()
      expect(await mismatch(9n, log, there(storedBatch(9n)))).toBeUndefined()
      const aborted = storedBatch(8n, { attributes: 16 })
      expect(await mismatch(9n, log, there(aborted), {}, { aborted: [{ producerId: batchesOf(aborted)[0]!.producerId, firstOffset: 8n }] })).toBeUndefined() // prettier-ignore
    })

    it('is not known while a transaction is open there', async () => {
      await expect(mismatch(9n, log, batch, {}, { stableEnd: 8n })).rejects.toThrow('OFFSET_NOT_AVAILABLE')
      expect(await mismatch(9n, log, batch, {}, { stableEnd: 9n })).toBeUndefined()
    })

    it('is found where retention has taken what stood before', async () => {
      const two = Buffer.concat([mirrored(storedBatch(7n, { attributes: 32 }), 5n), marker])
      expect(await mismatch(9n, two, visible, {}, { start: 8n })).toBe(found)
      expect(await mismatch(9n, two, storedBatch(9n), {}, { start: 9n })).toBeUndefined()
    })

    it('is not looked at where it was ordered, or is not of the link, nor of the source', async () => {
      expect(await mismatch(9n, Buffer.concat([mirrored(batch), mirrored(storedBatch(8n, { attributes: 32 }))]), there(visible))).toBeUndefined() // prettier-ignore
      expect(await mismatch(9n, log, there(visible), { ownFrom: 9n })).toBeUndefined()
      expect(await mismatch(10n, Buffer.concat([log, mirrored(storedBatch(9n))]), there(Buffer.concat([visible, storedBatch(9n)])), { historyFrom: 9n })).toBeUndefined() // prettier-ignore
    })
  })

  it("finds somebody else's batch", async () => {
    expect(await mismatch(8n, mirrored(batch, 9n), batch)).toBe(
      "the mirror's last batch, at offset 5, is not of this link: something else wrote to the mirror topic",
    )
  })

  it.each([
    ['other records', storedBatch(5n, { count: 3, valueBytes: 11 })],
    ['records of another time', storedBatch(5n, { count: 3, timestampMs: 1n })],
    ['a marker', storedBatch(5n, { count: 3, valueBytes: 11, attributes: 32 })],
  ])('finds that the source has %s there', async (_, source) => {
    expect(await mismatch(8n, mirrored(batch), source)).toBe(
      'the source log is not the one that was mirrored: the record at source offset 7 is another one',
    )
  })

  it('throws what it cannot look at', async () => {
    await expect(mismatch(8n, 6, batch)).rejects.toThrow('NOT_LEADER_OR_FOLLOWER')
  })
})
