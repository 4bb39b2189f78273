import { beforeEach, expect, it } from 'vitest'
import { storedBatch } from '../../../../test/support/batches.ts'
import { type Batch, batchesOf } from '../../../kafka/records/batch.ts'
import { FetchedMemory } from './fetched-memory.ts'

let back: ArrayBufferLike[]
let memory: FetchedMemory
beforeEach(() => {
  back = []
  memory = new FetchedMemory({ giveBack: (one) => back.push(one) })
})

/** Bytes of an answer, too large to share their memory with others, with three batches of it. */
function answer(): { readonly bytes: Buffer; readonly batches: readonly Batch[] } {
  const bytes = Buffer.concat([storedBatch(0n, { valueBytes: Buffer.poolSize }), storedBatch(1n), storedBatch(2n)])
  return { bytes, batches: batchesOf(bytes) }
}

it('goes back with the last batch that is acknowledged', () => {
  const { bytes, batches } = answer()
  memory.hold(batches.slice(0, 2))
  memory.hold([{ from: 2n, until: 3n }])
  memory.hold(batches.slice(2))
  memory.looked(bytes)
  for (const one of batches) {
    expect(back).toEqual([])
    memory.acknowledged(one.bytes)
  }
  expect(back).toEqual([bytes.buffer])
})

it('goes back at once when nothing of it is queued', () => {
  const { bytes } = answer()
  memory.hold([])
  memory.looked(bytes)
  expect(back).toEqual([bytes.buffer])
})

it('does not go back while one batch is not acknowledged, whatever becomes of it', () => {
  const { bytes, batches } = answer()
  memory.hold(batches)
  memory.looked(bytes)
  for (const one of batches.slice(1)) memory.acknowledged(one.bytes)
  expect(back).toEqual([])
})

it('does not go back for a batch that was never held', () => {
  const held = answer()
  const other = answer()
  memory.hold(held.batches)
  for (const one of other.batches) memory.acknowledged(one.bytes)
  expect(back).toEqual([])
})

it('goes back again, with another answer in it', () => {
  const { bytes, batches } = answer()
  for (let round = 1; round <= 2; round++) {
    memory.hold(batches)
    memory.looked(bytes)
    for (const one of batches) memory.acknowledged(one.bytes)
    expect(back).toHaveLength(round)
  }
})
