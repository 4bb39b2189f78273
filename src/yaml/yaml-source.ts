import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml'

export interface Position {
  readonly line: number
  readonly column: number
}

export interface Problem extends Position {
  readonly message: string
}

export type Path = readonly PropertyKey[]

/** A YAML text with its value, and where in the text each part of it stands. */
export interface YamlSource {
  readonly value: unknown
  /** Where the value at a path begins; of the nearest thing around it when there is no such value. */
  readonly valueAt: (path: Path) => Position
  readonly has: (path: Path) => boolean
  /** Where the last key of a path is written. */
  readonly keyAt: (path: Path) => Position
}

/** Enough for a file that shares a block between clusters, and far from what it takes to exhaust memory. */
const maxAliasCount = 50

/** The one document of a YAML text, or every reason why it is none. Messages never quote the text: it may hold secrets. */
export function parseYaml(text: string): YamlSource | readonly Problem[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const positionOf = (at: number): Position => {
    const { line, col } = lines.linePos(at)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const complaints = [...document.errors, ...document.warnings]
  if (complaints.length > 0) {
    return complaints.map((each) => ({ ...positionOf(each.pos[0]), message: wording(each.code, each.message) }))
  }
  const traps = trapsIn(document).map(({ at, message }) => ({ ...positionOf(at), message }))
  if (traps.length > 0) return traps
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount })
  } catch {
    return [{ line: 1, column: 1, message: `too many aliases: they stand for more than ${maxAliasCount} values` }]
  }
  return {
    value,
    has: (path) => walk(document, path).isWhole,
    valueAt: (path) => positionOf(startOf(walk(document, path).value ?? document.contents)),
    keyAt: (path) => {
      const { key, value: node } = walk(document, path)
      return positionOf(startOf(key ?? node ?? document.contents))
    },
  }
}

/** What parses, but would throw or vanish silently later on. */
function trapsIn(document: Document.Parsed): readonly { readonly at: number; readonly message: string }[] {
  const traps: { at: number; message: string }[] = []
  visit(document, {
    Alias: (_key, node) => {
      if (node.resolve(document) === undefined)
        traps.push({ at: startOf(node), message: 'an alias without its anchor before it (a text that begins with * needs quotes)' }) // prettier-ignore
    },
    Pair: (_key, { key }) => {
      // Made into a text it would be quoted, by a warning of the parser's own, and by what is said of a key that is not known.
      if (isCollection(key)) traps.push({ at: startOf(key), message: 'a list or a mapping cannot be a key (a text that begins with { or [ needs quotes)' }) // prettier-ignore
      if (isScalar(key) && key.value === '__proto__')
        traps.push({ at: startOf(key), message: 'unknown key "__proto__"' })
    },
  })
  return traps
}

function wording(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key is there twice'
  if (code === 'MULTIPLE_DOCS') return 'expected one document, without a second "---"'
  const said = withoutText.get(code) ?? message.replace(/(?<=\w): .*$/s, '')
  return `not YAML: ${said.charAt(0).toLowerCase()}${said.slice(1)}`
}

/** Where the parser would name a part of the text otherwise than behind a colon at the end. */
const withoutText: ReadonlyMap<string, string> = new Map([
  ['TAG_RESOLVE_FAILED', 'a tag that is not known (a text that begins with ! needs quotes)'],
  ['BAD_DIRECTIVE', 'a directive that is not known'],
  ['BAD_DQ_ESCAPE', 'an escape sequence that is none (in double quotes, write \\\\ for \\)'],
])

interface Found {
  readonly key: Node | undefined
  readonly value: Node | undefined
  /** The whole path was there, not only a part of it. */
  readonly isWhole: boolean
}

/** As far along the path as there are nodes; through aliases. */
function walk(document: Document.Parsed, path: Path): Found {
  let found: Found = { key: undefined, value: document.contents ?? undefined, isWhole: true }
  for (const part of path) {
    const node = isAlias(found.value) ? found.value.resolve(document) : found.value
    const next = childOf(node, part)
    if (next === undefined) return { ...found, isWhole: false }
    found = next
  }
  return found
}

function childOf(node: unknown, part: PropertyKey): Found | undefined {
  if (isSeq(node)) {
    const item = typeof part === 'number' ? node.items[part] : undefined
    return item === undefined ? undefined : { key: undefined, value: item as Node, isWhole: true }
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === String(part))
  if (pair === undefined) return undefined
  return { key: pair.key as Node, value: (pair.value as Node | null) ?? (pair.key as Node), isWhole: true }
}

function startOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0
}
