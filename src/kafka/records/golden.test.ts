import { beforeAll, describe, expect, it } from 'vitest'
import { readGoldenBatches } from '../../../test/support/golden-batches.ts'
import { batchesOf, isChecksumRight, rewriteForAppend } from './batch.ts'
import { loadCodecs } from './codecs/plain.ts'
import { recordsOf } from './record.ts'

beforeAll(async () => {
  await loadCodecs([{ compression: 'zstd' }])
})

// Written by kafkajs's producer, stored and handed out by a real broker: recorded by test/cluster/batch-golden.test.ts.
describe.each(readGoldenBatches())('$title', ({ batches, hex }) => {
  const read = batchesOf(Buffer.from(hex, 'hex'))

  it('has the batches that were produced', () => {
    const shape = read.map(({ isControl, isTransactional, isLogAppendTime, compression, baseOffset }) => ({
      isControl,
      isTransactional,
      isLogAppendTime,
      compression,
      baseOffset: baseOffset.toString(),
    }))
    expect(shape).toEqual(
      batches.map(({ kind, isTransactional, isLogAppendTime, compression, baseOffset }) => ({
        isControl: kind !== 'data',
        isTransactional,
        isLogAppendTime,
        compression,
        baseOffset,
      })),
    )
  })

  it('has the records that were produced', () => {
    for (const [index, { kind, records }] of batches.entries()) {
      const batch = read[index]!
      if (kind !== 'data') {
        const type = recordsOf(batch)[0]?.key?.readInt16BE(2)
        expect(type).toBe(kind === 'commit' ? 1 : 0)
        continue
      }
      const found = recordsOf(batch).map(({ offset, timestampMs, key, value, headers }) => ({
        offset: offset.toString(),
        timestampMs: batch.isLogAppendTime ? null : timestampMs.toString(),
        key: key?.toString() ?? null,
        value: value?.toString() ?? null,
        headers: headers.map((header) => [header.key.toString(), header.value?.toString()]),
      }))
      expect(found).toEqual(records)
    }
  })

  it('has right checksums, before a rewrite and after it', () => {
    for (const batch of batchesOf(Buffer.from(hex, 'hex'))) {
      expect(isChecksumRight(batch)).toBe(true)
      rewriteForAppend(batch, { producerId: 123_456_789_012n, producerEpoch: 17 }, 2 ** 31 - 1)
      expect(isChecksumRight(batch)).toBe(true)
    }
  })
})
