import { offset } from '../../core/offset.ts'
import type { Mm2LinkRecord } from '../../links/records.ts'
import type { Cancel, LinkTarget } from '../engine.ts'
import { reachedOrRefused } from '../reachable.ts'
import { whySourceSilent } from '../views.ts'
import { mirrorTopicOf } from './plan-mirror.ts'
import type { OwnPlace, PlaceTranslation, SourcePlace, TranslateOptions } from '../translating.ts'
import { type Flow, ownPlaces as ownPlacesIn, translate as translateIn } from './translate.ts'

/** What a link carries, as far as places depend on it. */
export function flowOf(target: LinkTarget, link: Mm2LinkRecord, sourceSilent: string | undefined): Flow {
  const { source, destination, state } = target
  const { aliases, naming, syncsOn } = link.mm2
  return {
    source,
    destination,
    sourceSilent,
    sourceAlias: aliases.source,
    targetAlias: aliases.target,
    separator: naming.separator,
    syncsOn,
    mirrorOf: (topic) => {
      const mirror = state.mirror(link.name, mirrorTopicOf(link, topic))
      if (mirror === undefined || mirror.mirrorTopicId === '') return undefined
      const { state: is } = mirror
      return {
        topic: mirror.mirrorTopic,
        partitions: mirror.partitions,
        stoppedAt: (partition) => {
          const end = is.state === 'STOPPED' ? is.ends[partition] : undefined
          return end === undefined ? undefined : offset(end)
        },
      }
    },
  }
}

/** See `ReplicationEngine.translate`. */
export async function translate(
  target: LinkTarget,
  places: readonly SourcePlace[],
  options: TranslateOptions,
): Promise<readonly PlaceTranslation[]> {
  const link = linkOf(target)
  const { signal } = options
  const silent = whySourceSilent(options.sourceSeen ?? (await reachedOrRefused(target.source, link, { signal })))
  return await translateIn(flowOf(target, link, silent), places, options)
}

/** See `ReplicationEngine.ownPlaces`. */
export async function ownPlaces(target: LinkTarget, options: Cancel): Promise<readonly OwnPlace[]> {
  return await ownPlacesIn(flowOf(target, linkOf(target), undefined), options)
}

/** Kafka Connect is not asked for anything. */
function linkOf({ state, link: { name }, link: then }: LinkTarget): Mm2LinkRecord {
  const link = state.link(name) ?? then
  if (link.engine !== 'mm2') throw new TypeError(`link "${name}" is not of MirrorMaker 2`)
  return link
}
