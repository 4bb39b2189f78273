import { InvalidArgumentError } from 'commander'
import { describe, expect, it } from 'vitest'
import * as args from './args.ts'

const cases: readonly {
  readonly parse: (text: string) => unknown
  readonly good: readonly (readonly [string, unknown])[]
  readonly bad: readonly string[]
}[] = [
  {
    parse: args.durationMs,
    good: [
      ['30s', 30_000],
      ['0s', 0],
      ['1.5m', 90_000],
    ],
    bad: ['', '30', '-1s', '1 s', 'NaN', '1e3s', '5w'],
  },
  { parse: args.positiveDurationMs, good: [['1ms', 1]], bad: ['0s', '0.0001ms', '5'] },
  {
    parse: args.count,
    good: [
      ['0', 0n],
      ['9223372036854775807', 9223372036854775807n],
    ],
    bad: ['', '-1', '1.0', '1e3', '0x1', ' 1', '12345678901234567890'],
  },
  { parse: args.positiveInteger, good: [['1', 1]], bad: ['0', '-1', '01', '1.5', 'x', '9999999999'] },
  { parse: args.clusterName, good: [['us-east.1_a', 'us-east.1_a']], bad: ['', 'East', '-a', 'a b', '../a'] },
  { parse: args.linkName, good: [['east-west', 'east-west']], bad: ['east', 'East-West', '-east', ''] },
  {
    parse: args.topicName,
    good: [
      ['Orders.v1_x-y', 'Orders.v1_x-y'],
      ['a'.repeat(249), 'a'.repeat(249)],
    ],
    bad: ['', '.', '..', 'a b', 'a/b', 'ä', 'a'.repeat(250)],
  },
  {
    parse: args.groupGlob,
    good: [
      ['any thing', 'any thing'],
      ['orders-*', 'orders-*'],
    ],
    bad: [''],
  },
  {
    parse: args.outputFormat,
    good: [
      ['table', 'table'],
      ['json', 'json'],
      ['yaml', 'yaml'],
      ['tsv', 'tsv'],
    ],
    bad: ['', 'JSON', 'xml'],
  },
]

describe.each(cases.map((each) => ({ name: each.parse.name, ...each })))('$name', ({ parse, good, bad }) => {
  it.each(good)('%s is good', (text, value) => {
    expect(parse(text)).toBe(value)
  })
  it.each(bad)('%j is refused', (text) => {
    expect(() => parse(text)).toThrow(InvalidArgumentError)
  })
})

it('collects the values of an option that is repeated', () => {
  const parse = args.collected(args.topicName)
  expect(parse('b', parse('a', undefined))).toEqual(['a', 'b'])
  expect(() => parse('a b', undefined)).toThrow(InvalidArgumentError)
})

it.each([
  [['none'], []],
  [
    ['app', 'orders-*'],
    ['app', 'orders-*'],
  ],
  // A group may be called so: beside another one it is one.
  [
    ['none', 'app'],
    ['none', 'app'],
  ],
])('--groups %j stands for %j', (globs, expected) => {
  expect(args.groupsOrNone(globs)).toEqual(expected)
})
