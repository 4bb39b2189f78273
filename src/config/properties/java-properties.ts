export interface Property {
  readonly value: string
  /** Of its key, from 1. */
  readonly line: number
}

/** The text is not of that form; `line` says where. */
export class PropertiesSyntaxError extends Error {
  override readonly name = 'PropertiesSyntaxError'
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

/**
 * By the rules of `java.util.Properties.load`: comments, continuation lines, `=`, `:` or white space between key and value, escapes. Of two equal
 * keys the later wins. Java reads such files as ISO 8859-1: decode them so.
 *
 * @throws PropertiesSyntaxError for an incomplete `\uXXXX`
 */
export function parseJavaProperties(text: string): ReadonlyMap<string, Property> {
  const found = new Map<string, Property>()
  for (const { content, line } of logicalLines(text)) {
    const [, key = '', value = ''] = /^((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)$/s.exec(content) ?? []
    found.set(unescaped(key, line), { value: unescaped(value, line), line })
  }
  return found
}

/** Lines with their continuations, without comments and blank lines. A comment does not continue. */
function* logicalLines(text: string): Generator<{ readonly content: string; readonly line: number }> {
  const lines = text.split(/\r\n|\n|\r/)
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1
    let content = withoutIndent(lines[index])
    if (content === '' || content.startsWith('#') || content.startsWith('!')) continue
    while (isContinued(content)) content = content.slice(0, -1) + withoutIndent(lines[++index])
    yield { content, line }
  }
}

function withoutIndent(line = ''): string {
  return line.replace(/^[ \t\f]+/, '')
}

/** Ends with an odd number of backslashes. */
function isContinued(content: string): boolean {
  return (/\\*$/.exec(content)?.[0].length ?? 0) % 2 === 1
}

const letters: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string, line: number): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|(.))/gs,
    (_all, hex: string | undefined, character: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      if (character === 'u') throw new PropertiesSyntaxError(line, 'a \\u without four hexadecimal digits behind it')
      return letters[character ?? ''] ?? character ?? ''
    },
  )
}
