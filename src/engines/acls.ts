import { bindingKey } from '../core/acl-binding.ts'
import { compareAcls, type Compared, type OwnAcls } from '../core/acl-compare.ts'
import type { AclScope } from '../core/acl-scope.ts'
import { GeorepError } from '../core/errors.ts'
import { denialOf } from '../core/protection.ts'
import { allAcls } from '../kafka/acl-bindings.ts'
import { DeniedError } from '../kafka/denied.ts'
import { LinkState } from '../links/state.ts'
import type { Cancel, LinkTarget } from './target.ts'
import type { ReplicationEngine } from './engine.ts'
import { isReachable } from './reachable.ts'

/** A link's ACLs on both sides. */
export interface AclsSeen extends Compared {
  /** The source as it is, or, while it does not answer, as it was when `acl sync` last wrote it down. */
  readonly sourceSeen: 'now' | Date
  /** What the engine does about ACLs by itself; undefined of one that does nothing. */
  readonly own: OwnAcls | undefined
  /** ACLs of kinds that this georep does not know, one text each. */
  readonly unknown: { readonly source: readonly string[]; readonly destination: readonly string[] }
}

/**
 * Looks at the ACLs on both sides, and at the links that end on the source, whose denials are not copied. With the source dead it goes by what was written down of it. Changes nothing.
 *
 * @param target its state was read
 * @param options.sourceState where links that end on the source were read before
 * @throws DeniedError; GeorepError "unsupported" GR-ACL-NO-AUTHORIZER; "unreachable" for the destination, and for a source of which nothing was
 *   written down
 */
export async function lookAtAcls(
  { ownAcls }: Pick<ReplicationEngine, 'ownAcls'>,
  target: LinkTarget,
  options: Cancel & { readonly sourceState?: LinkState },
): Promise<AclsSeen> {
  const { state, link, source, destination } = target
  const written = state.acls(link.name)
  const [isSourceReachable, there, own] = await Promise.all([
    isReachable(source, link, options),
    allAcls(destination, options),
    ownAcls?.(target, options),
  ])
  const last = written.map(({ at }) => at).toSorted().at(-1) // prettier-ignore
  if (!isSourceReachable && last === undefined) throw unseen(target)
  const denials = isSourceReachable ? await denialsOf(options.sourceState ?? new LinkState(source), options) : new Set<string>() // prettier-ignore
  const held = isSourceReachable ? await allAcls(source, options) : undefined
  const compared = compareAcls({
    source: held === undefined ? { seen: 'written' } : { seen: 'now', bindings: held.bindings },
    destination: there.bindings,
    written,
    scope: scopeOf(target, denials),
    own,
  })
  const sourceSeen = held === undefined && last !== undefined ? new Date(last) : 'now'
  return { ...compared, sourceSeen, own, unknown: { source: held?.unknown ?? [], destination: there.unknown } }
}

/** What protects mirrors on a cluster; what we may not read there is taken for an operator's. */
async function denialsOf(state: LinkState, options: Cancel): Promise<ReadonlySet<string>> {
  try {
    await state.glance(options)
  } catch (error) {
    const isUnreadable = error instanceof GeorepError && error.kind === 'failed'
    if (!(error instanceof DeniedError) && !isUnreadable) throw error
  }
  return denialsIn(state)
}

function scopeOf({ state, link, source }: LinkTarget, onSource: ReadonlySet<string>): AclScope {
  const stillMirrors = state.links().flatMap(({ name }) => state.mirrors(name)).filter(({ state: is }) => is.state !== 'STOPPED') // prettier-ignore
  return {
    mirrors: state.mirrors(link.name),
    closedTopics: [...new Set(stillMirrors.map(({ mirrorTopic }) => mirrorTopic))].toSorted(),
    groups: (state.link(link.name) ?? link).groups,
    ownPrincipal: source.principal,
    ownDenials: { source: onSource, destination: denialsIn(state) },
    fencedTopics: new Set(state.fences(link.name).map(({ sourceTopic }) => sourceTopic)),
  }
}

function denialsIn(state: LinkState): ReadonlySet<string> {
  const records = state.links().flatMap(({ name }) => state.protections(name))
  return new Set(records.flatMap(({ mirrorTopic, principals }) => principals.map((one) => bindingKey(denialOf(mirrorTopic, one))))) // prettier-ignore
}

function unseen({ source, link }: LinkTarget): GeorepError {
  const message = `cluster "${source.name}", the source of link "${link.name}", does not answer, and nothing was written down of its ACLs`
  return new GeorepError('unreachable', 'GR-ACL-SOURCE-UNSEEN', message, {
    stateNow: 'nothing was changed',
    next: `create what is needed on the destination by hand, or georep acl sync --link ${link.name} when the source is back`,
  })
}
