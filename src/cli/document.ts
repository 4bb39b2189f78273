import { stringify } from 'yaml'
import type { Io } from './context.ts'
import { jsonDocument, obeyedByTerminals, withEscapes } from './json.ts'
import type { OutputFormat } from './args.ts'
import { styleOf, type Style } from './style.ts'
import { tsvOfFacts, tsvOfRows } from './tsv.ts'

export type DocumentFormat = Exclude<OutputFormat, 'table'>
export type SchemaName = `georep.${string}/${number}`

type Fields = Readonly<Record<string, unknown>>

/** Documents that are a list to whoever asks for tsv, and their rows. All others are one thing, a line a field. */
const rowsIn: Readonly<Partial<Record<SchemaName, (data: Fields) => unknown>>> = {
  'georep.acl-list/1': ({ acls }) => acls,
  'georep.acl-sync/1': ({ acls }) => acls,
  'georep.clusters/1': ({ clusters }) => clusters,
  'georep.drill-compare/1': ({ figures }) => figures,
  'georep.exposure/1': ({ links }) => links,
  'georep.history/1': ({ runs }) => runs,
  'georep.lag/1': ({ partitions, groups, sourceEndIs, groupEndIs }) => [...ofKind('mirror', partitions, sourceEndIs), ...ofKind('group', groups, groupEndIs)], // prettier-ignore
  'georep.links/1': ({ links }) => links,
  'georep.mirror-change/1': ({ mirrors }) => mirrors,
  'georep.mirror-create/1': ({ mirrors }) => mirrors,
  'georep.mirror-delete/1': ({ mirrors }) => mirrors,
  'georep.mirror-failover/1': ({ results, mirrors }) => results ?? mirrors,
  'georep.mirror-promote/1': ({ results, mirrors }) => results ?? mirrors,
  'georep.mirror-rebuild/1': ({ topics }) => topics,
  'georep.mirror-restore/1': ({ topics }) => topics,
  'georep.mirror-reverse/1': ({ topics }) => topics,
  'georep.mirror-unfence/1': ({ topics }) => topics,
  'georep.mirrors/1': ({ mirrors }) => mirrors,
  'georep.offset-clamp/1': ({ groups }) => groups,
  'georep.offset-export/1': ({ offsets }) => offsets,
  'georep.offset-moves/1': ({ moves }) => moves,
  'georep.offset-show/1': ({ offsets }) => offsets,
  'georep.offset-translate/1': ({ translations }) => translations,
  'georep.runbook-plan/1': ({ steps }) => steps,
  'georep.runbooks/1': ({ runbooks }) => runbooks,
}

/** The schemas of those documents. */
export const schemasOfLists = Object.keys(rowsIn)

/** What holds of all of them stands in each, for whoever cuts out a few. */
function ofKind(kind: string, rows: unknown, endIs: unknown): readonly Fields[] {
  return Array.isArray(rows) ? rows.map((row: Fields) => ({ kind, ...row, endIs })) : []
}

/**
 * One document for stdout in the form that `-o` asks for: json, the same as yaml, or as tsv the rows of its list (a document without one: a line a
 * field). Offsets and counts given as bigint become decimal strings. What a terminal would obey is escaped.
 */
export function documentText(format: DocumentFormat, schema: SchemaName, data: unknown): string {
  const json = jsonDocument(schema, data)
  if (format === 'json') return json
  const document = JSON.parse(json) as { readonly data: unknown }
  if (format === 'yaml') return yamlOf(document)
  const rows = rowsIn[schema]?.(document.data as Fields)
  return Array.isArray(rows) ? tsvOfRows(rows) : tsvOfFacts(document.data)
}

/** Prints a document in the form that `-o` asks for; as a table, what `render` makes of it. */
export function printDocument(
  io: Pick<Io, 'out' | 'hasColor'>,
  { output, schema, data }: { readonly output: OutputFormat; readonly schema: SchemaName; readonly data: unknown },
  render: (style: Style) => string,
): void {
  io.out(output === 'table' ? render(styleOf(io)) : documentText(output, schema, data))
}

function yamlOf(document: unknown): string {
  // "no", "12:30" and dates stay text for readers of YAML 1.1 too.
  const options = { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' } as const
  const text = stringify(document, options)
  // Escapes are valid between double quotes only.
  if (text.search(obeyedByTerminals) === -1) return text
  return withEscapes(stringify(document, { ...options, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' })) // prettier-ignore
}
