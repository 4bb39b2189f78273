import type { Command } from 'commander'

/** The mirrors that a command line names: topics, or all of the link. */
export type Which = { readonly kind: 'all' } | { readonly kind: 'topics'; readonly topics: readonly string[] }

/** Ends with a usage error unless there is exactly one of `--all` and topics. */
export function whichOf(self: Command, all: boolean, topics: readonly string[]): Which {
  if (all === topics.length > 0) {
    self.error(all ? "error: '--all' and topics exclude each other" : "error: missing topics, or '--all'")
  }
  return all ? { kind: 'all' } : { kind: 'topics', topics: [...new Set(topics)] }
}

/** What has to be typed, and for what: the topic; with several or all, the link. */
export function confirmedBy(which: Which, link: string): { readonly subject: string; readonly expected: string } {
  const [only, ...others] = which.kind === 'all' ? [] : which.topics
  if (only !== undefined && others.length === 0) return { subject: `topic "${only}" of link "${link}"`, expected: only }
  const topics = only === undefined ? 'all topics' : `${others.length + 1} topics`
  return { subject: `${topics} of link "${link}"`, expected: link }
}

/** The words of a command line that say the same. */
export function whichWords(which: Which, link: string): readonly string[] {
  return [...(which.kind === 'all' ? [] : which.topics), '--link', link, ...(which.kind === 'all' ? ['--all'] : [])]
}
