import { expect, it } from 'vitest'
import { prometheusText } from './prometheus.ts'

const gauge = (value: number | bigint, labels: Record<string, string> = {}): string =>
  prometheusText([{ name: 'm', help: 'h', type: 'gauge', samples: [{ labels, value }] }]).split('\n')[2]!

it('writes families with their help, type and samples, and ends with a line break', () => {
  const text = prometheusText([
    {
      name: 'georep_a',
      help: 'First.\nWith a \\ and a "quote".',
      type: 'gauge',
      samples: [
        { labels: {}, value: 1 },
        { labels: { link: 'east-west', topic: 'a' }, value: 2.5 },
      ],
    },
    { name: 'georep_none', help: 'Nothing.', type: 'gauge', samples: [] },
    { name: 'georep_b_total', help: 'Second.', type: 'counter', samples: [{ labels: { x: '' }, value: 3 }] },
  ])
  expect(text).toBe(
    [
      '# HELP georep_a First.\\nWith a \\\\ and a "quote".',
      '# TYPE georep_a gauge',
      'georep_a 1',
      'georep_a{link="east-west",topic="a"} 2.5',
      '# HELP georep_b_total Second.',
      '# TYPE georep_b_total counter',
      'georep_b_total{x=""} 3',
      '',
    ].join('\n'),
  )
  expect(prometheusText([])).toBe('')
})

it.each([
  ['a\\b', 'a\\\\b'],
  ['a"b', 'a\\"b'],
  ['a\nb', 'a\\nb'],
  ['\\n', '\\\\n'],
  ['"} 1\nevil 2', '\\"} 1\\nevil 2'],
  ['é日', 'é日'],
])('escapes the label value %j', (value, written) => {
  expect(gauge(1, { l: value })).toBe(`m{l="${written}"} 1`)
})

it.each([
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [0.000_000_1, '1e-7'],
  [9_223_372_036_854_775_807n, '9223372036854775807'],
])('writes %s', (value, written) => {
  expect(gauge(value)).toBe(`m ${written}`)
})
