export interface JaasLogin {
  /** The class, without its package. */
  readonly module: string
  readonly options: ReadonlyMap<string, string>
}

/** A quoted text, a word, a sign, or white space and comments, which are passed over. */
const token = /\s+|\/\/[^\n]*|\/\*[^]*?\*\/|"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'|([^\s=;"']+)|([=;])/y

const flags = new Set(['required', 'requisite', 'sufficient', 'optional'])

/**
 * `sasl.jaas.config`: one login module, its flag, options, and a semicolon. Undefined when it is none: what is wrong is not told closer, since the
 * text holds a password.
 */
export function parseJaas(text: string): JaasLogin | undefined {
  const tokens = tokensOf(text)
  if (tokens === undefined || tokens.length < 3 || tokens.at(-1)?.sign !== ';') return undefined
  const [name, flag, ...rest] = tokens.slice(0, -1)
  if (name?.text === undefined || flag?.text === undefined || !flags.has(flag.text.toLowerCase())) return undefined
  if (rest.length % 3 !== 0) return undefined
  const options = new Map<string, string>()
  for (let index = 0; index < rest.length; index += 3) {
    const [key, equals, value] = rest.slice(index, index + 3)
    if (key?.text === undefined || equals?.sign !== '=' || value?.text === undefined) return undefined
    options.set(key.text, value.text)
  }
  return { module: name.text.slice(name.text.lastIndexOf('.') + 1), options }
}

interface Token {
  readonly text?: string
  readonly sign?: string
}

function tokensOf(text: string): readonly Token[] | undefined {
  const found: Token[] = []
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at
    const match = token.exec(text)
    if (match === null) return undefined
    const [, double, single, word, sign] = match
    const quoted = double ?? single
    if (quoted !== undefined) found.push({ text: unescaped(quoted) })
    else if (word !== undefined) found.push({ text: word })
    else if (sign !== undefined) found.push({ sign })
  }
  return found
}

const letters: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', b: '\b' }

function unescaped(text: string): string {
  return text.replace(/\\([^])/g, (_all, character: string) => letters[character] ?? character)
}
