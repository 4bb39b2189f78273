import { expect, it } from 'vitest'
import { isCopiedAgain } from './copied-again.ts'
import type { SeenRecord } from './fingerprint.ts'

const records = (names: string, from = 0, isLogAppendTime = false): readonly SeenRecord[] =>
  Array.from(names).flatMap((hash, at) => (hash === ' ' ? [] : [{ hash, offset: BigInt(from + at), timestampMs: isLogAppendTime ? BigInt(at) : 1n, isLogAppendTime }])) // prettier-ignore

// A letter is a record, a space an offset without one. The stretch begins with a sync of the source's first record; the last sync is of `up`.
it.each([
  ['all of it is behind the last sync', { source: 'abcdefgh', stretch: 'abcd', behind: 'cdefgh', up: 2 }, true],
  ['all of it is before the last sync', { source: 'abcdefgh', stretch: 'abc', behind: '', up: 3 }, true],
  ['nothing is in it', { source: 'abcdefgh', stretch: '  ', behind: '', up: 1 }, true],
  ['the worker has come to its last record', { source: 'abcdefgh', stretch: 'abcd', behind: 'bcd', up: 1 }, true],
  ['the worker has not come to its last record', { source: 'abcdefgh', stretch: 'abcd', behind: 'bc', up: 1 }, false],
  ['offsets without a record lie between', { source: 'ab c d e', stretch: 'a bc', behind: 'b  c', up: 1 }, true],
  ['a record of it is gone from the source', { source: 'ab defgh', stretch: 'abcd', behind: 'bdefgh', up: 1 }, false],
  ['one is alike that may be the one, and is not copied', { source: 'abcdefcx', stretch: 'abc', behind: 'bcdef', up: 1 }, false], // prettier-ignore
  // Behind the sync it went back once more, untold, to the first "x".
  ['the order breaks before its last record', { source: 'xbcdexg', stretch: 'bcdex', behind: 'bcx', up: 1 }, false],
  ['what is behind the last sync is of the source as it was', { source: 'abcd', stretch: 'abcd', behind: 'bxcd', up: 1 }, false], // prettier-ignore
] as const)('%s', (_, { source, stretch, behind, up }, isAgain) => {
  const of = (isLogAppendTime: boolean): Parameters<typeof isCopiedAgain>[0] => ({
    source: records(source),
    stretch: records(stretch, 50, isLogAppendTime),
    behind: records(behind, 70, isLogAppendTime),
    up: BigInt(up),
  })
  expect(isCopiedAgain(of(false))).toBe(isAgain)
  expect(isCopiedAgain(of(true))).toBe(isAgain)
})
