import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parsedXml } from '../../test/support/reports.ts'
import { element } from './markup.ts'

it('escapes text and attributes, and shows what no document may hold', () => {
  const text = '</svg><script>alert(1)</script> & "quoted" \'single\'\n\u0000\u001b[2J\ud800\u202e'
  const { markup } = element('p', { id: text }, text, 1.25, [element('b', {}, '<')])
  expect(markup).not.toMatch(/<script|<\/svg|[\u0000-\u0009\u001b\ud800\u202e]/)
  expect(markup).toContain('&lt;/svg&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot;')
  const { attributes, text: read } = parsedXml(markup)
  expect(read).toContain('</svg><script>alert(1)</script> & "quoted" \'single\'\\x0a\\x00\\x1b[2J\\u{d800}\\u{202e}')
  expect(attributes['id']).toBe(read.replace('1.3', ''))
})

/** Halves of characters, too. */
const anything = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes))

it('is well formed whatever the text is', () => {
  fc.assert(
    fc.property(anything, fc.string(), (text, value) => {
      const { children } = parsedXml(element('a', { b: value }, element('c', {}, text)).markup)
      expect(children).toHaveLength(1)
    }),
  )
})

it('closes what HTML needs closed, and leaves out what is undefined', () => {
  expect(element('td', { align: undefined }).markup).toBe('<td></td>')
  expect(element('meta', { charset: 'utf-8' }).markup).toBe('\n<meta charset="utf-8"/>')
})
