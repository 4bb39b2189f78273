/**
 * Text from a server or a file, made harmless for a terminal, and for a document: control characters are shown as `\xNN`, and those that
 * turn the direction of text around as `\u{NNNN}`. Line breaks are control characters too. So is half of a character, which no encoding has.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => {
    const code = character.charCodeAt(0)
    return code > 0xff ? `\\u{${code.toString(16)}}` : `\\x${code.toString(16).padStart(2, '0')}`
  })
}

const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** The same for text of several lines: the line breaks stay. */
export function printableLines(text: string): readonly string[] {
  return text.split('\n').map(printable)
}
