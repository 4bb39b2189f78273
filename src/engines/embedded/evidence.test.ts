import { describe, expect, it } from 'vitest'
import { storedBatch } from '../../../test/support/batches.ts'
import { FakeCluster } from '../../../test/support/fake-cluster.ts'
import { fakeTime, settled } from '../../../test/support/fake-time.ts'
import { fetch } from '../../kafka/wire/messages/fetch.ts'
import { batchesOf, rewriteForAppend } from '../../kafka/records/batch.ts'
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
  from: { readonly ownFrom?: bigint } = {},
): Promise<string | undefined> {
  const [mirror, source] = [new FakeCluster(fakeTime().wait), new FakeCluster(fakeTime().wait)]
  const result = mirrorMismatch({ cluster: mirror.asCluster, ...place }, { cluster: source.asCluster, ...place }, end, {
    producerId,
    ...from,
    signal,
  })
  result.catch(() => undefined)
  const both = [[mirror, here], [source, there]] as const // prettier-ignore
  for (;;) {
    await settled()
    const asked = both.find(([{ held }]) => held.length > 0)
    if (asked === undefined) break
    const [cluster, answer] = asked
    const error = typeof answer === 'number' ? answer : 0
    const partition = {
      partition: 0,
      error,
      highWatermark: 100n,
      lastStableOffset: 100n,
      logStartOffset: 0n,
      abortedTransactions: null,
      preferredReadReplica: -1,
      records: typeof answer === 'number' ? null : answer,
    }
    cluster.take(fetch).answer({ throttleMs: 0, error: 0, sessionId: 0, topics: [{ topicId: place.topicId, partitions: [partition] }] }) // prettier-ignore
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
