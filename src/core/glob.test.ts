import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matcherFromGlobs } from './glob.ts'

const isMatch = (glob: string, name: string): boolean => matcherFromGlobs([glob])(name)

describe('matcherFromGlobs', () => {
  it.each([
    ['orders-*', 'orders-eu', true],
    ['orders-*', 'orders-', true],
    ['orders-*', 'my-orders-eu', false],
    ['*', '', true],
    ['*', 'a\nb', true],
    ['**', 'abc', true],
    ['?', 'a', true],
    ['?', '\u{1F642}', true],
    ['?', '\n', true],
    ['?', '', false],
    ['?', 'ab', false],
    ['a?c', 'abc', true],
    ['a?c', 'a?c', true],
    ['a*c', 'abcbc', true],
    ['a*bc', 'abcbc', true],
    ['a*bd', 'abcbc', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['', '', true],
    ['', 'a', false],
  ])('%j on %j: %s', (glob, name, expected) => {
    expect(isMatch(glob, name)).toBe(expected)
  })

  it('matches what any of the globs matches, and nothing when there is none', () => {
    const matches = matcherFromGlobs(['a*', 'b'])
    expect(['a1', 'b', 'b1'].map(matches)).toEqual([true, true, false])
    expect(matcherFromGlobs([])('a')).toBe(false)
  })

  const anything = fc.string({ unit: 'binary' })
  const literal = anything.map((text) => text.replace(/[*?]/g, ''))

  it('takes a name without stars and question marks for itself and for nothing else', () => {
    fc.assert(
      fc.property(literal, anything, (name, other) => {
        expect(isMatch(name, name)).toBe(true)
        expect(isMatch(name, other)).toBe(name === other)
      }),
    )
  })

  it('finds any text between the literal parts', () => {
    fc.assert(
      fc.property(fc.array(literal, { minLength: 1, maxLength: 5 }), fc.array(anything), (parts, between) => {
        const name = parts.map((part, index) => (index === 0 ? part : (between[index] ?? '') + part)).join('')
        expect(isMatch(parts.join('*'), name)).toBe(true)
      }),
    )
  })

  it('takes no longer over a pattern of many stars', () => {
    const started = performance.now()
    expect(isMatch(`${'*a'.repeat(100)}*b`, 'a'.repeat(5_000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
