import { expect, it } from 'vitest'
import { printable, printableLines } from './printable.ts'

it.each([
  ['orders-1 é 日 😀', 'orders-1 é 日 😀'],
  ['\u001b[2J', '\\x1b[2J'],
  ['a\tb\nc', 'a\\x09b\\x0ac'],
  ['\u009b1m\u007f', '\\x9b1m\\x7f'],
  ['\u202egro\u2069\u200f', '\\u{202e}gro\\u{2069}\\u{200f}'],
  ['\ud83d', '\\u{d83d}'],
  ['\ude00x', '\\u{de00}x'],
  ['\uffff', '\\u{ffff}'],
])('%j', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

it('keeps the breaks between lines', () => {
  expect(printableLines('a\nb\u0007')).toEqual(['a', 'b\\x07'])
})
