import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { snappyCompress } from 'hysnappy'
import { beforeAll, describe, expect, it } from 'vitest'
import { readGoldenBatches } from '../../../../test/support/golden-batches.ts'
import { MalformedError } from '../../wire/reader.ts'
import { batchesOf, batchLayout, type Compression } from '../batch.ts'
import { loadCodecs, plainBytes } from './plain.ts'

const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const

/** What Kafka's own libraries made of records, by codec. */
const golden = new Map<Compression | undefined, Buffer>(
  readGoldenBatches()
    .flatMap(({ hex }) => batchesOf(Buffer.from(hex, 'hex')))
    .map(({ compression, bytes }) => [compression, bytes.subarray(batchLayout.records)]),
)

function goldenOf(codec: Compression): Buffer {
  return golden.get(codec) ?? expect.fail(`no golden batch of ${codec}`)
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const lz4Head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])
const lz4Linked = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0])
function lz4(blocks: readonly Buffer[], head = lz4Head): Buffer {
  return Buffer.concat([head, ...blocks.flatMap((block) => [uint32(block.length), block]), uint32(0)])
}

/** A frame whose window is `window` (a descriptor, RFC 8878) of blocks that are one byte, many times over. */
function zstd(window: number, blocks: number, length: number): Buffer {
  const all = Array.from({ length: blocks }, (_, n) => {
    const header = Buffer.alloc(4)
    header.writeUIntLE((length << 3) | (1 << 1) | (n === blocks - 1 ? 1 : 0), 0, 3)
    return header
  })
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, window]), ...all])
}

/** A batch that a broker compressed, with four bytes changed: its weights are read in states that take no bits. */
const circle =
  '28b52ffd0058e402005205141ef0271d0cc330e2140987442f1ca6f1584c929ce438f204e7019220512229876ff74066ade0f8362195a57ec9f106893cd7b37078d221724932a8e5f2ea162a0be220736b288c6f1f000b83ac6d2011950072d407e155e005010000'

/** snappy-java's framing around raw blocks. */
function framed(blocks: readonly Buffer[]): Buffer {
  const head = Buffer.from('82534e4150505900' + '00000001' + '00000001', 'hex')
  const lengths = blocks.map((block) => Buffer.from(uint32(block.length)).swap32())
  return Buffer.concat([head, ...blocks.flatMap((block, n) => [lengths[n]!, block])])
}

beforeAll(async () => {
  await loadCodecs([{ compression: 'zstd' }])
})

describe('plainBytes', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 3_000 }),
    fc
      .array(fc.constantFrom('a', 'bc', 'what repeats '), { maxLength: 3_000 })
      .map((some) => Buffer.from(some.join(''))),
  )

  it('undoes snappy, raw and in the framing of snappy-java', () => {
    fc.assert(
      fc.property(bytes, bytes, (one, two) => {
        const [first, second] = [snappyCompress(one), snappyCompress(two)].map((some) => Buffer.from(some))
        expect(plainBytes(first!, 'snappy')).toEqual(Buffer.from(one))
        expect(plainBytes(framed([first!, second!]), 'snappy')).toEqual(Buffer.concat([one, two]))
      }),
      { numRuns: 50 },
    )
  })

  it('undoes LZ4 blocks that are stored, that overlap themselves, and that reach into the one before', () => {
    const stored = Buffer.concat([lz4Head, uint32(0x8000_0003), Buffer.from('abc'), uint32(0)])
    expect(plainBytes(stored, 'lz4').toString()).toBe('abc')
    const overlapping = Buffer.from([0x2f, 97, 98, 2, 0, 1, 0x10, 99])
    expect(plainBytes(lz4([overlapping]), 'lz4').toString()).toBe(`${'ab'.repeat(11)}c`)
    const reaching = Buffer.from([0x00, 3, 0, 0x10, 33])
    const blocks = [Buffer.from([0x30, 97, 98, 99]), reaching]
    expect(plainBytes(lz4(blocks, lz4Linked), 'lz4').toString()).toBe('abcabca!')
    expect(() => plainBytes(lz4(blocks), 'lz4')).toThrow('from before the start')
  })

  it('undoes zstd blocks that are one byte many times over, however far back they might reach', () => {
    expect(plainBytes(zstd(0x20, 3, 1_000), 'zstd')).toEqual(Buffer.alloc(3_000))
    expect(plainBytes(zstd(0x88, 100_000, 1), 'zstd', 100_000)).toEqual(Buffer.alloc(100_000))
  })

  it('ends on zstd whose tables lead in a circle', () => {
    expect(() => plainBytes(Buffer.from(circle, 'hex'), 'zstd')).toThrow(MalformedError)
  })

  const bombs: readonly (readonly [string, Compression, Buffer])[] = [
    ['gzip', 'gzip', gzipSync(Buffer.alloc(2_000_000))],
    ['snappy that announces too much', 'snappy', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])],
    ['framed snappy, together', 'snappy', framed(Array.from({ length: 4 }, () => Buffer.from(snappyCompress(Buffer.alloc(300_000)))))], // prettier-ignore
    ['LZ4', 'lz4', lz4(Array.from({ length: 20 }, () => Buffer.from([0x1f, 0, 1, 0, ...Array<number>(250).fill(255), 0, 0x00])))], // prettier-ignore
    ['zstd', 'zstd', zstd(0x20, 100, 100_000)],
    ['zstd with a window of 3 TiB', 'zstd', zstd(0xff, 1, 1)],
    ['zstd that announces too much', 'zstd', Buffer.from('28b52ffde0ffffffffffffff00010000', 'hex')],
  ]
  it.each(bombs)('refuses more than it may hold: %s', (_, codec, bomb) => {
    expect(() => plainBytes(bomb, codec, 1_000_000)).toThrow(MalformedError)
  })

  it.each(codecs)('refuses %s that is cut, wherever', (codec) => {
    const whole = goldenOf(codec)
    const plain = plainBytes(whole, codec)
    for (let length = 0; length < whole.length; length++) {
      // Between two frames or blocks the bytes end well: then less is there, and never anything else.
      let cut: Buffer
      try {
        cut = plainBytes(whole.subarray(0, length), codec)
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError)
        continue
      }
      expect(cut.length, `${codec} at ${length}`).toBeLessThan(plain.length)
      expect(plain.subarray(0, cut.length)).toEqual(cut)
    }
  })

  it.each(codecs)('answers any damage of %s with bytes or with an error of its own, and soon', (codec) => {
    const whole = goldenOf(codec)
    const damage = fc.tuple(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(whole.length),
    )
    fc.assert(
      fc.property(damage, ([changes, cut]) => {
        const bytes = Buffer.from(whole.subarray(0, whole.length - (cut % 3 === 0 ? cut : 0)))
        for (const [index, byte] of changes) if (index < bytes.length) bytes[index] = byte
        try {
          expect(plainBytes(bytes, codec, 1_000_000).length).toBeLessThanOrEqual(1_000_000)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError)
        }
      }),
      { numRuns: 1_000, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: true },
    )
  })

  it.each(codecs)('answers bytes that are no %s with bytes or with an error of its own', (codec) => {
    const head = { gzip: '1f8b08', snappy: '', lz4: '04224d18', zstd: '28b52ffd' }[codec]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        try {
          plainBytes(Buffer.concat([Buffer.from(head, 'hex'), rest]), codec, 1_000_000)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError)
        }
      }),
      { numRuns: 1_000, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: true },
    )
  })
})
