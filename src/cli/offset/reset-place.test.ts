import { InvalidArgumentError } from 'commander'
import { describe, expect, it } from 'vitest'
import { resetPlace } from './reset-place.ts'

const at = (text: string): unknown => ({ kind: 'time', at: new Date(text) })

describe('resetPlace', () => {
  it.each<readonly [string, unknown]>([
    ['earliest', { kind: 'earliest' }],
    ['latest', { kind: 'latest' }],
    ['0', { kind: 'offset', offset: 0n }],
    ['9223372036854775807', { kind: 'offset', offset: 2n ** 63n - 1n }],
    ['2026-11-26T05:00:00Z', at('2026-11-26T05:00:00.000Z')],
    ['2026-11-26T05:00Z', at('2026-11-26T05:00:00.000Z')],
    ['2026-11-26T05:00:00.5+01:00', at('2026-11-26T04:00:00.500Z')],
    ['2026-11-26T00:30-01:00', at('2026-11-26T01:30:00.000Z')],
    ['2028-02-29T00:00Z', at('2028-02-29T00:00:00.000Z')],
    ['group:billing', { kind: 'group', group: 'billing' }],
    ['group:latest', { kind: 'group', group: 'latest' }],
    ['group:group:a b', { kind: 'group', group: 'group:a b' }],
  ])('%s', (text, place) => {
    expect(resetPlace(text)).toEqual(place)
  })

  it.each([
    '',
    'Earliest',
    'group:',
    '-1',
    '1.5',
    '0x10',
    '9223372036854775808',
    '99999999999999999999',
    // Another instant on every machine.
    '2026-11-26T05:00:00',
    '2026-11-26',
    '2026-11-26 05:00:00Z',
    '2026-13-01T00:00Z',
    '2026-11-26T25:00Z',
    // Not the third of March, nor the first.
    '2026-02-31T00:00Z',
    '2026-02-29T00:00:00+01:00',
    'yesterday',
  ])('"%s" is no place', (text) => {
    expect(() => resetPlace(text)).toThrow(InvalidArgumentError)
  })
})
