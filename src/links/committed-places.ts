import type { AclOperation } from '../core/acl.ts'
import type { Offset } from '../core/offset.ts'
import type { Translated } from '../core/translation.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { placeOfKey } from '../kafka/topic-partition.ts'
import { groupCommits } from './group-commits.ts'

/** What one group has committed in one partition. */
export interface CommittedPlace {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly committed: Offset
}

/** What one group has committed in one partition of the source, and where that is on the destination. */
export interface GroupTranslation {
  readonly group: string
  readonly sourceTopic: string
  /** As the destination has it. */
  readonly topic: string
  readonly partition: number
  readonly committed: Offset
  readonly translated: Translated
}

/** Groups whose commits could not be read; `group` undefined of all: what they have committed in a topic. */
export interface UnknownCommits {
  readonly group: string | undefined
  readonly why: string
}

export interface GroupTranslations {
  readonly translations: readonly GroupTranslation[]
  readonly unknown: readonly UnknownCommits[]
}

/**
 * All that the groups have committed, by group and then as the coordinator names it.
 *
 * @throws TransportError, GeorepError "unreachable", DeniedError: which groups there are is not known
 */
export async function committedPlaces(
  cluster: Cluster,
  wanted: { readonly groups: readonly string[]; readonly isTopicWanted: (topic: string) => boolean },
  { signal }: { readonly signal: AbortSignal },
): Promise<{ readonly places: readonly CommittedPlace[]; readonly unknown: readonly UnknownCommits[] }> {
  const { commits, unknown } = await groupCommits(cluster, [wanted.groups], { signal })
  const places = [...commits].flatMap(([group, own]) =>
    [...own].flatMap(([key, committed]): readonly CommittedPlace[] => {
      const at = placeOfKey(key)
      return wanted.isTopicWanted(at.topic) ? [{ group, ...at, committed }] : []
    }),
  )
  return { places: places.toSorted(inOrder), unknown }
}

function inOrder(a: CommittedPlace, b: CommittedPlace): number {
  if (a.group !== b.group) return a.group < b.group ? -1 : 1
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}

/** Topics that we may not see: commits in them are left out of a group's by the broker, and not even that is said. */
export async function hiddenCommits(
  cluster: Cluster,
  topics: readonly string[],
  options: { readonly signal: AbortSignal; readonly needs: AclOperation },
): Promise<readonly UnknownCommits[]> {
  const { denied } = await cluster.metadata(topics, { ...options, keepDenied: true })
  return [...denied].map(([topic, { message }]) => ({ group: undefined, why: `in topic "${topic}": ${message}` }))
}
