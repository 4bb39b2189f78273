import { describe, expect, it } from 'vitest'
import {
  betterOf,
  doubtOf,
  doubtTexts,
  type Loss,
  lossBlocker,
  lossIfDoubted,
  lossOf,
  lossSentence,
  partedLoss,
  totalLoss,
} from './loss.ts'
import { offset } from './offset.ts'

const exact = (records: bigint): Loss => ({ kind: 'exact', records })
const atLeast = (records: bigint): Loss => ({ kind: 'atLeast', records })
const atMost = (records: bigint) => ({ kind: 'atMost', records }) as const
const unknown: Loss = { kind: 'unknown' }

describe('lossOf', () => {
  it.each([
    ['the source is ahead', { offset: 10n, isCurrent: true }, 7n, exact(3n)],
    ['nothing is missing', { offset: 10n, isCurrent: true }, 10n, exact(0n)],
    ['the mirror was read later and is ahead', { offset: 10n, isCurrent: true }, 12n, exact(0n)],
    ['the source was seen a while ago', { offset: 10n, isCurrent: false }, 7n, atLeast(3n)],
    ['all that was seen of the source is there', { offset: 10n, isCurrent: false }, 10n, atLeast(0n)],
    ['the source was never seen', undefined, 7n, unknown],
    ['the mirror could not be read', { offset: 10n, isCurrent: true }, undefined, unknown],
    ['neither is known', undefined, undefined, unknown],
  ] as const)('%s', (_, source, mirror, loss) => {
    expect(lossOf(source, mirror)).toStrictEqual(loss)
  })

  it('keeps why an end could not be read, where the loss is not exact', () => {
    expect(lossOf(undefined, 7n, 'denied')).toStrictEqual({ kind: 'unknown', why: 'denied' })
    expect(lossOf({ offset: 10n, isCurrent: false }, 7n, 'denied')).toStrictEqual({
      kind: 'atLeast',
      records: 3n,
      why: 'denied',
    })
  })
})

describe('doubtOf', () => {
  const [seven, ten] = [offset(7n), offset(10n)]
  it.each([
    ['both end alike', { offset: ten, isCurrent: true }, ten, undefined],
    ['the source is ahead', { offset: ten, isCurrent: true }, seven, undefined],
    ['the mirror is ahead', { offset: seven, isCurrent: true }, ten, 'AHEAD'],
    ['the mirror may have gone on since', { offset: seven, isCurrent: false }, ten, undefined],
    ['the source was never seen', undefined, ten, undefined],
    ['the mirror could not be read', { offset: seven, isCurrent: true }, undefined, undefined],
  ] as const)('%s', (_, sourceEnd, mirrorEnd, doubt) => {
    expect(doubtOf(sourceEnd, mirrorEnd, { hasFailed: false })).toBe(doubt)
    expect(doubtOf(sourceEnd, mirrorEnd, { hasFailed: true })).toBe('FAILED')
  })
})

describe('lossIfDoubted', () => {
  it.each([
    [exact(3n), atLeast(3n)],
    [atLeast(3n), atLeast(3n)],
    [unknown, unknown],
  ])('%o', (loss, least) => {
    expect(lossIfDoubted(loss, 'AHEAD')).toStrictEqual(least)
    expect(lossIfDoubted(loss, undefined)).toBe(loss)
  })

  it.each([
    [exact(3n), atMost(3n)],
    // What is written down is never more than what is there.
    [exact(0n), exact(0n)],
    [atLeast(3n), unknown],
    [{ ...atLeast(3n), why: 'denied' } as Loss, { ...unknown, why: 'denied' }],
    [unknown, unknown],
  ])('%o of what is written down late', (loss, most) => {
    expect(lossIfDoubted(loss, 'LATE')).toStrictEqual(most)
  })
})

