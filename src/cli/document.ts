import { stringify } from 'yaml'
import { jsonDocument, obeyedByTerminals, withEscapes } from './json.ts'
import type { OutputFormat } from './options.ts'
import { tsvOfFacts, tsvOfRows } from './tsv.ts'

export type DocumentFormat = Exclude<OutputFormat, 'table'>
export type SchemaName = `georep.${string}/${number}`

/** Documents that are a list to whoever asks for tsv, and the field that has it. All others are one thing, a line a field. */
const listIn: ReadonlyMap<string, string> = new Map([
  ['georep.clamp', 'groups'],
  ['georep.clusters', 'clusters'],
  ['georep.drill-compare', 'figures'],
  ['georep.failover', 'mirrors'],
  ['georep.history', 'runs'],
  ['georep.lag', 'partitions'],
  ['georep.links', 'links'],
  ['georep.mirrorChange', 'mirrors'],
  ['georep.mirrorCreate', 'mirrors'],
  ['georep.mirrorDelete', 'mirrors'],
  ['georep.mirrors', 'mirrors'],
  ['georep.promote', 'mirrors'],
  ['georep.unfence', 'topics'],
])

/**
 * One document for stdout in the form that `-o` asks for: json, the same as yaml, or as tsv the rows of its list (a document without one: a line a
 * field). Offsets and counts given as bigint become decimal strings. What a terminal would obey is escaped.
 */
export function documentText(format: DocumentFormat, schema: SchemaName, data: unknown): string {
  const json = jsonDocument(schema, data)
  if (format === 'json') return json
  const document = JSON.parse(json) as { readonly data: unknown }
  if (format === 'yaml') return yamlOf(document)
  const list = listIn.get(schema.slice(0, schema.indexOf('/')))
  const rows = list === undefined ? undefined : (document.data as Readonly<Record<string, unknown>>)[list]
  return Array.isArray(rows) ? tsvOfRows(rows) : tsvOfFacts(document.data)
}

function yamlOf(document: unknown): string {
  // "no", "12:30" and dates stay text for readers of YAML 1.1 too.
  const options = { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' } as const
  const text = stringify(document, options)
  // Escapes are valid between double quotes only.
  if (text.search(obeyedByTerminals) === -1) return text
  return withEscapes(stringify(document, { ...options, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' })) // prettier-ignore
}
