import { printable } from '../core/printable.ts'

// HTML, SVG and XML that is well formed and escaped by construction: text is text, and only `element` makes markup. What it makes is read the same by an
// HTML parser and by an XML parser.

/** Markup that is whole. Made by `element` alone. */
export interface Markup {
  readonly markup: string
}

export type Content = string | number | Markup | readonly Content[]
export type Attributes = Readonly<Record<string, string | number | undefined>>

/** An element. Text is escaped; an attribute that is undefined is left out; numbers are cut to a tenth. */
export function element(name: string, attributes: Attributes, ...content: readonly Content[]): Markup {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value = '']) => ` ${key}="${escaped(typeof value === 'number' ? numberText(value) : value)}"`)
  const start = `${isInline.has(name) ? '' : '\n'}<${name}${given.join('')}`
  // These have no end tag in HTML; all others need one there.
  if (isVoid.has(name)) return { markup: `${start}/>` }
  return { markup: `${start}>${content.map(markupOf).join('')}</${name}>` }
}

function markupOf(content: Content): string {
  if (typeof content === 'string') return escaped(content)
  if (typeof content === 'number') return numberText(content)
  return 'markup' in content ? content.markup : content.map(markupOf).join('')
}

function escaped(text: string): string {
  return printable(text).replace(/[&<>"]/g, (character) => entities[character as keyof typeof entities])
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' } as const
const isVoid: ReadonlySet<string> = new Set(['meta', 'br', 'hr'])
/** What begins no line of its own in the file. */
const isInline: ReadonlySet<string> = new Set(['b', 'code', 'td', 'th', 'tspan', 'br'])

function numberText(value: number): string {
  return Number(value.toFixed(1)).toString()
}
