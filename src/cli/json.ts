/**
 * One JSON document for stdout, with its schema's name. Offsets and counts given as bigint become decimal strings:
 * 2^53 is reachable.
 */
export function jsonDocument(schema: `georep.${string}/${number}`, data: unknown): string {
  return safeText({ schema, data }, 2)
}

const beforeRows = '{\n  "data": {\n    "rows": ['
const afterRows = ']\n  }\n}\n'
const closingRows = `\n    ${afterRows}`

/** Some rows of the list that a document ends with, at least one: text for `jsonDocumentOfRows`, which can be made before the rest is known. */
export function jsonRows(rows: readonly unknown[]): string {
  return safeText({ data: { rows } }, 2).slice(beforeRows.length, -closingRows.length)
}

/** What `jsonDocument` makes of the data with a list of all these rows as its last field. */
export function jsonDocumentOfRows(
  schema: `georep.${string}/${number}`,
  data: object,
  list: string,
  rows: readonly string[],
): string {
  const empty = jsonDocument(schema, { ...data, [list]: [] })
  if (rows.length === 0) return empty
  return `${empty.slice(0, -afterRows.length)}${rows.join(',')}${closingRows}`
}

/** One JSON object on a line of its own, for logs. As `jsonDocument` in all else. */
export function jsonLine(fields: Readonly<Record<string, unknown>>): string {
  return safeText(fields)
}

function safeText(value: unknown, indent?: number): string {
  return `${withEscapes(withBigints(() => JSON.stringify(value, undefined, indent)))}\n`
}

/** A function that is asked of every value would take twice the time: there are tens of thousands. Nobody else meets what it does to bigints meanwhile. */
function withBigints(stringify: () => string): string {
  const toJSON = function (this: bigint): string { return this.toString() } // prettier-ignore
  Object.defineProperty(BigInt.prototype, 'toJSON', { configurable: true, value: toJSON })
  try {
    return stringify()
  } finally {
    Reflect.deleteProperty(BigInt.prototype, 'toJSON')
  }
}

// JSON.stringify escapes the C0 controls only; 0x9b alone begins an escape sequence on some terminals. These characters occur in strings only, so the escape is valid.
export const obeyedByTerminals = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Characters that a terminal may obey as `\uXXXX`. */
export function withEscapes(text: string): string {
  return text.replace(obeyedByTerminals, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
