import { expect, it } from 'vitest'
import { parseJaas } from './jaas.ts'

it.each<[string, string, object]>([
  ['a.b.PlainLoginModule required username="u" password="p";', 'PlainLoginModule', { username: 'u', password: 'p' }],
  [
    "ScramLoginModule REQUIRED\n username=u password='p;=\"' ;",
    'ScramLoginModule',
    { username: 'u', password: 'p;="' },
  ],
  ['M required a="x\\"y\\\\z" // end\n /* more */ b="";', 'M', { a: 'x"y\\z', b: '' }],
  ['M required;', 'M', {}],
])('%j', (text, module, options) => {
  const found = parseJaas(text)
  expect(found?.module).toBe(module)
  expect(Object.fromEntries(found?.options ?? [])).toEqual(options)
})

it.each(['', 'M', 'M required', 'M maybe a=b;', 'M required a;', 'M required a=;', 'M required a="b;', 'M required a=b; N required;'])(
  '%j is none',
  (text) => {
    expect(parseJaas(text)).toBeUndefined()
  },
) // prettier-ignore
