import { clusterRight } from '../core/acl.ts'
import { type AclBinding, bindingKey } from '../core/acl-binding.ts'
import { GeorepError, messageOf } from '../core/errors.ts'
import type { Outcome } from '../core/outcome.ts'
import { denialOf } from '../core/protection.ts'
import { deleteBindings, isKnownToAll } from '../kafka/acl-bindings.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { DeniedError } from '../kafka/denied.ts'
import { requireRights } from '../kafka/held-rights.ts'
import { clusterRights } from '../kafka/rights.ts'
import type { Effect } from '../kafka/topics.ts'
import { isTaken } from '../links/held.ts'
import { type ProtectionRecord, stateKey } from '../links/records.ts'
import type { LinkSession } from '../links/session.ts'
import type { Cancel, LinkTarget } from './target.ts'
import type { Stopped, DeniedWriters } from './stopping.ts'
import { portions } from './sync-acls.ts'

type Protected = Pick<LinkTarget, 'state' | 'link' | 'destination'>

/** Whom georep denies Write on these mirror topics, by what is written down; undefined where it denies nobody. Changes nothing. */
export async function deniedWriters(
  { state, link, destination }: Protected,
  topics: readonly string[],
  options: Cancel,
): Promise<DeniedWriters | undefined> {
  const records = topics.flatMap((topic) => state.protection(link.name, topic) ?? [])
  if (records.length === 0) return undefined
  const rights = await clusterRights(destination, options)
  return {
    topics: records.map(({ mirrorTopic, principals }) => ({ topic: mirrorTopic, principals })),
    isPermitted: rights?.has('Alter') === true,
  }
}

/**
 * Lets those write again to whom georep denies it on these topics, which nobody mirrors any more, or soon. Exactly what is written down is deleted; every broker
 * has heard of it when this returns.
 *
 * @returns one outcome a topic on which somebody was denied it; `incomplete` with the reason where it could not be taken back, or not for certain
 * @throws GeorepError "conflict" when the link was taken over
 */
export async function letWrite(
  { state, link, destination }: Protected,
  session: LinkSession,
  topics: readonly string[],
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome>> {
  const records = topics.flatMap((topic) => state.protection(link.name, topic) ?? [])
  const outcomes = new Map<string, Outcome>()
  if (records.length === 0) return outcomes
  try {
    const why = await takeBack(destination, session, records, options)
    const done = records.filter(({ mirrorTopic }) => !why.has(mirrorTopic))
    for (const some of portions(done.map(({ mirrorTopic }) => stateKey.protection(link.name, mirrorTopic)))) {
      await session.write(new Map(some.map((key) => [key, null])), options)
    }
    for (const record of records) {
      const left = why.get(record.mirrorTopic)
      outcomes.set(record.mirrorTopic, left === undefined ? { kind: 'applied' } : stillDenied(record, left))
    }
  } catch (error) {
    if (session.signal.aborted) throw session.signal.reason
    if (isTaken(error)) throw error
    const why = options.signal.aborted ? 'the time was up' : messageOf(error)
    for (const record of records) outcomes.set(record.mirrorTopic, stillDenied(record, why))
  }
  return outcomes
}

/** What became of mirrors that were stopped before, with those on which somebody was still denied Write. */
export async function letWriteLate<T extends Stopped>(
  target: Protected,
  session: LinkSession,
  stopped: readonly T[],
  options: Cancel,
): Promise<readonly T[]> {
  const outcomes = await letWrite(target, session, stopped.map(({ topic }) => topic), options) // prettier-ignore
  return stopped.map((one) => ({ ...one, outcome: outcomes.get(one.topic) ?? one.outcome }))
}

/**
 * As `letWrite`, of an act after which nobody would know of it any more.
 *
 * @throws DeniedError before anything was done; GeorepError "incomplete" GR-STILL-DENIED
 */
export async function requireLetWrite(
  target: Protected,
  session: LinkSession,
  topics: readonly string[],
  options: Cancel,
): Promise<void> {
  const left = [...(await letWrite(target, session, topics, options)).values()]
  const why = left.flatMap((outcome) => (outcome.kind === 'incomplete' ? [outcome.why] : []))
  if (why.length === 0) return
  throw new GeorepError('incomplete', 'GR-STILL-DENIED', `not all who were denied it may write again: ${why.slice(0, 3).join('; ')}`, { next: 'the same command goes on' }) // prettier-ignore
}

/** @throws DeniedError when georep denies somebody Write on one of these topics, and we may not take it back */
export async function requireMayLetWrite(
  { state, link, destination }: Protected,
  topics: readonly string[],
  options: Cancel,
): Promise<void> {
  const isDenied = topics.some((topic) => state.protection(link.name, topic) !== undefined)
  if (isDenied) await requireRights(destination, [clusterRight('Alter')], options)
}

/**
 * Deletes exactly these denials, whoever holds the link.
 *
 * @returns by the key of each, see `bindingKey`, why it was not deleted; those that were are left out
 * @throws as `deleteBindings`
 */
export async function deleteDenials(
  destination: Cluster,
  denials: readonly AclBinding[],
  effect: Effect,
): Promise<ReadonlyMap<string, string>> {
  const why = new Map<string, string>()
  for (const some of portions(denials)) {
    for (const [index, result] of (await deleteBindings(destination, some, effect)).entries()) {
      const one = some[index]
      if (one !== undefined && 'why' in result) why.set(bindingKey(one), result.why)
    }
  }
  return why
}

/** @returns by topic what could not be taken back, and why */
async function takeBack(
  destination: Cluster,
  session: LinkSession,
  records: readonly ProtectionRecord[],
  options: Cancel,
): Promise<ReadonlyMap<string, string>> {
  const denials = records.flatMap(({ mirrorTopic, principals }) => principals.map((one) => denialOf(mirrorTopic, one)))
  const left = new Map<string, string>()
  try {
    const failed = await session.guarded(async (effect) => await deleteDenials(destination, denials, effect), options)
    for (const { resource, ...one } of denials) {
      const why = failed.get(bindingKey({ resource, ...one }))
      if (why !== undefined) left.set(resource.name, why)
    }
  } catch (error) {
    if (isWithoutAuthorizer(error)) return left
    if (!(error instanceof DeniedError)) throw error
    // An administrator may have done it: that can be seen with less.
    for (const { resource } of denials) left.set(resource.name, error.message)
    if (!(await isGone(destination, denials, options))) return left
    left.clear()
    return left
  }
  const gone = denials.filter(({ resource }) => !left.has(resource.name)).map(bindingKey)
  if (await isKnownToAll(destination, { there: [], gone }, options)) return left
  return new Map(records.map(({ mirrorTopic }) => [mirrorTopic, 'not every broker has heard of it yet']))
}

async function isGone(destination: Cluster, denials: readonly AclBinding[], options: Cancel): Promise<boolean> {
  try {
    return await isKnownToAll(destination, { there: [], gone: denials.map(bindingKey) }, { ...options, isOnce: true })
  } catch (error) {
    if (error instanceof DeniedError) return false
    throw error
  }
}

/** ACLs bind nobody there any more. */
function isWithoutAuthorizer(error: unknown): boolean {
  return error instanceof GeorepError && error.code === 'GR-ACL-NO-AUTHORIZER'
}

function stillDenied({ principals }: ProtectionRecord, why: string): Outcome {
  return { kind: 'incomplete', why: `${principals.join(', ')} may not write there yet (--protect acl): ${why}` }
}
