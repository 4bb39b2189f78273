import { GeorepError } from '../../../core/errors.ts'
import { topicMatcher } from '../../../core/topic-pattern.ts'
import { BrokerError, Code, isLeaderMoved } from '../../../kafka/error-codes.ts'
import { logEnds } from '../../../kafka/offsets.ts'
import { partitionsOf } from '../../../kafka/topic-partition.ts'
import { alterTopicConfigs, createTopic } from '../../../kafka/topics.ts'
import { type LinkRecord, type MirrorRecord, stateKey, type StateRecord } from '../../../links/records.ts'
import { actingLongOn } from '../../../links/acting.ts'
import type { Act, Cancel, LinkTarget, MirrorPlan } from '../../engine.ts'
import { mirrorOfPlan, newMirror } from '../../new-mirror.ts'
import { recordedConfigs } from './config-changes.ts'
import { creationConfigs } from './mirror-configs.ts'
import { anewBy } from './plan-mirror.ts'

/** See `ReplicationEngine.createMirror`. A mirror that is there already is returned as it is; one that was left half made is finished. */
export async function createMirror(
  target: LinkTarget,
  plan: MirrorPlan,
  by: Act,
  options: Cancel,
): Promise<MirrorRecord> {
  const { destination, link, state } = target
  const made = mirrorOfPlan(plan)
  if (made !== undefined) return made
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const there = state.mirror(link.name, plan.mirrorTopic)
  if (there !== undefined && there.state.state !== 'PENDING') return there
  const act = anewBy(there)
  if (act !== undefined) throw isMadeAnew(plan, act)
  const now = state.link(link.name) ?? link
  if (plan.isMatched && !isStillMatched(now, plan)) throw noLongerMatched(plan)

  const recorded = recordedConfigs(plan.configs)
  const record = newMirror(link.name, plan, by, { phase: 'creating the mirror topic', ...recorded, isTopicMade: false }) // prettier-ignore
  const key = stateKey.mirror(link.name, plan.mirrorTopic)
  const configs = creationConfigs(plan.configs)
  const { mirrorTopic: name, partitions, replicationFactor } = plan
  const topic = { name, partitions, replicationFactor, configs }
  // What the destination would refuse is known before anything is written down.
  await createTopic(destination, topic, { signal, isValidateOnly: true })
  await session.write(new Map<string, StateRecord>([[key, record], ...takenIn(now, plan)]), { signal })
  const created = await session.guarded(async (effect) => await createTopic(destination, topic, effect), { signal })
  if (created === 'exists') {
    await session.guarded(async (effect) => { await alterTopicConfigs(destination, name, configs, effect) }, { signal }) // prettier-ignore
  }
  const mirrorTopicId = await emptyTopicId(target, plan, { signal })
  const isTopicMade = created !== 'exists' && created.topicId === mirrorTopicId
  const active: MirrorRecord = { ...record, mirrorTopicId, isTopicMade, state: { state: 'ACTIVE' } }
  await session.write(new Map([[key, active]]), { signal })
  return active
}

/** Since the plan was made an operator may have taken the pattern off, or left this topic out of it. */
function isStillMatched({ patterns }: LinkRecord, { sourceTopic, mirrorTopic }: MirrorPlan): boolean {
  return patterns.some((one) => `${one.prefix}${sourceTopic}` === mirrorTopic && topicMatcher(one)(sourceTopic))
}

function noLongerMatched({ sourceTopic }: MirrorPlan): GeorepError {
  return new GeorepError('refused', 'GR-MIRROR-UNMATCHED', `topic "${sourceTopic}" matches no pattern any more`, {
    stateNow: 'nothing was changed',
  })
}

function isMadeAnew({ mirrorTopic }: MirrorPlan, act: string): GeorepError {
  return new GeorepError('refused', 'GR-MIRROR-BLOCKED', `mirror "${mirrorTopic}": ${act}`, { stateNow: 'nothing was changed' }) // prettier-ignore
}

/** The link's record, when a topic that its patterns leave out is mirrored by name again. */
function takenIn(link: LinkRecord, { sourceTopic }: MirrorPlan): readonly (readonly [string, StateRecord])[] {
  if (link.patterns.every(({ except }) => !except.includes(sourceTopic))) return []
  const patterns = link.patterns.map((one) => ({ ...one, except: one.except.filter((topic) => topic !== sourceTopic) }))
  return [[stateKey.link(link.name), { ...link, patterns }]]
}

/** Looks at the topic that is to be the mirror once more: it must be empty, and every partition must have a leader. */
export async function emptyTopicId(
  { destination }: Pick<LinkTarget, 'destination'>,
  plan: Pick<MirrorPlan, 'mirrorTopic' | 'partitions'>,
  options: Cancel & { readonly next?: string },
): Promise<string> {
  const { mirrorTopic: name } = plan
  for (let attempt = 0; attempt < 100; attempt++) {
    const topic = (await destination.metadata([name], options)).topics.get(name)
    if (topic?.partitions.length === plan.partitions && topic.partitions.every(({ leader }) => leader >= 0)) {
      const ends = await logEnds(destination, partitionsOf([topic]), options)
      // A leader may hear of its partitions later than of the topic.
      const isReady = [...ends.values()].every((end) => !isComing(end))
      for (const end of ends.values()) {
        if (isComing(end)) continue
        if (end instanceof BrokerError) {
          throw new GeorepError('failed', 'GR-BROKER-REFUSED', end.message)
        }
        if (end.offset === 0n) continue
        throw new GeorepError(
          'refused',
          'GR-MIRROR-NOT-EMPTY',
          `topic "${name}" on cluster "${destination.name}" is not empty`,
          {
            stateNow: 'the mirror is PENDING; something else writes to its topic',
          },
        )
      }
      if (isReady) return topic.topicId
    }
    await destination.wait(100, options.signal)
  }
  throw new GeorepError(
    'timedOut',
    'GR-TOPIC-NOT-READY',
    `topic "${name}" on cluster "${destination.name}" has no leaders yet`,
    {
      stateNow: 'the mirror is PENDING',
      next: options.next ?? `georep mirror create ${name}`,
    },
  )
}

function isComing(end: unknown): boolean {
  return end instanceof BrokerError && (isLeaderMoved(end.errorCode) || end.errorCode === Code.unknownTopicOrPartition)
}
