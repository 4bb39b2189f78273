import { GeorepError } from '../core/errors.ts'
import type { Outcome } from '../core/outcome.ts'
import { denialText, denyWrites, topicAcls, undenyWrites } from '../kafka/acls.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { type BrokerSetting, brokerSettings } from '../kafka/topics.ts'
import { type FenceRecord, stateKey, type StateRecord } from '../links/records.ts'
import type { LinkSession } from '../links/session.ts'
import type { Act, Blocker, Cancel, LinkTarget, SourceFence, SourceFencePlan, UnfenceAct } from './engine.ts'

const lookEveryMs = 100
const superUsers = 'super.users'
const openByDefault = 'allow.everyone.if.no.acl.found'

/**
 * What fencing these source topics would change, and what stands in its way. Changes nothing.
 *
 * @throws GeorepError "unsupported" GR-NO-AUTHORIZER, "denied", for ACLs
 */
export async function planSourceFence(
  target: Pick<LinkTarget, 'source' | 'state' | 'link'>,
  topics: readonly string[],
  how: SourceFence['how'],
  options: Cancel,
): Promise<SourceFencePlan & { readonly blockers: readonly Blocker[] }> {
  const otherwise = how === 'none' ? [] : fencedOtherwise(target, topics, how)
  if (how === 'hook')
    return { how, steps: ['the command is run with GEOREP_ACTION=fence'], warnings: [], blockers: otherwise }
  if (how === 'none') {
    const warning = 'nothing keeps producers off: that they are stopped is your word'
    return { how, steps: [], warnings: [warning], blockers: [] }
  }
  const { source } = target
  const broker = await settingsOfBrokers(source, options)
  const blockers: Blocker[] = [...otherwise]
  const steps: string[] = []
  for (const topic of topics) {
    const { isWriteDenied, count } = await topicAcls(source, topic, options)
    steps.push(
      isWriteDenied ? `${denialText} on topic "${topic}" is there already` : `create ${denialText} on topic "${topic}"`,
    )
    if (count === 0 && mayBeOpen(broker)) blockers.push(openBlocker(source, topic))
  }
  return { how, steps, warnings: [superUserWarning(source, broker)], blockers }
}

/**
 * Keeps producers off the topics. To deny Write is enough: a producer needs it to append, in a transaction or not, and to add the topic to a
 * transaction. What is in an open transaction already is ended by the brokers themselves, and waited for.
 *
 * What is done is written down before, so that it is known for georep's own after a crash, and adds to what is
 * written down of an earlier try. ACLs have reached every broker when this returns.
 */
export async function fenceSource(
  target: LinkTarget,
  session: LinkSession,
  topics: readonly string[],
  by: Act & { readonly sourceFence: SourceFence },
  options: Cancel,
): Promise<void> {
  const { source, state } = target
  const { sourceFence } = by
  if (sourceFence.how === 'none') return
  const [otherwise] = fencedOtherwise(target, topics, sourceFence.how)
  if (otherwise !== undefined) throw new GeorepError('refused', 'GR-FENCE-BLOCKED', otherwise)
  if (sourceFence.how === 'hook') {
    const factOf = (isDone: boolean) => new Map(topics.map((topic) => [topic, { how: 'hook', isDone }] as const))
    await writeDown(target, session, factOf(false), by, options)
    await session.guarded(async ({ signal }) => { await sourceFence.run('fence', topics, { signal }) }, options) // prettier-ignore
    await writeDown(target, session, factOf(true), by, options)
    return
  }
  const broker = await settingsOfBrokers(source, options)
  const facts = new Map<string, FenceRecord['fence']>()
  for (const topic of topics) {
    const before = state.fence(target.link.name, topic)?.fence
    const isOurs = before?.how === 'acl' && before.isOwn
    const { isWriteDenied, count } = await topicAcls(source, topic, options)
    if (count === 0 && mayBeOpen(broker))
      throw new GeorepError('refused', 'GR-FENCE-BLOCKED', openBlocker(source, topic))
    facts.set(topic, { how: 'acl', isOwn: isOurs || !isWriteDenied })
  }
  await writeDown(target, session, facts, by, options)
  await session.guarded(async (effect) => { await denyWrites(source, topics, effect) }, options) // prettier-ignore
  await untilEveryBroker(source, topics, true, options)
}

/**
 * Takes back what is written down of these topics, and nothing else.
 *
 * @returns the topics that a hook has fenced and that were left so, because there is neither the hook nor the word that it was done by hand
 */
