import { describe, expect, it } from 'vitest'
import { storedBatch } from '../../../../test/support/batches.ts'
import { FakeCluster } from '../../../../test/support/fake-cluster.ts'
import { fakeTime, settled } from '../../../../test/support/fake-time.ts'
import { batchesOf, isChecksumRight } from '../../../kafka/records/batch.ts'
import { recordsOf } from '../../../kafka/records/record.ts'
import { fetch } from '../../../kafka/wire/messages/fetch.ts'
import { fillerBatch, fillerUntil } from './filler.ts'
import { firstPieces } from './first-pieces.ts'
import type { Piece } from './pieces.ts'

const place = { topic: 'orders', topicId: 'a'.repeat(32), partition: 0, leader: 1, leaderEpoch: 0 }
const signal = new AbortController().signal

interface Log {
  readonly begin: bigint
  readonly end: bigint
  readonly sourceStart: bigint
}

/** @param found the batch that is there where the mirror is looked at; undefined when it must not be looked at */
async function pieces(log: Log, found?: Buffer, cleanFrom?: bigint): Promise<readonly Piece[]> {
  const mirror = new FakeCluster(fakeTime().wait)
  const result = firstPieces({ cluster: mirror.asCluster, ...place }, log, { cleanFrom, signal })
  await settled()
  expect(mirror.held).toHaveLength(found === undefined ? 0 : 1)
  if (found !== undefined) {
    const ends = { highWatermark: 500n, lastStableOffset: 500n, logStartOffset: 0n, abortedTransactions: null }
    const partition = { partition: 0, error: 0, ...ends, preferredReadReplica: -1, records: found }
    mirror.take(fetch).answer({ throttleMs: 0, error: 0, sessionId: 0, topics: [{ topicId: place.topicId, partitions: [partition] }] }) // prettier-ignore
  }
  return await result
}

describe('firstPieces', () => {
  it('fills an empty mirror up to where the source begins', async () => {
    expect(await pieces({ begin: 0n, end: 0n, sourceStart: 70n })).toEqual([{ fillFrom: 0n, fillUntil: 70n }, { trimTo: 70n }]) // prettier-ignore
    expect(await pieces({ begin: 0n, end: 0n, sourceStart: 0n })).toEqual([])
  })

  it('does not fill where retention may have taken what was mirrored, or what was to be', async () => {
    expect(await pieces({ begin: 50n, end: 50n, sourceStart: 70n })).toEqual([])
    expect(await pieces({ begin: 0n, end: 50n, sourceStart: 70n }, storedBatch(49n))).toEqual([])
  })

  it('goes on filling where an earlier runner has ended', async () => {
    const filler = fillerBatch(0n, 60n).bytes
    expect(await pieces({ begin: 0n, end: 60n, sourceStart: 70n }, filler)).toEqual([{ fillFrom: 60n, fillUntil: 70n }, { trimTo: 70n }]) // prettier-ignore
  })

  it('deletes fillers that are still there, and no record', async () => {
    const log = { begin: 0n, end: 90n, sourceStart: 80n }
    expect(await pieces(log, fillerBatch(0n, 60n).bytes)).toEqual([{ trimTo: 60n }])
    expect(await pieces(log, storedBatch(0n))).toEqual([])
    expect(await pieces(log, undefined, 0n)).toEqual([])
    // They are back.
    expect(await pieces(log, fillerBatch(0n, 60n).bytes, 60n)).toEqual([{ trimTo: 60n }])
    // More than stands there: not written by us.
    expect(await pieces({ begin: 0n, end: 50n, sourceStart: 45n }, fillerBatch(0n, 60n).bytes)).toEqual([])
  })
})

describe('fillerBatch', () => {
  it('fills at most a hundred thousand offsets, and says up to where all of them go', () => {
    const batch = fillerBatch(5n, 250_000n)
    expect(batch).toMatchObject({ baseOffset: 5n, lastOffset: 100_004n, recordCount: 100_000 })
    expect(batch.bytes.length).toBeLessThan(500_000)
    expect(isChecksumRight(batch)).toBe(true)
    expect(fillerUntil(batch)).toBe(250_000n)
    expect(recordsOf(fillerBatch(7n, 9n)).map(({ offset, value }) => [offset, value])).toEqual([[7n, null], [8n, null]]) // prettier-ignore
  })

  it('is told from what somebody else has written', () => {
    expect(fillerUntil(batchesOf(storedBatch(0n))[0]!)).toBeUndefined()
    expect(fillerUntil(batchesOf(storedBatch(0n, { timestampMs: 0n }))[0]!)).toBeUndefined()
  })
})
