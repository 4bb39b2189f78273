import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c, crc32cDelta } from './crc32c.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('crc32c', () => {
  // The check value of the CRC catalogue, and RFC 3720 appendix B.4, whose bytes are printed lowest first.
  it.each([
    ['nothing', Buffer.alloc(0), 0],
    ['"123456789"', Buffer.from('123456789'), 0xe3069283],
    ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 incrementing bytes', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
    ['32 decrementing bytes', Buffer.from(Array.from({ length: 32 }, (_, n) => 31 - n)), 0x113fdb5c],
    [
      'an iSCSI read command',
      hex(
        '01c00000 00000000 00000000 00000000 14000000 00000400 00000014 00000018 28000000 00000000 02000000 00000000',
      ),
      0xd9963a56,
    ],
  ])('of %s', (_, bytes, expected) => {
    expect(crc32c(bytes).toString(16)).toBe(expected.toString(16))
  })
})

describe('crc32cDelta', () => {
  it('turns the CRC before a change into the CRC after it, wherever the change is', () => {
    const change = fc.record({
      before: fc.uint8Array({ maxLength: 50 }),
      old: fc.uint8Array({ minLength: 14, maxLength: 14 }),
      new: fc.uint8Array({ minLength: 14, maxLength: 14 }),
      after: fc.uint8Array({ maxLength: 3000 }),
    })
    fc.assert(
      fc.property(change, (given) => {
        const difference = given.old.map((byte, index) => byte ^ (given.new[index] as number))
        const was = crc32c(Buffer.concat([given.before, given.old, given.after]))
        const is = crc32c(Buffer.concat([given.before, given.new, given.after]))
        expect((was ^ crc32cDelta(difference, given.after.length)) >>> 0).toBe(is)
      }),
    )
  })

  it.each([0, 1, 2, 255, 256, 65_535, 65_536, 1_048_576, 16_777_215])('with %d bytes after the change', (length) => {
    const message = Buffer.alloc(1 + length)
    const was = crc32c(message)
    message[0] = 0xa5
    expect((was ^ crc32cDelta(Buffer.from([0xa5]), length)) >>> 0).toBe(crc32c(message))
  })

  it('is nothing when nothing changes', () => {
    expect(crc32cDelta(Buffer.alloc(14), 12_345)).toBe(0)
  })
})
