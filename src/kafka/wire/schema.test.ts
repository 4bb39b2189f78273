import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedError, Reader } from './reader.ts'
import {
  array,
  int32,
  nullableArray,
  nullableBytes,
  nullableString,
  string,
  struct,
  uuid,
  type Type,
} from './schema.ts'
import { Writer } from './writer.ts'

function bytesOf<T>(type: Type<T>, value: T): Buffer {
  const writer = new Writer()
  type.write(writer, value)
  const { size } = writer
  const bytes = Buffer.concat(writer.finish())
  expect(bytes.length).toBe(size)
  return bytes
}

function written(write: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  write(writer)
  return Buffer.concat(writer.finish())
}

describe('varints', () => {
  // Protocol buffers' published examples: 300 is ac 02; zigzag maps -1 to 1, 2147483647 to 4294967294.
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [0xffffffff, 'ffffffff0f'],
  ])('unsigned %d', (value, hex) => {
    expect(written((writer) => { writer.unsignedVarint(value) }).toString('hex')).toBe(hex) // prettier-ignore
    expect(new Reader(Buffer.from(hex, 'hex')).unsignedVarint()).toBe(value)
  })

  it.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [-64, '7f'],
    [64, '8001'],
    [2147483647, 'feffffff0f'],
    [-2147483648, 'ffffffff0f'],
  ])('zigzag %d', (value, hex) => {
    expect(written((writer) => { writer.varint(value) }).toString('hex')).toBe(hex) // prettier-ignore
    expect(written((writer) => { writer.varlong(BigInt(value)) }).toString('hex')).toBe(hex) // prettier-ignore
    expect(new Reader(Buffer.from(hex, 'hex')).varint()).toBe(value)
    expect(new Reader(Buffer.from(hex, 'hex')).varlong()).toBe(BigInt(value))
  })

  it('of 64 bits, from end to end', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(new Reader(written((writer) => { writer.varlong(value) })).varlong()).toBe(value) // prettier-ignore
      }),
    )
  })

  it('of more than 64 bits are cut to what fits, as Java does', () => {
    expect(new Reader(Buffer.from(`${'ff'.repeat(9)}7f`, 'hex')).varlong()).toBe(-(2n ** 63n))
  })

  it('that do not end are refused', () => {
    expect(() => new Reader(Buffer.alloc(20, 0xff)).unsignedVarint()).toThrow(MalformedError)
    expect(() => new Reader(Buffer.alloc(20, 0xff)).varlong()).toThrow(MalformedError)
  })
})

describe('strings, arrays and ids', () => {
  it.each([
    ['null string', nullableString, null, '00'],
    ['empty string', nullableString, '', '01'],
    ['string beyond ASCII', nullableString, 'é', '03c3a9'],
    ['null array', nullableArray(int32), null, '00'],
    ['empty array', nullableArray(int32), [], '01'],
    ['array', nullableArray(int32), [7], '0200000007'],
    ['uuid', uuid, '000102030405060708090a0b0c0d0e0f', '000102030405060708090a0b0c0d0e0f'],
  ] as readonly [string, Type<unknown>, unknown, string][])('%s', (_, type, value, hex) => {
    expect(bytesOf(type, value).toString('hex')).toBe(hex)
    expect(type.read(new Reader(Buffer.from(hex, 'hex')))).toEqual(value)
  })

  it('refuses null where a value must be', () => {
    expect(() => string.read(new Reader(Buffer.from('00', 'hex')))).toThrow(MalformedError)
    expect(() => array(int32).read(new Reader(Buffer.from('00', 'hex')))).toThrow(MalformedError)
  })

  it('refuses an array longer than what is left before it allocates', () => {
    expect(() => array(int32).read(new Reader(Buffer.from('ffffffff0f00', 'hex')))).toThrow(
      /^an array of 4294967294 in 1 bytes/,
    )
  })
})

describe('tagged fields', () => {
  const partition = struct<{ id: typeof int32 }, { readonly epoch?: number }>(
    { id: int32 },
    { 3: { name: 'epoch', type: int32 } },
  )

  it('are read when known, and skipped when not', () => {
    const bytes = Buffer.from('00000001' + '02' + '0102abcd' + '030400000009', 'hex')
    expect(partition.read(new Reader(bytes))).toEqual({ id: 1, epoch: 9 })
  })

  it('are refused when they are longer than what is left, or end early', () => {
    expect(() => partition.read(new Reader(Buffer.from('00000001' + '01' + '0109abcd', 'hex')))).toThrow(MalformedError)
    expect(() => partition.read(new Reader(Buffer.from('00000001' + '01' + '03020000', 'hex')))).toThrow(MalformedError)
  })
})

describe('bodies of any size', () => {
  const body = struct({ name: nullableString, parts: array(struct({ id: int32, records: nullableBytes })) })

  it('come back as they were, with payloads below, at and above the size from which they are not copied', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom(511, 512, 513, 1023, 1024, 1025, 5000).map((length) => new Uint8Array(length).fill(length)),
    )
    const part = fc.record({ id: fc.integer(), records: fc.option(bytes.map((one) => Buffer.from(one))) })
    fc.assert(
      fc.property(fc.record({ name: fc.option(fc.string()), parts: fc.array(part) }), (value) => {
        const reader = new Reader(bytesOf(body, value))
        expect(body.read(reader)).toEqual(value)
        expect(reader.remaining).toBe(0)
      }),
    )
  })

  it('keep a large payload by reference', () => {
    const payload = Buffer.alloc(4096, 7)
    const writer = new Writer()
    nullableBytes.write(writer, payload)
    expect(writer.finish()).toContain(payload)
  })
})
