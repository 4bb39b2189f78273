import { matcherFromGlobs } from '../core/glob.ts'
import {
  committedPlaces,
  hiddenCommits,
  type GroupTranslation,
  type GroupTranslations,
} from '../links/committed-places.ts'
import type { LinkTarget, ReplicationEngine } from './engine.ts'
import type { TranslateOptions } from './translating.ts'

/**
 * Where the groups' commits on the source are on the destination of a link: in the topics that it mirrors.
 *
 * @param wanted globs of groups, and one of source topics
 * @throws GeorepError "unreachable" when one of the clusters does not answer: what the groups have committed is on the source
 */
export async function groupTranslations(
  engine: Pick<ReplicationEngine, 'translate'>,
  target: LinkTarget,
  wanted: { readonly groups: readonly string[]; readonly topics: string },
  options: TranslateOptions,
): Promise<GroupTranslations> {
  const { source, state, link } = target
  const isTopicWanted = matcherFromGlobs([wanted.topics])
  const mirrors = new Map(
    state.mirrors(link.name).flatMap((one) => (isTopicWanted(one.sourceTopic) ? [[one.sourceTopic, one]] : [])),
  )
  const asked = { groups: wanted.groups, isTopicWanted: (topic: string) => mirrors.has(topic) }
  const { places, unknown } = await committedPlaces(source, asked, options)
  const needs = options.verify ? 'Read' : 'Describe'
  const hidden = await hiddenCommits(source, [...mirrors.keys()], { signal: options.signal, needs })
  const found = await engine.translate(
    target,
    places.map(({ topic, partition, committed }) => ({ topic, partition, offset: committed })),
    options,
  )
  const translations = places.flatMap(({ topic: sourceTopic, ...place }, index): readonly GroupTranslation[] => {
    const topic = mirrors.get(sourceTopic)?.mirrorTopic
    const translated = found[index]?.translated
    return topic === undefined || translated === undefined ? [] : [{ ...place, sourceTopic, topic, translated }]
  })
  return { translations, unknown: [...unknown, ...hidden] }
}