describe('totalLoss', () => {
  it.each([
    ['of nothing', [], exact(0n)],
    ['of exact parts', [exact(1n), exact(2n)], exact(3n)],
    ['with a lower bound in it', [exact(1n), atLeast(2n)], atLeast(3n)],
    ['with an upper bound in it', [exact(1n), atMost(2n)], atMost(3n)],
    ['with an upper and a lower bound in it', [exact(1n), atMost(2n), atLeast(4n)], atLeast(5n)],
    ['with an upper bound and an unknown in it', [atMost(2n), unknown], unknown],
    ['with an unknown in it', [exact(1n), unknown, atLeast(2n)], unknown],
    [
      'with an unknown that has a reason',
      [exact(1n), unknown, { ...unknown, why: 'denied' }],
      { ...unknown, why: 'denied' },
    ],
    [
      'with a lower bound that has a reason',
      [exact(1n), { kind: 'atLeast', records: 2n, why: 'denied' }],
      { kind: 'atLeast', records: 3n, why: 'denied' },
    ],
  ] as const)('%s', (_, parts, total) => {
    expect(totalLoss(parts)).toStrictEqual(total)
  })
})

describe('lossBlocker', () => {
  it.each([
    [exact(5n), 5n, undefined],
    [exact(6n), 5n, '6 records would be lost'],
    [exact(0n), 0n, undefined],
    [atMost(5n), 5n, undefined],
    [atMost(6n), 5n, `up to 6 records would be lost, how many is not known: ${doubtTexts.LATE}`],
    // What is only a lower bound respects no limit: there may be more.
    [atLeast(0n), 5n, 'at least 0 records would be lost, how many more is not known'],
    [atLeast(6n), 5n, 'at least 6 records would be lost, how many more is not known'],
    [unknown, 5n, 'how many records would be lost is not known'],
    [{ ...unknown, why: 'denied' }, 5n, 'how many records would be lost is not known: denied'],
  ] as const)('%o under a limit of %s', (loss, limit, blocker) => {
    expect(lossBlocker(loss, limit)).toBe(blocker)
  })
})

describe('two looks at one loss', () => {
  it.each<[Loss, Loss, Loss]>([
    [atLeast(3n), atLeast(5n), atLeast(5n)],
    [atLeast(5n), atLeast(3n), atLeast(5n)],
    [{ kind: 'unknown' }, atLeast(0n), atLeast(0n)],
    [atLeast(2n), { kind: 'unknown' }, atLeast(2n)],
    [{ kind: 'exact', records: 2n }, atLeast(7n), { kind: 'exact', records: 2n }],
    [{ kind: 'unknown' }, { kind: 'unknown' }, { kind: 'unknown' }],
  ])('%o and %o', (a, b, both) => {
    expect(betterOf(a, b)).toEqual(both)
  })
})

it.each([
  [exact(0n), '0 records'],
  [exact(1n), '1 record'],
  [atMost(7n), 'up to 7 records'],
  [atLeast(7n), 'at least 7 records'],
  // Says nothing, and reads as if nothing were lost.
  [atLeast(0n), 'an unknown number of records'],
  [unknown, 'an unknown number of records'],
])('in a sentence %o is %s', (loss, text) => {
  expect(lossSentence(loss)).toBe(text)
})

describe('partedLoss', () => {
  it.each([
    ['nothing was taken', exact(90n), 0n, exact(90n), exact(0n)],
    ['the log begins before the mirror ends', exact(90n), -10n, exact(90n), exact(0n)],
    ['some of it', exact(90n), 40n, exact(50n), exact(40n)],
    ['all of it', exact(90n), 90n, exact(0n), exact(90n)],
    ['of a bound from below', atLeast(90n), 40n, atLeast(50n), atLeast(40n)],
    ['of a bound from above', atMost(90n), 40n, atMost(50n), atMost(40n)],
    ['all of a bound from above', atMost(90n), 90n, exact(0n), atMost(90n)],
    ['of what is not known', unknown, 40n, unknown, exact(0n)],
  ])('%s', (_, loss, taken, there, already) => {
    expect(partedLoss(loss, taken)).toEqual({ there, already })
  })
})
