/**
 * A test for names by shell-like globs: `*` is any run of characters, `?` any one; everything else is itself. Takes a time that grows with the
 * lengths of both only: as a regular expression `*a*a*a*b` would take for ever over a long name.
 */
export function matcherFromGlobs(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map((glob) => Array.from(glob))
  return (name) => {
    const characters = Array.from(name)
    return patterns.some((pattern) => isMatch(pattern, characters))
  }
}

function isMatch(pattern: readonly string[], name: readonly string[]): boolean {
  let at = 0
  let index = 0
  /** The last star that was passed, and how much of the name it has taken; an earlier star never needs to take more. */
  let star: { readonly at: number; taken: number } | undefined
  while (index < name.length) {
    if (pattern[at] === '*') {
      star = { at, taken: index }
      at++
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[index])) {
      at++
      index++
    } else if (star !== undefined) {
      star.taken++
      at = star.at + 1
      index = star.taken
    } else return false
  }
  return pattern.slice(at).every((character) => character === '*')
}
