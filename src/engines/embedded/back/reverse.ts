import { isDeepStrictEqual } from 'node:util'
import { GeorepError } from '../../../core/errors.ts'
import type { Outcome } from '../../../core/outcome.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { producerStates } from '../../../kafka/producers.ts'
import { alterTopicConfigs } from '../../../kafka/topics.ts'
import { type Acting, actingLongOn } from '../../../links/acting.ts'
import { withWhatWasDone } from '../../../links/held.ts'
import { type MirrorRecord, stateKey, type StateRecord } from '../../../links/records.ts'
import type { LinkSession } from '../../../links/session.ts'
import type { LinkState } from '../../../links/state.ts'
import type { Act, Cancel, LinkPair, LinkTarget, ReverseAct, ReversePlan } from '../../engine.ts'
import { unfencedOutcome, unfenceSource } from '../../source-fence.ts'
import { linkProducer, mirrorProducer } from '../carry/link-producer.ts'
import { recordedConfigs } from '../mirrors/config-changes.ts'
import { endBlocker } from './reverse-blockers.ts'
import { endsOf, lookAtReversals, type Reversal } from './reverse-plan.ts'
import { ofBegun } from './topic-outcome.ts'

const phase = 'going the way back'

/**
 * See `ReplicationEngine.reverse`. Both links are held, so that nobody forgets the one mirror or begins another. The order is what makes it safe to end
 * anywhere:
 * 1. both logs are compared again;
 * 2. the mirror is written down as PENDING, which no runner carries, with where the old log ends and at which epoch the link's producer goes on;
 * 3. settings are set, and the old source is freed of the promote's fence;
 * 4. the old log's end is read again, and the mirror is ACTIVE. What is written there later is no record of this link: its runner sees it, and stops.
 */
