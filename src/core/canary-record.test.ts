import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesFromCanary, canaryFromBytes } from './canary-record.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('canary record', () => {
  it('comes back as it was written', () => {
    const word = fc.stringMatching(/^[a-z0-9-]{1,64}$/)
    const whole = fc.nat({ max: 999_999_999_999_999 })
    fc.assert(
      fc.property(word, whole, whole, whole, (runId, partition, seq, scheduledWallMs) => {
        const record = { runId, partition, seq, scheduledWallMs }
        expect(canaryFromBytes(bytesFromCanary(record))).toEqual(record)
      }),
    )
  })

  const good = '{"georep":"canary/1","run":"r1","partition":0,"seq":7,"scheduled":1700000000000}'

  it('is readable JSON', () => {
    expect(bytes(good)).toEqual(
      bytesFromCanary({ runId: 'r1', partition: 0, seq: 7, scheduledWallMs: 1_700_000_000_000 }),
    )
    expect(canaryFromBytes(bytes(good))).toBeDefined()
  })

  it.each([
    ['nothing', ''],
    ['another version', good.replace('canary/1', 'canary/2')],
    ['a space', good.replace(':', ': ')],
    ['a trailing newline', `${good}\n`],
    ['a leading zero', good.replace('"seq":7', '"seq":07')],
    ['a negative sequence', good.replace('"seq":7', '"seq":-7')],
    ['a fraction', good.replace('"seq":7', '"seq":7.5')],
    ['a sequence beyond exact numbers', good.replace('"seq":7', '"seq":9999999999999999')],
    ['an additional field', good.replace('}', ',"x":1}')],
    ['a run id with other letters', good.replace('r1', 'R1')],
    ['a byte that is no UTF-8', good.replace('r1', '\u00ff')],
    ['too much', good.replace('r1', 'r'.repeat(300))],
  ])('refuses %s', (_what, text) => {
    expect(canaryFromBytes(bytes(text))).toBeUndefined()
  })

  it('refuses a tombstone', () => {
    expect(canaryFromBytes(null)).toBeUndefined()
  })

  it('does not write what it would not read', () => {
    expect(() => bytesFromCanary({ runId: 'a"b', partition: 0, seq: 0, scheduledWallMs: 0 })).toThrow(RangeError)
    expect(() => bytesFromCanary({ runId: 'a', partition: 0, seq: 0, scheduledWallMs: 0.5 })).toThrow(RangeError)
  })
})
