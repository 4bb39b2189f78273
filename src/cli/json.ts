/**
 * One JSON document for stdout, with its schema's name. Offsets and counts given as bigint become decimal strings:
 * 2^53 is reachable.
 */
export function jsonDocument(schema: `georep.${string}/${number}`, data: unknown): string {
  const text = JSON.stringify(
    { schema, data },
    (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    2,
  )
  return `${text.replace(obeyedByTerminals, escaped)}\n`
}

// JSON.stringify escapes the C0 controls only; 0x9b alone begins an escape sequence on some terminals. These characters occur in strings only, so the escape is valid.
const obeyedByTerminals = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
