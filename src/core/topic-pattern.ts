import { matcherFromGlobs } from './glob.ts'

/** What a pattern never takes in; by name they can be mirrored all the same. */
const isOwn = matcherFromGlobs(['__*', 'georep-canary-*'])

/** Has the word a `*` or a `?`? No topic's name can. */
export function isPattern(word: string): boolean {
  return /[*?]/.test(word)
}

/** All that a pattern can match begins so: in the form of an ACL's prefix, `orders-*`. */
export function prefixOfPattern(glob: string): string {
  return `${glob.slice(0, glob.search(/[*?]/))}*`
}

/** A name that the pattern matches, and that hardly a topic has. */
export function sampleOfPattern(glob: string): string {
  const filler = glob.length > 240 ? '' : 'georep' // a topic's name has 249 characters at the most
  return glob.replace('*', filler).replaceAll('*', '').replaceAll('?', '0')
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
