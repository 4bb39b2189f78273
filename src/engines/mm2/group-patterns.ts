/** No group has a name that matches: none is called nothing. */
const none = '^$'

/**
 * The `groups` of a connector from a link's globs: regular expressions of Java, with commas between them.
 *
 * MirrorMaker joins them with bars to one expression, which has to match a name as a whole. Commas in a name are written by their code, since the list is cut
 * at commas.
 */
export function groupsSetting(globs: readonly string[]): string {
  if (globs.length === 0) return none
  return globs.map(patternFromGlob).join(',')
}

function patternFromGlob(glob: string): string {
  return Array.from(glob)
    .map((character) => {
      if (character === '*') return '.*'
      if (character === '?') return '.'
      if (/^[\w-]$/.test(character)) return character
      // White space at the ends of an entry would be cut off, too.
      return /^[\s,]$/.test(character) ? `\\x{${character.codePointAt(0)?.toString(16) ?? ''}}` : escaped(character)
    })
    .join('')
}

function escaped(character: string): string {
  return /^[\\^$.|+()[\]{}]$/.test(character) ? `\\${character}` : character
}
