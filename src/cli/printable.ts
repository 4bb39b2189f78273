/**
 * Text from a server or a file, made harmless for a terminal: control characters are shown as `\xNN`, and those that
 * turn the direction of text around as `\u{NNNN}`. Line breaks are control characters too.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0)
    return code > 0xff ? `\\u{${code.toString(16)}}` : `\\x${code.toString(16).padStart(2, '0')}`
  })
}

/** The same for text of several lines: the line breaks stay. */
export function printableLines(text: string): readonly string[] {
  return text.split('\n').map(printable)
}
