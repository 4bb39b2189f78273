import { GeorepError } from '../../core/errors.ts'
import type { GroupMoves, Move } from '../../core/offset-plan.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { type Commits, commitsOfGroups, listGroups } from '../../kafka/groups.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { committedPlaces, type GroupTranslation } from '../../links/committed-places.ts'
import { isIdle } from '../../links/group-sync.ts'
import { moveOffsets, movingWith } from '../../links/move-offsets.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Cancel, PromoteReport } from '../engine.ts'
import { linkGroups } from '../link-groups.ts'
import { flowOf } from './link-flow.ts'
import type { Mm2Target } from './mm2-target.ts'
import { translate } from './translate.ts'

const attempts = 5
const againMs = 500

/**
 * Moves the offsets of the link's groups to where they stand on the source, which MirrorMaker does at intervals and from further back. A place that is not
 * exact is still before every record that was not read, and moves a group forward only. Groups with members on the destination are left alone.
 *
 * @throws GeorepError "incomplete" GR-GROUP-OFFSETS when a group's place is not known, or could not be committed
 */
export async function syncGroupsLast(
  target: Mm2Target,
  session: LinkSession,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<PromoteReport['groups']> {
  const copied = new Set<string>()
  for (let attempt = 1; ; attempt++) {
    const { moved, active, failed } = await syncOnce(target, session, records, options)
    for (const group of moved) copied.add(group)
    // Groups that still read on the source commit again and again: what came in time is copied, and who they are is told.
    if (failed === undefined && (moved.length === 0 || attempt >= attempts)) {
      const groups = await linkGroups(target, records, options)
      const activeOnSource = groups.filter(({ isActive }) => isActive).map(({ group }) => group)
      return { copied: [...copied].toSorted(), activeOnSource, activeOnDestination: active }
    }
    if (failed !== undefined && attempt >= attempts) {
      throw new GeorepError(
        'incomplete',
        'GR-GROUP-OFFSETS',
        `group offsets could not be copied a last time: ${failed}`,
      )
    }
    await target.destination.wait(againMs, options.signal)
  }
}

interface Synced {
  readonly moved: readonly string[]
  readonly active: readonly string[]
  /** The first that could not be moved, and why. */
  readonly failed: string | undefined
}

async function syncOnce(
  target: Mm2Target,
  session: LinkSession,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<Synced> {
  const { source, destination, link } = target
  const topics = new Set(records.map(({ sourceTopic }) => sourceTopic))
  const { places, unknown } = await committedPlaces(source, { groups: link.groups, isTopicWanted: (topic) => topics.has(topic) }, options) // prettier-ignore
  const [unread] = unknown
  if (unread !== undefined) return { moved: [], active: [], failed: `group "${unread.group ?? ''}": ${unread.why}` }
  if (places.length === 0) return { moved: [], active: [], failed: undefined }
  const found = await translate(
    flowOf(target, link, undefined),
    places.map(({ topic, partition, committed }) => ({ topic, partition, offset: committed })),
    { ...options, verify: true },
  )
  const translations = places.flatMap(({ topic: sourceTopic, ...place }, index): readonly GroupTranslation[] => {
    const mirrorTopic = found[index]?.mirrorTopic
    const translated = found[index]?.translated
    return mirrorTopic === undefined || translated === undefined ? [] : [{ ...place, sourceTopic, topic: mirrorTopic, translated }] // prettier-ignore
  })
  for (const { group, sourceTopic, partition, translated } of translations) {
    if (translated.kind !== 'unknown') continue
    return { moved: [], active: [], failed: `group "${group}" on ${sourceTopic}/${partition}: ${translated.why}` }
  }
  const groups = [...new Set(translations.map(({ group }) => group))]
  const states = new Map((await listGroups(destination, options)).map(({ group, state }) => [group, state]))
  const idle = groups.filter((group) => isIdle(states.get(group)))
  const active = groups.filter((group) => !idle.includes(group))
  const before = await commitsOfGroups(destination, idle, { ...options, needs: 'Read' })
  const moves = idle.flatMap((group): readonly GroupMoves[] => {
    const own = movesOf(translations.filter((one) => one.group === group), before.get(group)) // prettier-ignore
    return own.length === 0 ? [] : [{ group, moves: own }]
  })
  const outcomes = await moveOffsets(destination, moves, before, movingWith(session, options))
  const moved: string[] = []
  let failed: string | undefined
  for (const [group, outcome] of outcomes) {
    if (outcome.kind === 'applied') moved.push(group)
    else if (outcome.kind !== 'unchanged') failed ??= `group "${group}": ${outcome.why}`
  }
  return { moved, active, failed }
}

function movesOf(
  translations: readonly GroupTranslation[],
  commits: Commits | BrokerError | undefined,
): readonly Move[] {
  return translations.flatMap(({ topic, partition, translated }): readonly Move[] => {
    if (translated.kind === 'unknown') return []
    const from = commits instanceof BrokerError ? undefined : commits?.get(partitionKey({ topic, partition }))
    const { to } = translated
    if (from?.offset === to) return []
    // MirrorMaker's own place is before the true one, too: the later of the two is the better.
    if (translated.kind === 'bounded' && from !== undefined && from.offset > to) return []
    return [{ topic, partition, from, to: { offset: to, metadata: '' } }]
  })
}
