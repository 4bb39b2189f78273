import { matcherFromGlobs } from './glob.ts'

/** What a pattern never takes in; by name they can be mirrored all the same. */
const isOwn = matcherFromGlobs(['__*', 'georep-canary-*'])

/** Has the word a `*` or a `?`? No topic's name can. */
export function isPattern(word: string): boolean {
  return /[*?]/.test(word)
}

/** A test for source topics: internal ones, georep's state and its canaries never match. */
export function topicMatcher({
  glob,
  except,
}: {
  readonly glob: string
  readonly except: readonly string[]
}): (topic: string) => boolean {
  const isMatch = matcherFromGlobs([glob])
  const isLeftOut = new Set(except)
  return (topic) => isMatch(topic) && !isOwn(topic) && !isLeftOut.has(topic)
}
