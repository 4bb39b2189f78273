import { describe, expect, it } from 'vitest'
import { batchAt } from '../../test/support/batches.ts'
import { LastBatch } from './last-batch.ts'
import type { Batch } from './records/batch.ts'

const [one, other] = [1n, 2n]
const data = (offset: bigint, producerId: bigint): Batch => batchAt(offset, { attributes: 16, producerId })
const end = (offset: bigint, producerId: bigint, type: number): Batch => batchAt(offset, { attributes: 48, producerId, key: Buffer.from([0, 0, 0, type]) }) // prettier-ignore
const commit = (offset: bigint, producerId: bigint): Batch => end(offset, producerId, 1)
const abort = (offset: bigint, producerId: bigint): Batch => end(offset, producerId, 0)
const plain = (offset: bigint): Batch => batchAt(offset)

describe('LastBatch', () => {
  it.each<[string, readonly Batch[], bigint | undefined]>([
    ['nothing', [], undefined],
    ['a marker alone', [abort(0n, one)], undefined],
    ['records of no transaction', [plain(0n), plain(1n)], 1n],
    ['a transaction that was committed', [plain(0n), data(1n, one), commit(2n, one)], 1n],
    ['one that was aborted', [plain(0n), data(1n, one), abort(2n, one)], 0n],
    ['nothing but what was aborted', [data(1n, one), abort(2n, one)], undefined],
    ['one whose end has not come', [plain(0n), data(1n, one)], 1n],
    ["the end of another one's", [plain(0n), data(1n, one), abort(2n, other)], 1n],
    ['two at a time', [data(0n, one), data(1n, other), abort(2n, other), commit(3n, one)], 0n],
    ['one committed after a later one', [data(0n, one), data(1n, other), commit(2n, other), commit(3n, one)], 1n],
    ['one that is open before what holds', [data(0n, one), plain(1n)], 1n],
    ['the next one of the same producer', [data(0n, one), commit(1n, one), data(2n, one), abort(3n, one)], 0n],
  ])('of %s', (_, batches, wanted) => {
    const last = new LastBatch()
    for (const batch of batches) last.read(batch)
    expect(last.batch?.baseOffset).toBe(wanted)
  })

  it('what counts whatever comes of its transaction', () => {
    const last = new LastBatch()
    last.read(data(0n, one), { isDecided: true })
    last.read(abort(1n, one))
    expect(last.batch?.baseOffset).toBe(0n)
  })
})
