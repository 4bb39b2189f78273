import { matcherFromGlobs } from '../core/glob.ts'
import { DeniedError } from '../kafka/denied.ts'
import type { GroupTranslation } from '../links/committed-places.ts'
import type { LinkTarget, ReplicationEngine } from './engine.ts'
import type { OwnPlace, TranslateOptions } from './translating.ts'

/** What the engine wrote down last of a group, and where that place of the source is on the destination. */
export interface ToldTranslation extends GroupTranslation {
  readonly own: OwnPlace
}

/**
 * Where groups stood on the source by what the engine wrote down last of each, and when that was. The source is not asked: it tells nothing, or not all.
 *
 * @param wanted as of `groupTranslations`
 * @param why the source tells nothing
 * @returns `unread`: why what it wrote down of places could not be read besides
 */
export async function toldTranslations(
  engine: Pick<ReplicationEngine, 'ownPlaces' | 'translate'>,
  target: LinkTarget,
  wanted: { readonly groups: readonly string[]; readonly topics: string },
  why: string,
  asking: Pick<TranslateOptions, 'signal' | 'verify' | 'onProgress'>,
): Promise<{ readonly translations: readonly ToldTranslation[]; readonly unread: readonly string[] }> {
  const { state, link } = target
  const [isGroupWanted, isTopicWanted] = [matcherFromGlobs(wanted.groups), matcherFromGlobs([wanted.topics])]
  const sourceTopicOf = new Map(state.mirrors(link.name).map(({ mirrorTopic, sourceTopic }) => [mirrorTopic, sourceTopic])) // prettier-ignore
  const told = ((await engine.ownPlaces?.(target, asking)) ?? []).flatMap((own) => {
    const sourceTopic = sourceTopicOf.get(own.mirrorTopic)
    const isWanted = sourceTopic !== undefined && isGroupWanted(own.group) && isTopicWanted(sourceTopic)
    return isWanted ? [{ own, sourceTopic }] : []
  })
  const asked = told.map(({ own, sourceTopic: topic }) => ({ topic, partition: own.partition, offset: own.from }))
  const options = { ...asking, sourceSeen: { isSourceReachable: true, sourceRefusal: why } }
  const unread: string[] = []
  const found = await engine.translate(target, asked, options).catch(async (error: unknown) => {
    if (!(error instanceof DeniedError)) throw error
    unread.push(error.message)
    return await engine.translate(target, asked, { ...options, withoutSyncs: error.message })
  })
  const translations = told.flatMap(({ own, sourceTopic }, index): readonly ToldTranslation[] => {
    const translated = found[index]?.translated
    const { group, mirrorTopic: topic, partition, from: committed } = own
    return translated === undefined ? [] : [{ group, sourceTopic, topic, partition, committed, translated, own }]
  })
  return { translations, unread }
}
