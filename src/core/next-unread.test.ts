import { describe, expect, it } from 'vitest'
import { ageOfUnread, nextUnread, type BatchTimes } from './next-unread.ts'

const batch = (from: bigint, count: number, fields: Partial<BatchTimes> = {}): BatchTimes => ({
  baseOffset: from,
  lastOffset: from + BigInt(count) - 1n,
  recordCount: count,
  baseTimestampMs: 1_000n,
  maxTimestampMs: 61_000n,
  isLogAppendTime: false,
  isControl: false,
  ...fields,
})
const unreadable = (): undefined => undefined
const never = (): never => {
  throw new Error('the header was enough')
}
const records = (...offsets: number[]) => () => offsets.map((one) => ({ offset: BigInt(one), timestampMs: BigInt(one) * 10n })) // prettier-ignore

describe('nextUnread', () => {
  it.each([
    ['the first of a batch, by its header', 10n, [batch(10n, 3)], never, { timestampMs: 1_000n, method: 'exact' }],
    ['a gap before the batch', 7n, [batch(10n, 3)], never, { timestampMs: 1_000n, method: 'approx' }],
    ['in the middle, by its record', 11n, [batch(10n, 3)], records(10, 11, 12), { timestampMs: 110n, method: 'exact' }],
    ['compacted away, by the next record', 11n, [batch(10n, 3, { recordCount: 2 })], records(10, 12), { timestampMs: 120n, method: 'approx' }], // prettier-ignore
    ['the first was compacted away', 10n, [batch(10n, 3, { recordCount: 2 })], records(11, 12), { timestampMs: 110n, method: 'approx' }], // prettier-ignore
    ['unreadable and long: the oldest that it can be', 11n, [batch(10n, 3)], unreadable, { timestampMs: 1_000n, method: 'est' }], // prettier-ignore
    ['unreadable, and a burst', 11n, [batch(10n, 3, { maxTimestampMs: 1_900n })], unreadable, { timestampMs: 1_000n, method: 'approx' }], // prettier-ignore
    ['a marker first', 10n, [batch(10n, 1, { isControl: true }), batch(11n, 1)], never, { timestampMs: 1_000n, method: 'approx' }], // prettier-ignore
    ['batches before the offset', 20n, [batch(10n, 3), batch(20n, 1, { baseTimestampMs: 5n })], never, { timestampMs: 5n, method: 'exact' }], // prettier-ignore
    ['nothing left in the batch', 12n, [batch(10n, 3, { recordCount: 1 }), batch(13n, 1, { baseTimestampMs: 5n })], records(10), { timestampMs: 5n, method: 'approx' }], // prettier-ignore
  ] as const)('%s', (_case, offset, batches, timesOf, expected) => {
    expect(nextUnread<BatchTimes>(offset, batches, timesOf)).toEqual({ ...expected, isLogAppendTime: false })
  })

  it('takes the append time of the batch, and says so', () => {
    expect(nextUnread(11n, [batch(10n, 3, { isLogAppendTime: true })], never)).toEqual({
      timestampMs: 61_000n,
      method: 'exact',
      isLogAppendTime: true,
    })
  })

  it.each([
    ['no batches', []],
    ['markers only', [batch(10n, 1, { isControl: true })]],
    ['emptied batches only', [batch(10n, 3, { recordCount: 0 })]],
  ])('finds none in %s', (_case, batches) => {
    expect(nextUnread(10n, batches, unreadable)).toBe('none')
  })

  it('is unknown of a record without a time', () => {
    expect(nextUnread(10n, [batch(10n, 1, { baseTimestampMs: -1n })], unreadable)).toBeUndefined()
  })
})

it('flags times of the future, and never counts below zero', () => {
  const at = (timestampMs: bigint): ReturnType<typeof ageOfUnread> =>
    ageOfUnread({ timestampMs, method: 'exact', isLogAppendTime: false }, new Date(5_000))
  expect(at(2_000n)).toEqual({ lagMs: 3_000, isFuture: false })
  expect(at(5_000n)).toEqual({ lagMs: 0, isFuture: false })
  expect(at(5_001n)).toEqual({ lagMs: 0, isFuture: true })
  expect(ageOfUnread('none', new Date(5_000))).toEqual({ lagMs: 0, isFuture: false })
})
