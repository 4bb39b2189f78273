import { expect, it } from 'vitest'
import { parseJavaProperties } from './java-properties.ts'

const parsed = (text: string): object =>
  Object.fromEntries([...parseJavaProperties(text)].map(([key, { value }]) => [key, value]))

// What java.util.Properties.load makes of the same text.
it.each<[string, object]>([
  ['', {}],
  ['a=1', { a: '1' }],
  ['a = 1 ', { a: '1 ' }],
  ['a:1', { a: '1' }],
  ['a 1', { a: '1' }],
  ['a\t:\t1', { a: '1' }],
  ['a==1', { a: '=1' }],
  ['a', { a: '' }],
  ['a=', { a: '' }],
  ['  # comment\n! another\n\na=1', { a: '1' }],
  ['# comment \\\na=1', { a: '1' }],
  ['a=1#2', { a: '1#2' }],
  ['a=1\\\n   2\\\r\n\t3\nb=4', { a: '123', b: '4' }],
  ['a=1\\\\\nb=2', { a: '1\\', b: '2' }],
  ['a=1\\', { a: '1' }],
  ['a\\=b\\:c\\ d=1', { 'a=b:c d': '1' }],
  ['a=\\t\\n\\r\\f\\q\\"', { a: '\t\n\r\fq"' }],
  ['a=\\u00e9\\u20AC', { a: '\u00e9\u20ac' }],
  ['a=1\na=2', { a: '2' }],
  ['=1', { '': '1' }],
])('%j', (text, expected) => {
  expect(parsed(text)).toEqual(expected)
})

it('a \\u without its digits is an error with its line', () => {
  expect(() => parseJavaProperties('a=1\nb=\\u12')).toThrow(expect.objectContaining({ line: 2 }))
})
