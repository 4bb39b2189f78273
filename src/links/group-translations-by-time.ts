import { sideBySide } from '../core/side-by-side.ts'
import type { Offset } from '../core/offset.ts'
import type { Translated } from '../core/translation.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { committedPlaces, hiddenCommits, type GroupTranslations } from './committed-places.ts'
import { type SearchLimits, translateByTime } from './translate-by-time.ts'

/** Each may hold a batch, and a page of others, on either side. */
const placesAtOnce = 4

export interface CopiedClusters {
  readonly source: Cluster
  readonly destination: Cluster
  /** What a topic of the source is called on the destination. */
  readonly nameThere: (topic: string) => string
}

export interface ByTimeOptions {
  readonly signal: AbortSignal
  readonly limits: SearchLimits
  readonly onProgress?: (done: number, all: number) => void
}

/** Places of the source on a cluster that has a copy, in their order; each is looked for once, however many groups stand there. */
export async function placesByTime(
  { nameThere, ...clusters }: CopiedClusters,
  places: readonly { readonly topic: string; readonly partition: number; readonly offset: Offset }[],
  { signal, limits, onProgress }: ByTimeOptions,
): Promise<readonly Translated[]> {
  const known = new Map<string, Promise<Translated>>()
  let done = 0
  return await sideBySide(places, placesAtOnce, async ({ topic, partition, offset }) => {
    const key = `${topic}/${partition}@${offset.toString()}`
    const pair = { source: { topic, partition }, destination: { topic: nameThere(topic), partition } }
    const one = known.get(key) ?? translateByTime(clusters, pair, offset, limits, { signal })
    known.set(key, one)
    const translated = await one
    onProgress?.(++done, places.length)
    return translated
  })
}

/**
 * Where the groups' commits on the source are on a cluster that has a copy, whoever made it.
 *
 * @throws as `committedPlaces`
 */
export async function groupTranslationsByTime(
  clusters: CopiedClusters,
  wanted: {
    readonly groups: readonly string[]
    readonly isTopicWanted: (topic: string) => boolean
    /** Topics that are named: that one of them may not be seen is told. */
    readonly named: readonly string[]
  },
  options: ByTimeOptions,
): Promise<GroupTranslations> {
  const { places, unknown } = await committedPlaces(clusters.source, wanted, options)
  const asked = places.map(({ topic, partition, committed }) => ({ topic, partition, offset: committed }))
  const found = await placesByTime(clusters, asked, options)
  const translations = places.flatMap(({ topic: sourceTopic, ...place }, index) => {
    const translated = found[index]
    return translated === undefined
      ? []
      : [{ ...place, sourceTopic, topic: clusters.nameThere(sourceTopic), translated }]
  })
  const hidden = await hiddenCommits(clusters.source, wanted.named, { signal: options.signal, needs: 'Read' })
  return { translations, unknown: [...unknown, ...hidden] }
}