export async function unfenceSource(
  { source, link, state }: LinkTarget,
  session: LinkSession,
  topics: readonly string[],
  sourceFence: UnfenceAct['sourceFence'],
  options: Cancel,
): Promise<readonly string[]> {
  const facts = topics.flatMap((topic) => state.fence(link.name, topic) ?? [])
  const own = facts.filter(({ fence }) => fence.how === 'acl' && fence.isOwn).map(({ sourceTopic }) => sourceTopic)
  if (own.length > 0) {
    await session.guarded(async (effect) => { await undenyWrites(source, own, effect) }, options) // prettier-ignore
    await untilEveryBroker(source, own, false, options)
  }
  const hooked = facts.filter(({ fence }) => fence.how === 'hook').map(({ sourceTopic }) => sourceTopic)
  if (hooked.length > 0 && sourceFence?.how === 'hook') {
    await session.guarded(async ({ signal }) => { await sourceFence.run('unfence', hooked, { signal }) }, options) // prettier-ignore
  }
  const left = sourceFence === undefined ? hooked : []
  const free = facts.filter(({ sourceTopic }) => !left.includes(sourceTopic))
  const records = free.map(({ sourceTopic }) => [stateKey.fence(link.name, sourceTopic), null] as const)
  if (records.length > 0) await session.write(new Map<string, StateRecord | null>(records), options)
  await state.refresh({ ...options, link: link.name })
  return left
}

/** What became of one topic, of which `fenced` were fenced before and `left` are still. */
export function unfencedOutcome(topic: string, fenced: readonly string[], left: readonly string[]): Outcome {
  if (!fenced.includes(topic)) return { kind: 'unchanged', why: 'georep has not fenced it' }
  const why = 'a command has fenced it: say which frees it with --fence hook:<command>, or --fence none when you have freed it yourself' // prettier-ignore
  return left.includes(topic) ? { kind: 'refused', why } : { kind: 'applied' }
}

/** Undefined where they are not shown to us. */
type BrokerSettings = ReadonlyMap<string, BrokerSetting> | undefined

/** The brokers name the setting when it is set, and keep its value to themselves. */
export function mayBeOpen(broker: BrokerSettings): boolean {
  return broker?.has(openByDefault) !== false
}

/** Where topics without ACLs are open to everybody, the first ACL of a topic closes it to everybody: to its readers, and to the runner. */
function openBlocker({ name }: Cluster, topic: string): Blocker {
  return `topic "${topic}" has no ACLs, and cluster "${name}" may let everybody in there (${openByDefault}): a first ACL that denies writes would shut its readers out as well; create one that lets them in before`
}

/** What is written down of an earlier fence would be forgotten if another kind took its place. */
function fencedOtherwise(
  { state, link }: Pick<LinkTarget, 'state' | 'link'>,
  topics: readonly string[],
  how: 'acl' | 'hook',
): readonly Blocker[] {
  return topics.flatMap((topic) => {
    const before = state.fence(link.name, topic)?.fence.how
    if (before === undefined || before === how) return []
    return [`topic "${topic}" is fenced by ${before === 'acl' ? 'ACLs' : 'a command'} of an earlier promote: use the same, or free it with mirror unfence`] // prettier-ignore
  })
}

async function writeDown(
  { link, state }: LinkTarget,
  session: LinkSession,
  facts: ReadonlyMap<string, FenceRecord['fence']>,
  { actor, time }: Act,
  options: Cancel,
): Promise<void> {
  const at = time.now().toISOString()
  const by = { owner: actor.owner, host: actor.host }
  const records = [...facts].map(
    ([sourceTopic, fence]) =>
      [stateKey.fence(link.name, sourceTopic), { v: 1, kind: 'fence', sourceTopic, fence, at, by }] as const,
  )
  await session.write(new Map<string, StateRecord>(records), options)
  await state.refresh({ ...options, link: link.name })
}

/** The controller has taken a change when it answers; each broker goes by what it has heard of it, and is asked itself. */
async function untilEveryBroker(
  source: Cluster,
  topics: readonly string[],
  isDenied: boolean,
  options: Cancel,
): Promise<void> {
  const { brokers } = await source.metadata([], options)
  for (const { nodeId } of brokers) {
    for (const topic of topics) {
      while ((await topicAcls(source, topic, { ...options, nodeId })).isWriteDenied !== isDenied) {
        await source.wait(lookEveryMs, options.signal)
      }
    }
  }
}

/** What one broker tells of super users, and of topics without ACLs: the settings are those of all. */
export async function settingsOfBrokers(source: Cluster, options: Cancel): Promise<BrokerSettings> {
  const { brokers } = await source.metadata([], options)
  const nodeId = brokers[0]?.nodeId ?? 0
  return await brokerSettings(source, nodeId, [superUsers, openByDefault], options)
}

function superUserWarning({ name }: Cluster, broker: BrokerSettings): string {
  const others = 'principals of other types than User'
  if (broker?.has(superUsers) === false) return `ACLs do not bind ${others} on cluster "${name}"`
  return `ACLs do not bind the super users of cluster "${name}", which it does not name, nor ${others}`
}
