import { describe, expect, it } from 'vitest'
import { type Batch, batchesOf, batchLayout } from '../kafka/records/batch.ts'
import { batchFromRecords } from '../kafka/records/record.ts'
import { Undecided } from './undecided.ts'

function stored(baseOffset: bigint, producerId: bigint, key: Buffer, attributes: number): Batch {
  const producer = { producerId, producerEpoch: 0 }
  const options = { timestampMs: 1n, producer, baseSequence: 0, isTransactional: true }
  const bytes = batchFromRecords([{ key, value: Buffer.from('value') }], options)
  bytes.writeBigInt64BE(baseOffset, batchLayout.baseOffset)
  bytes.writeInt16BE(attributes, batchLayout.attributes)
  return batchesOf(bytes)[0]!
}
const plain = (at: bigint, key: string): Batch => stored(at, -1n, Buffer.from(key), 0)
const data = (at: bigint, producerId: bigint, key: string): Batch => stored(at, producerId, Buffer.from(key), 16)
const commit = (at: bigint, producerId: bigint): Batch => stored(at, producerId, Buffer.from([0, 0, 0, 1]), 48)
const abort = (at: bigint, producerId: bigint): Batch => stored(at, producerId, Buffer.from([0, 0, 0, 0]), 48)

/** What holds after each of the batches, by key. */
function told(undecided: Undecided, ...batches: readonly Batch[]): readonly (readonly string[])[] {
  return batches.map((batch) => undecided.read(batch).map(({ key }) => String(key)))
}

describe('Undecided', () => {
  it('tells records of a transaction when its commit is read, none when it was aborted, and others at once', () => {
    const undecided = new Undecided()
    const batches = [
      data(0n, 1n, 'a'),
      plain(1n, 'b'),
      data(2n, 1n, 'c'),
      commit(3n, 1n),
      data(4n, 1n, 'd'),
      abort(5n, 1n),
    ]
    expect(told(undecided, ...batches)).toEqual([[], ['b'], [], ['a', 'c'], [], []])
    expect(undecided.transactions).toEqual([])
  })

  it('keeps transactions of several producers apart', () => {
    const undecided = new Undecided()
    const batches = [data(0n, 1n, 'a'), data(1n, 2n, 'b'), data(2n, 1n, 'c'), commit(3n, 2n), abort(4n, 1n)]
    expect(told(undecided, ...batches)).toEqual([[], [], [], ['b'], []])
  })

  it('says which are open, and knows them again', () => {
    const undecided = new Undecided()
    told(undecided, data(0n, 1n, 'a'), data(1n, 2n, 'b'))
    const [first, second] = undecided.transactions
    expect(undecided.transactions.map(({ records }) => records.map(({ key }) => String(key)))).toEqual([['a'], ['b']])
    told(undecided, abort(2n, 1n), data(3n, 1n, 'again'))
    expect([undecided.has(first!), undecided.has(second!)]).toEqual([false, true])
  })

  it('says of a key whether what was written under it last is decided', () => {
    const undecided = new Undecided()
    told(undecided, data(0n, 1n, 'a'), commit(1n, 1n), data(2n, 1n, 'a'), plain(3n, 'b'))
    expect(['a', 'b', 'c'].map((key) => undecided.isOpen(key))).toEqual([true, false, false])
    told(undecided, commit(4n, 1n))
    expect(undecided.isOpen('a')).toBe(false)
  })

  it('passes over markers of transactions that wrote nothing here', () => {
    expect(told(new Undecided(), commit(0n, 9n), abort(1n, 9n))).toEqual([[], []])
  })
})
