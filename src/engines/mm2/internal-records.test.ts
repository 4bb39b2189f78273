import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCheckpoint, decodeHeartbeat, decodeOffsetSync, type InternalRecord } from './internal-records.ts'

const int16 = (value: number): Buffer => { const b = Buffer.alloc(2); b.writeInt16BE(value); return b } // prettier-ignore
const int32 = (value: number): Buffer => { const b = Buffer.alloc(4); b.writeInt32BE(value); return b } // prettier-ignore
const int64 = (value: bigint): Buffer => { const b = Buffer.alloc(8); b.writeBigInt64BE(value); return b } // prettier-ignore
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])
const whole = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts)

const decoders = { decodeOffsetSync, decodeCheckpoint, decodeHeartbeat } as const
const wellFormed = {
  decodeOffsetSync: { key: whole(text('orders'), int32(3)), value: whole(int64(7n), int64(9n)) },
  decodeCheckpoint: {
    key: whole(text('billing'), text('east.orders'), int32(3)),
    value: whole(int16(0), int64(7n), int64(9n), text('by hand')),
  },
  decodeHeartbeat: { key: whole(text('east'), text('west')), value: whole(int16(0), int64(1_700_000_000_000n)) },
} as const satisfies Record<keyof typeof decoders, InternalRecord>
const names = Object.keys(decoders) as (keyof typeof decoders)[]

describe('records of the internal topics', () => {
  it('are read', () => {
    expect(decodeOffsetSync(wellFormed.decodeOffsetSync)).toEqual({
      kind: 'told', topic: 'orders', partition: 3, up: 7n, down: 9n,
    }) // prettier-ignore
    expect(decodeCheckpoint(wellFormed.decodeCheckpoint)).toEqual({
      kind: 'told', group: 'billing', topic: 'east.orders', partition: 3, up: 7n, down: 9n, metadata: 'by hand',
    }) // prettier-ignore
    expect(decodeHeartbeat(wellFormed.decodeHeartbeat)).toEqual({
      kind: 'told', sourceAlias: 'east', targetAlias: 'west', timestampMs: 1_700_000_000_000n,
    }) // prettier-ignore
  })

  it.each(names)('%s tells a tombstone, and of what', (name) => {
    expect(decoders[name]({ ...wellFormed[name], value: null }).kind).toBe('deleted')
    expect(decodeOffsetSync({ ...wellFormed.decodeOffsetSync, value: null })).toEqual({ kind: 'deleted', topic: 'orders', partition: 3 }) // prettier-ignore
  })

  it.each(names)('%s takes nothing for a record that is cut, has bytes too many, or no key', (name) => {
    const { key, value } = wellFormed[name]
    for (let length = 0; length < key.length; length++) {
      expect(decoders[name]({ key: key.subarray(0, length), value }).kind).toBe('malformed')
    }
    for (let length = 0; length < value.length; length++) {
      expect(decoders[name]({ key, value: value.subarray(0, length) }).kind).toBe('malformed')
    }
    expect(decoders[name]({ key: whole(key, Buffer.of(0)), value }).kind).toBe('malformed')
    expect(decoders[name]({ key, value: whole(value, Buffer.of(0)) }).kind).toBe('malformed')
    expect(decoders[name]({ key: null, value }).kind).toBe('malformed')
  })

  it('that say what cannot be are told as such', () => {
    const { key, value } = wellFormed.decodeOffsetSync
    const why = (record: InternalRecord): unknown => decodeOffsetSync(record)
    expect(why({ key: whole(int16(-1), int32(0)), value })).toEqual({ kind: 'malformed', why: 'a length is -1' })
    expect(why({ key: whole(text('orders'), int32(-1)), value })).toMatchObject({ why: 'a partition is -1' })
    expect(why({ key, value: whole(int64(-1n), int64(9n)) })).toMatchObject({ why: 'an offset is -1' })
    expect(why({ key: whole(int16(1), Buffer.of(0xff), int32(0)), value })).toMatchObject({
      why: 'a text is not UTF-8',
    })
    const later = { ...wellFormed.decodeCheckpoint, value: whole(int16(1), int64(7n), int64(9n), text('')) }
    expect(decodeCheckpoint(later)).toMatchObject({ kind: 'malformed', why: 'the version is 1, and 0 is known' })
  })

  it.each(names)('%s never throws, and what it tells is in range', (name) => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.from(some)))
    const { key: good, value: fine } = wellFormed[name]
    const touched = (of: Buffer): fc.Arbitrary<Buffer> =>
      fc.tuple(fc.nat(of.length - 1), fc.nat(255)).map(([at, byte]) => {
        const copy = Buffer.from(of)
        copy[at] = byte
        return copy
      })
    const records = fc.oneof(
      fc.record({ key: bytes, value: bytes }),
      fc.record({ key: touched(good), value: touched(fine) }),
    )
    fc.assert(
      fc.property(records, (record) => {
        const told = decoders[name](record)
        if (told.kind === 'malformed') return told.why !== ''
        return !('partition' in told) || told.partition >= 0
      }),
      { numRuns: 2_000 },
    )
  })
})
