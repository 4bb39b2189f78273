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
import { isReachable, reachedOrRefused } from './reachable.ts'
import { isSourceOpen, type SourceSeen } from './views.ts'

/** A link's ACLs on both sides. */
export interface AclsSeen extends Compared {
  /** The source as it is, or, while it cannot be asked, as it was when `acl sync` last wrote it down. */
  readonly sourceSeen: 'now' | Date
  /** As `LinkView.sourceRefusal`: only where it is shown what was written down. */
  readonly sourceRefusal?: string
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
 * @param options.isShownOnly nothing is done by it: a source that answers, and cannot be asked, is shown as a dead one is
 * @throws DeniedError; GeorepError "unsupported" GR-ACL-NO-AUTHORIZER; "unreachable" for the destination, and for a source of which nothing was
 *   written down; as `isReachable`, of a source that cannot be asked, with what is done by it, and where nothing was written down
 */
export async function lookAtAcls(
  { ownAcls }: Pick<ReplicationEngine, 'ownAcls'>,
  target: LinkTarget,
  options: Cancel & { readonly sourceState?: LinkState; readonly isShownOnly?: boolean },
): Promise<AclsSeen> {
  const { state, link, source, destination } = target
  const written = state.acls(link.name)
  const last = written.map(({ at }) => at).toSorted().at(-1) // prettier-ignore
  const reached = async (): Promise<SourceSeen> => ({
    isSourceReachable: await isReachable(source, link, options).catch((error: unknown) => {
      throw error instanceof GeorepError ? unasked(error) : error
    }),
  })
  const [answer, there, own] = await Promise.all([
    options.isShownOnly === true && last !== undefined ? reachedOrRefused(source, link, options) : reached(),
    allAcls(destination, options),
    ownAcls?.(target, options),
  ])
  const isOpen = isSourceOpen(answer)
  if (!isOpen && last === undefined) throw unseen(target)
  const denials = isOpen ? await denialsOf(options.sourceState ?? new LinkState(source), options) : new Set<string>() // prettier-ignore
  const held = isOpen ? await allAcls(source, options) : undefined
  const compared = compareAcls({
    source: held === undefined ? { seen: 'written' } : { seen: 'now', bindings: held.bindings },
    destination: there.bindings,
    written,
    others: state.links().filter(({ name }) => name !== link.name).flatMap(({ name }) => state.acls(name).map((one) => ({ ...one, link: name }))), // prettier-ignore
    scope: scopeOf(target, denials),
    own,
  })
  const sourceSeen = held === undefined && last !== undefined ? new Date(last) : 'now'
  const { sourceRefusal } = answer
  const unknown = { source: held?.unknown ?? [], destination: there.unknown }
  return { ...compared, sourceSeen, own, unknown, ...(sourceRefusal === undefined ? {} : { sourceRefusal }) }
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

/** What a source that cannot be asked says, as of its ACLs. */
function unasked(refusal: GeorepError): GeorepError {
  const now = 'nothing was changed: what ACLs the source has is not known'
  return refusal.with({ stateNow: refusal.stateNow === undefined ? now : `${refusal.stateNow}\n${now}` })
}

function unseen({ source, link }: LinkTarget): GeorepError {
  const message = `cluster "${source.name}", the source of link "${link.name}", does not answer, and nothing was written down of its ACLs`
  return new GeorepError('unreachable', 'GR-ACL-SOURCE-UNSEEN', message, {
    stateNow: 'nothing was changed',
    next: `create what is needed on the destination by hand, or georep acl sync --link ${link.name} when the source is back`,
  })
}
