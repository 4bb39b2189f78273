import { describe, expect, it } from 'vitest'
import { bytesFromCanary } from '../core/canary-record.ts'
import { drainCanary, type DrainOptions, type RecordRead } from './canary-reader.ts'

function canary(runId: string, partition: number, seq: number): Uint8Array {
  return bytesFromCanary({ runId, partition, seq, scheduledWallMs: 1 })
}

const log: Record<number, readonly RecordRead[]> = {
  0: [
    { offset: 3n, value: canary('r1', 0, 0) },
    { offset: 4n, value: canary('r1', 0, 1) },
    { offset: 5n, value: canary('r1', 0, 0) },
    { offset: 6n, value: canary('other', 0, 9) },
    { offset: 7n, value: canary('ours', 0, 9) },
    { offset: 8n, value: canary('r1', 1, 2) },
    { offset: 9n, value: null },
  ],
  1: [],
}

function options(changed: Partial<DrainOptions> = {}): DrainOptions {
  return {
    topic: 't',
    partitions: [0, 1],
    runId: 'r1',
    otherRunIds: ['ours'],
    logRange: async (_topic, partition) => await Promise.resolve(partition === 0 ? { start: 3n, end: 10n } : { start: 0n, end: 0n }), // prettier-ignore
    readRange: async function* (_topic, partition, { from, to }) {
      await Promise.resolve()
      for (const record of log[partition] ?? []) if (record.offset >= from && record.offset < to) yield record
    },
    timeoutMs: 200,
    signal: new AbortController().signal,
    ...changed,
  }
}

describe('canary reader', () => {
  it('says where each record of the run is, and counts what is none', async () => {
    const [first, second] = await drainCanary(options())
    expect(first).toEqual({
      partition: 0,
      offsetsBySeq: new Map([
        [0, [3n, 5n]],
        [1, [4n]],
      ]),
      foreign: 3,
      incomplete: undefined,
    })
    expect(second).toMatchObject({ partition: 1, foreign: 0, incomplete: undefined })
  })

  it('reads no further than the end that was read first', async () => {
    const [first] = await drainCanary(options({ partitions: [0], logRange: async () => await Promise.resolve({ start: 3n, end: 5n }) })) // prettier-ignore
    expect([...(first?.offsetsBySeq.keys() ?? [])]).toEqual([0, 1])
  })

  it.each<[string, Partial<DrainOptions>]>([
    [
      'reading fails',
      {
        readRange: async function* () {
          await Promise.resolve()
          yield { offset: 3n, value: canary('r1', 0, 0) }
          throw new Error('broken off')
        },
      },
    ],
    ['the end cannot be read', { logRange: async () => await Promise.reject(new Error('broken off')) }],
  ])('is incomplete, with the reason, when %s', async (_what, changed) => {
    // prettier-ignore
    const [first] = await drainCanary(options(changed))
    expect(first?.incomplete).toBe('broken off')
  })

  it('is incomplete, with what was seen, when the time is up, though the reader hears nothing of it', async () => {
    const readRange: DrainOptions['readRange'] = async function* (_topic, partition) {
      if (partition === 1) return
      yield { offset: 3n, value: canary('r1', 0, 0) }
      await new Promise(() => undefined)
    }
    const [first, second] = await drainCanary(options({ readRange }))
    expect(first?.incomplete).toBe('not finished within 200 ms')
    expect(first?.offsetsBySeq.size).toBe(1)
    expect(second?.incomplete).toBeUndefined()
  })

  it('rejects when it is interrupted', async () => {
    await expect(drainCanary(options({ signal: AbortSignal.abort(new Error('stop')) }))).rejects.toThrow('stop')
  })
})
