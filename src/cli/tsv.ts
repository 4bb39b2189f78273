import { withEscapes } from './json.ts'

// Tab-separated values for scripts: a header, one line a row. Columns have the names of the document's fields, `outer.inner` where they are nested;
// lists are JSON. A field that is null or missing is empty. Tabs, line ends and backslashes are escaped as \t, \n, \r and \\.

type Flat = ReadonlyMap<string, string>

/**
 * One line a row. Fields come in the order in which they first occur, those of an object where it stands, be it null in the first rows; without
 * rows there is no header, and the text is empty.
 */
export function tsvOfRows(rows: readonly unknown[]): string {
  const flats = rows.map((row) => flat(row))
  // What is an object in one row and null in another has the object's columns only.
  const names = [...new Set(flats.flatMap((row) => [...row.keys()]))]
  const nested = new Set(names.flatMap((name) => prefixesOf(name)))
  const within = (name: string): readonly string[] => names.filter((inner) => inner.startsWith(`${name}.`))
  const inPlace = new Set(names.flatMap((name) => (nested.has(name) ? within(name) : [name])))
  const columns = [...inPlace].filter((name) => !nested.has(name))
  if (columns.length === 0) return ''
  return lines([columns, ...flats.map((row) => columns.map((column) => row.get(column) ?? ''))])
}

/** One thing: FIELD and VALUE, one line a field. */
export function tsvOfFacts(data: unknown): string {
  return lines([['field', 'value'], ...flat(data)])
}

function lines(rows: readonly (readonly string[])[]): string {
  return withEscapes(rows.map((cells) => `${cells.map(escaped).join('\t')}\n`).join(''))
}

function flat(value: unknown): Flat {
  const found = new Map<string, string>()
  const walk = (path: string, one: unknown): void => {
    if (typeof one === 'object' && one !== null && !Array.isArray(one)) {
      for (const [name, inner] of Object.entries(one)) walk(path === '' ? name : `${path}.${name}`, inner)
    } else found.set(path, textOf(one))
  }
  walk('', value)
  return found
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function prefixesOf(name: string): readonly string[] {
  const parts = name.split('.')
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('.'))
}

const named: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
])

function escaped(text: string): string {
  return text.replace(
    /[\\\u0000-\u001f]/g,
    (one) => named.get(one) ?? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