export async function reverse(
  pair: LinkPair,
  plan: ReversePlan,
  by: ReverseAct,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome>> {
  const { from, onto } = pair
  await using back = await actingLongOn(onto.state, onto.link.name, actOn(by, onto), options)
  await using forth = await actingLongOn(from.state, from.link.name, actOn(by, from), { signal: back.signal })
  const { signal } = forth
  const seen = await lookAtReversals(pair, recordsNow(from, plan), { signal })
  return await sendBack({ pair, back, forth }, seen, by, { signal })
}

/** Both links, held. */
export interface HeldPair {
  readonly pair: LinkPair
  readonly back: Acting
  readonly forth: Acting
}

/** What `reverse` does when both links are held, and it was looked at both logs. */
export async function sendBack(
  { pair, back, forth }: HeldPair,
  seen: readonly Reversal[],
  by: ReverseAct,
  { signal }: Cancel,
): Promise<ReadonlyMap<string, Outcome>> {
  const { from, onto } = pair
  const outcomes = new Map<string, Outcome>()
  const begun: MirrorRecord[] = []
  try {
    for (const one of seen) {
      const { record, isDone, blockers } = one.topic
      if (isDone) outcomes.set(record.mirrorTopic, { kind: 'unchanged', why: `link "${onto.link.name}" carries it back already` })
      else if (blockers.length > 0) outcomes.set(record.mirrorTopic, { kind: 'refused', why: blockers.join('; ') })
      else begun.push(await begin(onto, back.session, one, by, { signal }))
    }
    if (begun.length === 0) return outcomes
    by.onProgress('freeing the old source, which only the runner is to write to')
    const topics = begun.map(({ mirrorTopic }) => mirrorTopic)
    const fenced = topics.filter((topic) => from.state.fence(from.link.name, topic) !== undefined)
    const still = await unfenceSource(from, forth.session, fenced, by.sourceFence, { signal })
    by.onProgress('reading the ends again')
    for (const record of begun) {
      const freed = unfencedOutcome(record.mirrorTopic, fenced, still)
      const outcome = freed.kind === 'refused' ? ofBegun(freed) : await end(pair, back.session, record, seen, { signal })
      outcomes.set(record.sourceTopic, outcome)
    }
    return outcomes
  } catch (error) {
    if (begun.length === 0) throw error
    throw withWhatWasDone(error, `mirrors of link "${onto.link.name}" may be PENDING: the same command goes on with them`)
  }
} // prettier-ignore

/** The act, through the session that whoever ordered it holds on this link, if it is this one. */
export function actOn({ session, ...act }: Act, { state }: LinkTarget): Act {
  return session?.state === state ? { ...act, session } : act
}

/** @throws GeorepError "conflict" GR-PLAN-STALE when a mirror is not as it was planned */
export function recordsNow(
  { state, link }: LinkTarget,
  plan: { readonly topics: readonly { readonly record: MirrorRecord }[] },
): readonly MirrorRecord[] {
  return plan.topics.map(({ record }) => {
    const now = state.mirror(link.name, record.mirrorTopic)
    if (now !== undefined && isDeepStrictEqual(now.state, record.state)) return now
    throw new GeorepError('conflict', 'GR-PLAN-STALE', `mirror "${record.mirrorTopic}" of link "${link.name}" is not as it was planned`, {
      stateNow: 'somebody else has acted on the link meanwhile; nothing was changed',
      next: 'the same command again',
    })
  })
} // prettier-ignore

/** Writes the mirror down, with what is needed to carry it, and sets its settings. */
async function begin(
  { link, state, destination }: LinkTarget,
  session: LinkSession,
  { topic, configs }: Reversal,
  by: ReverseAct,
  options: Cancel,
): Promise<MirrorRecord> {
  const { record, existing, partitions, settings } = topic
  const { sourceTopic: mirrorTopic, mirrorTopic: sourceTopic } = record
  const epoch = existing?.state.state === 'PENDING' ? (existing.reversed ?? existing.restoring)?.epoch : undefined
  const pending: MirrorRecord = {
    v: 1,
    kind: 'mirror',
    link: link.name,
    sourceTopic,
    sourceTopicId: record.mirrorTopicId,
    mirrorTopic,
    mirrorTopicId: record.sourceTopicId,
    partitions: partitions.length,
    state: { state: 'PENDING', phase },
    ...recordedConfigs(configs),
    // It was there before, or went back and forth before: in either case it is the operator's.
    isTopicMade: false,
    reversed: {
      ends: partitions.map(({ stoppedAt }) => stoppedAt),
      epoch: epoch ?? (await nextEpoch({ link, destination }, mirrorTopic, partitions.length, existing, options)),
      ...(record.state.state === 'STOPPED' ? { at: record.state.at } : {}),
    },
    createdAt: by.time.now().toISOString(),
  }
  by.onProgress(`topic "${mirrorTopic}" becomes the mirror`)
  await session.write(inPlaceOf(state, pending), options)
  if (settings.length > 0) {
    const changes = new Map(settings.map(({ name, value }) => [name, value]))
    await session.guarded(async (effect) => { await alterTopicConfigs(destination, mirrorTopic, changes, effect) }, options) // prettier-ignore
  }
  return pending
}

/** What is written of a new mirror: what an earlier one of its name has left would be taken for this one's. */
export function inPlaceOf(state: LinkState, record: MirrorRecord): Map<string, StateRecord | null> {
  const { link, mirrorTopic } = record
  const left = [stateKey.position(link, mirrorTopic), stateKey.failure(link, mirrorTopic)].filter((key) => state.keysOf(link).includes(key)) // prettier-ignore
  const records = new Map<string, StateRecord | null>(left.map((key) => [key, null]))
  return records.set(stateKey.mirror(link, mirrorTopic), record)
}

/**
 * At which epoch the link's producer goes on: above what an earlier stop has fenced it at, by what the record says and by what the brokers remember. A
 * runner that was frozen since then is refused.
 */
export async function nextEpoch(
  { link, destination }: Pick<LinkTarget, 'link' | 'destination'>,
  mirrorTopic: string,
  partitions: number,
  existing: MirrorRecord | undefined,
  options: Cancel,
): Promise<number> {
  const own = linkProducer(link)
  const places = Array.from({ length: partitions }, (_, partition) => ({ topic: mirrorTopic, partition }))
  const states = await producerStates(destination, places, options)
  const remembered = [...states.values()].flatMap((found) => {
    if (found instanceof BrokerError) throw new GeorepError('failed', 'GR-BROKER-REFUSED', found.message)
    return found.filter(({ producerId }) => producerId === own.producerId).map(({ producerEpoch }) => producerEpoch + 1)
  })
  const stopped = existing === undefined ? [] : [mirrorProducer(own, existing).producerEpoch + 2]
  return Math.max(own.producerEpoch, ...remembered, ...stopped)
}

/** Makes the mirror ACTIVE, unless somebody was faster than the runner. */
async function end(
  pair: LinkPair,
  session: LinkSession,
  pending: MirrorRecord,
  seen: readonly Reversal[],
  options: Cancel,
): Promise<Outcome> {
  const of = seen.find(({ topic }) => topic.record.sourceTopic === pending.mirrorTopic)
  if (of === undefined) throw new TypeError(`topic "${pending.mirrorTopic}" was not looked at`)
  const names = { old: pair.onto.destination.name, promoted: pair.onto.source.name }
  const ends = await endsOf(pair, of.topic.record, pending.partitions, options)
  const why = ends.map((one) => endBlocker(one, names)).filter((one) => one !== undefined)
  if (why.length > 0) return { kind: 'failed', why: why.join('; ') }
  const active: MirrorRecord = { ...pending, state: { state: 'ACTIVE' } }
  await session.write(new Map([[stateKey.mirror(active.link, active.mirrorTopic), active]]), options)
  return { kind: 'applied' }
}
