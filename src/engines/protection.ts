import { bindingKey } from '../core/acl-binding.ts'
import { denialOf, type Protection, protectionOf, TopicBindings } from '../core/protection.ts'
import { allAcls, createBindings } from '../kafka/acl-bindings.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { type ProtectionRecord, stateKey, type StateRecord } from '../links/records.ts'
import type { LinkSession } from '../links/session.ts'
import type { Act, Cancel, LinkTarget } from './engine.ts'
import { deleteDenials } from './let-write.ts'
import { mayBeOpen, settingsOfBrokers } from './source-fence.ts'
import { portions } from './sync-acls.ts'

const takeBackMs = 10_000

export interface ProtectionSeen {
  /** By mirror topic. */
  readonly topics: ReadonlyMap<string, Protection>
  /** ACLs of kinds that this georep does not know, one text each: whether they let somebody write is not known. */
  readonly unknown: readonly string[]
}

/**
 * Whether only this principal may write to each of these topics, which need not be there yet, by the ACLs that the cluster has now. Changes nothing.
 *
 * @throws DeniedError; GeorepError "unsupported" GR-ACL-NO-AUTHORIZER
 */
export async function lookAtProtection(
  destination: Cluster,
  topics: readonly string[],
  principal: string,
  options: Cancel,
): Promise<ProtectionSeen> {
  const { bindings, unknown } = await allAcls(destination, options)
  const about = new TopicBindings(bindings)
  // Asked only where it matters.
  const isOpenByDefault = topics.some((topic) => about.of(topic).length === 0) && mayBeOpen(await settingsOfBrokers(destination, options)) // prettier-ignore
  const by = { principal, isOpenByDefault }
  return { topics: new Map(topics.map((topic) => [topic, protectionOf(topic, about, by)])), unknown }
}

/** The same of all mirrors of a link that are not stopped. */
export async function lookAtMirrors(
  { state, link, destination }: Pick<LinkTarget, 'state' | 'link' | 'destination'>,
  principal: string,
  options: Cancel,
): Promise<ProtectionSeen> {
  const open = state.mirrors(link.name).filter((one) => one.state.state !== 'STOPPED')
  return await lookAtProtection(destination, open.map(({ mirrorTopic }) => mirrorTopic), principal, options) // prettier-ignore
}

/** Why these topics cannot be protected, one text each. */
export function protectionBlockers({ topics, unknown }: ProtectionSeen): readonly string[] {
  const never = [...topics].flatMap(([topic, one]) => (one.kind === 'notPossible' ? [`topic "${topic}" cannot be protected: ${one.why}`] : [])) // prettier-ignore
  return [...never, ...unknown.map((one) => `what an ACL lets in that this georep does not know is not known: ${one}`)]
}

/**
 * Denies Write on these mirror topics to whoever else may write there by name: DENY ACLs, each written down before as georep's own. What another act may
 * have undone meanwhile is taken back.
 *
 * @returns how many denials were created, and why others were not, one text each
 * @throws as lookAtProtection; GeorepError "conflict" when the link is held; "unknown" when no answer came
 */
export async function protectMirrors(
  target: Pick<LinkTarget, 'state' | 'link' | 'destination'>,
  session: LinkSession,
  seen: ReadonlyMap<string, Protection>,
  by: Act,
  options: Cancel,
): Promise<{ readonly created: number; readonly refused: readonly string[] }> {
  const { destination } = target
  const wanted = [...seen].flatMap(([topic, one]) => (one.kind === 'open' ? one.writers.map((writer) => denialOf(topic, writer)) : [])) // prettier-ignore
  let created = 0
  const refused: string[] = []
  for (const some of portions(wanted)) {
    await session.write(recordsWith(target, some, by), options)
    await target.state.refresh({ ...options, link: target.link.name })
    const results = await session.guarded(async (effect) => await createBindings(destination, some, effect), options)
    try {
      await session.write(new Map(), options)
    } catch (error) {
      // A failover that was in between may have deleted what it knew of before this was there.
      await deleteDenials(destination, some, { signal: AbortSignal.timeout(takeBackMs) }).catch(() => undefined)
      throw error
    }
    for (const [index, result] of results.entries()) {
      if (result.kind === 'applied') created++
      else if ('why' in result) refused.push(`${bindingKey(some[index] ?? denialOf('', ''))}: ${result.why}`)
    }
  }
  return { created, refused }
}

/** What is written down with these denials: one record a topic. */
function recordsWith(
  { state, link: { name } }: Pick<LinkTarget, 'state' | 'link'>,
  denials: readonly ReturnType<typeof denialOf>[],
  { actor, time }: Act,
): ReadonlyMap<string, StateRecord> {
  const more = new Map<string, readonly string[]>()
  for (const { resource, principal } of denials) {
    const before = more.get(resource.name) ?? state.protection(name, resource.name)?.principals ?? []
    more.set(resource.name, [...new Set([...before, principal])])
  }
  const [at, by] = [time.now().toISOString(), { owner: actor.owner, host: actor.host }]
  return new Map(
    [...more].map(([mirrorTopic, principals]): [string, ProtectionRecord] => [
      stateKey.protection(name, mirrorTopic),
      { v: 1, kind: 'protection', mirrorTopic, principals: [...principals], at, by },
    ]),
  )
}
