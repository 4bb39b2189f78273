import { topicRight } from '../../../core/acl.ts'
import { withDeadline } from '../../../core/time.ts'
import { prefixOfPattern, sampleOfPattern, topicMatcher } from '../../../core/topic-pattern.ts'
import { lacking } from '../../../kafka/denied.ts'
import type { TopicPattern } from '../../../links/records.ts'
import type { LinkState } from '../../../links/state.ts'
import type { Cancel, LinkTarget, TopicMatches, UnmirroredTopic } from '../../engine.ts'
import { Lineage, loopOf } from '../../lineage.ts'

const listMs = 8_000

/** See `ReplicationEngine.matchTopics`. */
export async function matchTopics(
  { source, state, link }: LinkTarget,
  pattern: TopicPattern,
  options: Cancel,
): Promise<TopicMatches> {
  const names = await topicsOf(source, options)
  return { ...split(names, state, link.name, pattern), unseen: await whyUnseen(source, pattern, options) }
}

/** Where a topic that matches would not be shown to us, one that is there may not be either. */
async function whyUnseen(
  source: LinkTarget['source'],
  { glob }: TopicPattern,
  options: Cancel,
): Promise<string | undefined> {
  const sample = sampleOfPattern(glob)
  const { denied } = await source.metadata([sample], { ...options, keepDenied: true })
  if (!denied.has(sample)) return undefined
  const { message } = lacking(source, topicRight('Read', prefixOfPattern(glob)))
  return `topics that match "${glob}" may be there and not be shown: ${message}`
}

async function topicsOf(source: LinkTarget['source'], options: Cancel): Promise<readonly string[]> {
  const { topics } = await source.metadata('all', options)
  return [...topics.values()]
    .filter(({ isInternal }) => !isInternal)
    .map(({ name }) => name)
    .toSorted((a, b) => (a < b ? -1 : 1))
}

/** Undefined when the source went away since it was found to answer: what a runner knew will do. */
async function listedTopics(source: LinkTarget['source'], options: Cancel): Promise<readonly string[] | undefined> {
  try {
    return await topicsOf(source, { signal: withDeadline(options.signal, listMs) })
  } catch {
    options.signal.throwIfAborted()
    return undefined
  }
}

function split(
  names: readonly string[],
  state: LinkState,
  link: string,
  pattern: TopicPattern,
): Omit<TopicMatches, 'unseen'> {
  const isMatch = topicMatcher(pattern)
  const sources = new Set(state.mirrors(link).map(({ sourceTopic }) => sourceTopic))
  const matching = names.filter(isMatch)
  return {
    missing: matching.filter((topic) => !sources.has(topic)),
    mirrored: matching.filter((topic) => sources.has(topic)),
  }
}

/**
 * Topics of the source that match a pattern of the link and have no mirror, with why: as the runner has written it down, unless the source tells
 * otherwise. Those that come from the destination are where they belong, and left out.
 *
 * @param isSourceReachable when it is not, only what a runner knew is told
 */
export async function unmirroredTopics(
  target: LinkTarget,
  isSourceReachable: boolean,
  options: Cancel,
): Promise<readonly UnmirroredTopic[]> {
  const { state, source } = target
  const link = state.link(target.link.name) ?? target.link
  if (link.patterns.length === 0) return []
  const told = new Map(state.unmirrored(link.name).map(({ sourceTopic, why }) => [sourceTopic, why]))
  const listed = isSourceReachable ? await listedTopics(source, options) : undefined
  const names = listed ?? [...told.keys()]
  const lineage = new Lineage(target)
  const found = new Map<string, string>()
  for (const pattern of link.patterns) {
    for (const topic of split(names, state, link.name, pattern).missing) {
      if (found.has(topic)) continue
      const mirrorTopic = `${pattern.prefix}${topic}`
      const loop = listed !== undefined ? await loopOf(lineage, { link }, { sourceTopic: topic, mirrorTopic }, options) : undefined // prettier-ignore
      if (loop?.kind === 'loop' || loop?.kind === 'comesBack') continue
      const usual = pattern.isAutoCreate ? 'its mirror is not made yet' : 'auto-create is off for its pattern'
      found.set(topic, told.get(topic) ?? (loop?.kind === 'unknown' ? loop.why : usual))
    }
  }
  return [...found].map(([topic, why]) => ({ topic, why })).toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
}
