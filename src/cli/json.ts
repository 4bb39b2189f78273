/**
 * One JSON document for stdout, with its schema's name. Offsets and counts given as bigint become decimal strings:
 * 2^53 is reachable.
 */
export function jsonDocument(schema: `georep.${string}/${number}`, data: unknown): string {
  return safeText({ schema, data }, 2)
}

/** One JSON object on a line of its own, for logs. As `jsonDocument` in all else. */
export function jsonLine(fields: Readonly<Record<string, unknown>>): string {
  return safeText(fields)
}

function safeText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? one.toString() : one), indent)
  return `${withEscapes(text)}\n`
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
