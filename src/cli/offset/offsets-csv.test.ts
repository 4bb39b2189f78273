import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { offset } from '../../core/offset.ts'
import { csvOfOffsets, type ExportedOffset, isOneName, offsetsOfCsv } from './offsets-csv.ts'

const one = (group: string, topic: string, partition: number, at: bigint): ExportedOffset => ({ group, topic, partition, offset: offset(at), metadata: '' }) // prettier-ignore
const someOffset = fc.record({
  group: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a,b', '"', '""', ' a ', 'a"b', '\n', '\r', '\r\n', 'a\nb', '\ufeff'),
  ),
  topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/),
  partition: fc.integer({ min: 0, max: 999_999_999 }),
  offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(offset),
  metadata: fc.constant(''),
})

describe('offsets as CSV', () => {
  it('are read as they were written, whatever the names of the groups', () => {
    fc.assert(
      fc.property(fc.array(someOffset), (offsets) => {
        expect(offsetsOfCsv(csvOfOffsets(offsets, { hasGroup: true }), undefined)).toEqual(offsets)
      }),
    )
  })

  it('of one group are read as they were written, with its name from elsewhere', () => {
    const offsets = [one('a,"b"', 'orders', 0, 5n), one('a,"b"', 'orders', 11, 0n)]
    const text = csvOfOffsets(offsets, { hasGroup: false })
    expect(text).toBe('orders,0,5\norders,11,0\n')
    expect(offsetsOfCsv(text, 'a,"b"')).toEqual(offsets)
    expect(offsetsOfCsv(text, undefined)).toBe('line 1: it names no group; say which with --group')
  })

  it('stand in quotes only where they have to', () => {
    const offsets = [one('plain-group', 't', 0, 1n), one('a,b', 't', 1, 2n), one('say "x"', 't', 2, 3n)]
    expect(csvOfOffsets(offsets, { hasGroup: true })).toBe('plain-group,t,0,1\n"a,b",t,1,2\n"say ""x""",t,2,3\n')
  })

  it("are read as Kafka's tool writes them, and with what a spreadsheet makes of them", () => {
    const offsets = [one('a long name of a group, with words', 'orders', 0, 5n), one('billing', 'orders', 1, 6n)]
    const text = '"a long name of a group, with words","orders",0,5\r\n\r\n billing , orders,1, "6"\r\n'
    expect(offsetsOfCsv(text, undefined)).toEqual(offsets)
    expect(offsetsOfCsv('', undefined)).toEqual([])
    // A line names its group itself, whichever is meant.
    expect(offsetsOfCsv('a,t,0,1', 'b')).toEqual([one('a', 't', 0, 1n)])
  })

  it("have a name as it is that ends with a space which Kafka's tool writes without quotes", () => {
    for (const name of ['no-break\u00a0', '\u2028line', '\u3000wide', 'mark\ufeff']) {
      expect(offsetsOfCsv(`g,t,0,1\n${name},t,0,1\n`, undefined)).toEqual([one('g', 't', 0, 1n), one(name, 't', 0, 1n)])
    }
  })

  it.each([
    ['g,t,0,1\ng,t,1\n', 'line 2: it names no group; say which with --group'],
    ['g,t,0,1\n\ng,t,x,1\n', 'line 3: "x" is no partition'],
    ['g,t,-1,1', 'line 1: "-1" is no partition'],
    ['g,t,0,-1', 'line 1: "-1" is no offset'],
    ['g,t,0,1.5', 'line 1: "1.5" is no offset'],
    ['g,t,0,', 'line 1: "" is no offset'],
    ['g,t,0,9223372036854775808', 'line 1: "9223372036854775808" is no offset'],
    ['g,,0,1', 'line 1: no topic'],
    ['g,t', 'line 1: expected group,topic,partition,offset'],
    ['g,t,0,1,2', 'line 1: expected group,topic,partition,offset'],
    ['"g,t,0,1', 'line 1: expected group,topic,partition,offset'],
    ['g,t,0,1\n"a"b,t,0,1', 'line 2: expected group,topic,partition,offset'],
    ['"a\nb",t,0,1\ng,t,0,x', 'line 3: "x" is no offset'],
    ['GROUP,TOPIC,PARTITION,OFFSET\ng,t,0,1', 'line 1: "PARTITION" is no partition'],
  ])('%j: %s', (text, wrong) => {
    expect(offsetsOfCsv(text, undefined)).toBe(wrong)
  })

  it('reading takes a time that grows with the length only, whatever stands there', () => {
    expect(offsetsOfCsv(`${' '.repeat(50_000)}x"`, undefined)).toBe('line 1: expected group,topic,partition,offset')
  })
})

describe('isOneName', () => {
  it.each([
    [['billing'], true],
    [['a', 'b'], false],
    [['orders-*'], false],
    [['order?'], false],
    [[], false],
  ] as const)('%j: %s', (groups, expected) => {
    expect(isOneName(groups)).toBe(expected)
  })
})
