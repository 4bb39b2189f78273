import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { documentText } from './document.ts'

const mirrors = [
  { topic: 'orders', lag: { records: 12n }, runner: null, groups: ['a', 'b'] },
  { topic: 'pay\tments\\\n', lag: { records: null }, runner: { host: 'h' }, groups: [] },
]

describe('documentText', () => {
  it('gives the same document as json and as yaml, offsets as text', () => {
    const data = {
      end: 9007199254740993n,
      none: null,
      no: 'no',
      at: '2026-01-02T03:04:05.000Z',
      port: '12:30',
      mirrors,
    }
    const json: unknown = JSON.parse(documentText('json', 'georep.test/1', data))
    for (const version of ['1.1', '1.2'] as const) {
      expect(parse(documentText('yaml', 'georep.test/1', data), { version })).toEqual(json)
    }
    expect(json).toMatchObject({ schema: 'georep.test/1', data: { end: '9007199254740993', no: 'no' } })
  })

  it.each(['json', 'yaml', 'tsv'] as const)(
    'escapes in %s what a terminal would obey, in values and names',
    (format) => {
      const text = documentText(format, 'georep.test/1', { a: '\u001b[2J\u009b\u202e', ['\u009b']: 1 })
      expect(text).not.toMatch(/[\u001b\u007f-\u009f\u202a-\u202e]/)
      if (format === 'yaml') {
        expect(parse(text)).toEqual({ schema: 'georep.test/1', data: { a: '\u001b[2J\u009b\u202e', '\u009b': 1 } })
      }
    },
  )

  it('gives the list of a document as tsv, a row an entry, nested fields as columns', () => {
    expect(documentText('tsv', 'georep.mirrors/1', { unasked: [], mirrors })).toBe(
      ['topic\tlag.records\trunner.host\tgroups', 'orders\t12\t\t["a","b"]', 'pay\\tments\\\\\\n\t\th\t[]', ''].join(
        '\n',
      ),
    )
  })

  it('gives the columns of tsv in one order, whichever row has null for an object', () => {
    const stopped = { topic: 'a', lag: null, seen: { at: 'now' } }
    const active = { topic: 'b', lag: { kind: 'exact', of: { records: 1n } }, seen: { at: 'now' } }
    const header = 'topic\tlag.kind\tlag.of.records\tseen.at\n'
    const [a, b] = ['a\t\t\tnow\n', 'b\texact\t1\tnow\n']
    expect(documentText('tsv', 'georep.mirrors/1', { mirrors: [stopped, active] })).toBe(`${header}${a}${b}`)
    expect(documentText('tsv', 'georep.mirrors/1', { mirrors: [active, stopped] })).toBe(`${header}${b}${a}`)
  })

  it('gives both lists of lag as tsv, each row with its kind, and columns that one of them has alone', () => {
    const partitions = [{ link: 'east-west', topic: 'orders', lag: 3n }]
    const groups = [{ link: 'east-west', group: 'app', topic: 'orders', lag: 1n }]
    expect(documentText('tsv', 'georep.lag/1', { partitions, groups, sourceEndIs: 'a', groupEndIs: 'b' })).toBe(
      'kind\tlink\ttopic\tlag\tendIs\tgroup\nmirror\teast-west\torders\t3\ta\t\ngroup\teast-west\torders\t1\tb\tapp\n',
    )
    expect(documentText('tsv', 'georep.lag/1', { partitions, groups: null, sourceEndIs: 'a' })).toBe('kind\tlink\ttopic\tlag\tendIs\nmirror\teast-west\torders\t3\ta\n') // prettier-ignore
  })

  it('gives what has come of it as tsv, and what is planned before', () => {
    const results = [{ topic: 'orders', outcome: 'applied' }]
    expect(documentText('tsv', 'georep.mirror-failover/1', { mirrors, results })).toBe('topic\toutcome\norders\tapplied\n') // prettier-ignore
    expect(documentText('tsv', 'georep.mirror-failover/1', { mirrors: [{ topic: 'orders' }] })).toBe('topic\norders\n')
    expect(documentText('tsv', 'georep.mirror-promote/1', { mirrors: [{ topic: 'orders' }], results: null })).toBe('topic\norders\n') // prettier-ignore
  })

  it('gives a document without a list as tsv, a line a field', () => {
    expect(documentText('tsv', 'georep.link/1', { link: 'east-west', source: { name: 'east' }, mirrors: [] })).toBe(
      'field\tvalue\nlink\teast-west\nsource.name\teast\nmirrors\t[]\n',
    )
  })

  it('is empty as tsv where the list is', () => {
    expect(documentText('tsv', 'georep.mirrors/1', { mirrors: [] })).toBe('')
  })
})
