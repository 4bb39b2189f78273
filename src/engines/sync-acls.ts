import { createHash } from 'node:crypto'
import { type AclBinding, bindingKey } from '../core/acl-binding.ts'
import type { AclRow, WrittenAcl } from '../core/acl-compare.ts'
import { GeorepError } from '../core/errors.ts'
import type { Outcome } from '../core/outcome.ts'
import { portionsOf } from '../core/portions.ts'
import { createBindings, deleteBindings, isKnownToAll } from '../kafka/acl-bindings.ts'
import { actingLongOn } from '../links/acting.ts'
import { withWhatWasDone } from '../links/held.ts'
import { type AclRecord, stateKey, type StateRecord } from '../links/records.ts'
import type { LinkState } from '../links/state.ts'
import type { LinkSession, Act } from '../links/session.ts'
import { type AclsSeen, lookAtAcls } from './acls.ts'
import type { Cancel, LinkTarget } from './target.ts'
import type { ReplicationEngine } from './engine.ts'

/** In one request, and in one record batch of the state topic. */
const aclsAtOnce = 300

export interface AclsSynced {
  readonly seen: AclsSeen
  /** By `bindingKey` of the ACL on the destination: of those that were to be created or deleted. */
  readonly outcomes: ReadonlyMap<string, Outcome>
}

/**
 * Creates on the destination what is lacking there, deletes what georep has created and the source has no more, and writes down what is to be created
 * later, so that it can be with the source dead. Safe to call again: what was done is found done.
 *
 * That an ACL is georep's to delete is known only where it was seen not to be there, and the answer of its creation was written down: what ended in between
 * may be an operator's, and stays.
 *
 * @param planned what was shown
 * @param isWanted all others are left as they are, and as they are written down
 * @throws as lookAtAcls; GeorepError "conflict" when the link is held, or more would be done than was shown; "unknown" when no answer came
 */
export async function syncAcls(
  engine: Pick<ReplicationEngine, 'ownAcls'>,
  target: LinkTarget,
  { planned, isWanted, by }: { readonly planned: readonly AclRow[]; readonly isWanted: (row: Pick<AclRow, 'source' | 'destination'>) => boolean; readonly by: Act }, // prettier-ignore
  options: Cancel & { readonly sourceState?: LinkState },
): Promise<AclsSynced> {
  const { state, link, destination } = target
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const links = state.links().map(({ name }) => name)
  const seen = await lookAtAcls(engine, target, { ...options, signal })
  const rows = seen.rows.filter(isWanted)
  requireShown(link.name, rows, planned)
  const creates = bound(rows, 'create')
  const deletes = bound(rows, 'delete')
  const writing = new Writing(target, session, by)
  const outcomes = new Map<string, Outcome>()
  try {
    await writing.put(laterOf(target, rows), 'held', { signal })
    await writing.put(seen.shared.filter(isWanted), 'created', { signal })
    await writing.drop(seen.obsolete.filter(isWanted).map((one) => one.destination), { signal }) // prettier-ignore
    const yielded = seen.yielded.filter(isWanted)
    if (yielded.length > 0) {
      await state.refresh({ signal })
      await writing.put(leftByAll(state, yielded, links), 'created', { signal })
    }
    // What denies first: between the two nobody may do more than on the source.
    const inOrder = creates.toSorted((a, b) => Number(isAllowed(a)) - Number(isAllowed(b)))
    for (const some of portions(inOrder)) {
      await writing.put(some, 'begun', { signal })
      const bindings = some.map(({ destination: to }) => to)
      const results = await session.guarded(async (effect) => await createBindings(destination, bindings, effect), { signal }) // prettier-ignore
      const isDone = (index: number): boolean => results[index]?.kind === 'applied'
      await writing.put(some.filter((_, index) => isDone(index)), 'created', { signal }) // prettier-ignore
      for (const [index, result] of results.entries()) outcomes.set(keyOf(some[index]), result)
    }
    for (const some of portions(deletes)) {
      const bindings = some.map(({ destination: to }) => to)
      const results = await session.guarded(async (effect) => await deleteBindings(destination, bindings, effect), { signal }) // prettier-ignore
      await writing.drop(bindings.filter((_, index) => results[index]?.kind === 'applied'), { signal }) // prettier-ignore
      for (const [index, result] of results.entries()) outcomes.set(keyOf(some[index]), result)
    }
    const done = (all: readonly BoundRow[]): readonly string[] => all.map(keyOf).filter((key) => outcomes.get(key)?.kind === 'applied') // prettier-ignore
    if (outcomes.size > 0 && !(await isKnownToAll(destination, { there: done(creates), gone: done(deletes) }, { signal })))
      for (const [key, { kind }] of outcomes) if (kind === 'applied') outcomes.set(key, { kind: 'pending', why: 'not every broker has heard of it yet' }) // prettier-ignore
  } catch (error) {
    throw withWhatWasDone(error, 'ACLs may have been created or deleted in part: acl list shows them')
  }
  for (const row of [...bound(planned, 'create'), ...bound(planned, 'delete')]) {
    if (!outcomes.has(keyOf(row))) outcomes.set(keyOf(row), { kind: 'unchanged', why: 'somebody else has done it meanwhile, or it is to be done no more' }) // prettier-ignore
  }
  return { seen, outcomes }
}

/**
 * Those that were left to another link, which has left them to this one in the same moment: whoever wrote that last reads both here, and takes them back, to be
 * deleted when the ACLs are brought over next. What a link had that is deleted by now stays.
 *
 * @param state read after what was left was written
 * @param links those that there were before
 */
export function leftByAll<T extends Pick<WrittenAcl, 'destination'>>(
  state: Pick<LinkState, 'links' | 'acls'>,
  yielded: readonly T[],
  links: readonly string[],
): readonly T[] {
  const now = state.links().map(({ name }) => name)
  if (links.some((link) => !now.includes(link))) return []
  const kept = new Set(now.flatMap((link) => state.acls(link).filter(({ is }) => is === 'created').map((one) => bindingKey(one.destination)))) // prettier-ignore
  return yielded.filter(({ destination }) => !kept.has(bindingKey(destination)))
}

/** Whether `syncAcls` would do something, or write something down. */
export function isToBeSynced(
  target: LinkTarget,
  seen: AclsSeen,
  isWanted: (row: Pick<AclRow, 'source' | 'destination'>) => boolean,
): boolean {
  const rows = seen.rows.filter(isWanted)
  const isNow = rows.some(({ fate }) => fate === 'create' || fate === 'delete')
  return isNow || laterOf(target, rows).length > 0 || [...seen.obsolete, ...seen.shared].some(isWanted)
}

/** What is to be written down, for later. */
function laterOf(target: LinkTarget, rows: readonly AclRow[]): readonly BoundRow[] {
  const later = [...bound(rows, 'held'), ...bound(rows, 'engine')]
  return later.filter((row) => !isWrittenAs(target, row, 'held'))
}

type BoundRow = AclRow & { readonly destination: AclBinding }

function bound(rows: readonly AclRow[], fate: AclRow['fate']): readonly BoundRow[] {
  return rows.flatMap((row) => (row.fate === fate && row.destination !== null ? [{ ...row, destination: row.destination }] : [])) // prettier-ignore
}

function isAllowed({ destination }: BoundRow): boolean {
  return destination.permission === 'Allow'
}

function keyOf(row: BoundRow | undefined): string {
  return row === undefined ? '' : bindingKey(row.destination)
}

/** As many as go into one request. */
export function portions<T>(all: readonly T[]): readonly (readonly T[])[] {
  return portionsOf(all, aclsAtOnce)
}

/** What the operator has not seen is not done. */
function requireShown(link: string, rows: readonly AclRow[], planned: readonly AclRow[]): void {
  const shown = new Set(planned.map(planKey))
  const isNew = rows.some((row) => (row.fate === 'create' || row.fate === 'delete') && !shown.has(planKey(row)))
  if (!isNew) return
  throw new GeorepError('conflict', 'GR-PLAN-STALE', `the ACLs of link "${link}" are not as they were shown`, {
    stateNow: 'somebody else has changed some meanwhile; nothing was changed',
    next: 'the same command again: it shows them as they are now',
  })
}

function planKey({ fate, destination }: AclRow): string {
  return `${fate} ${destination === null ? '' : bindingKey(destination)}`
}

/** The state topic's key has no room for all that an ACL's text may hold. */
function idOf(destination: AclBinding): string {
  return createHash('sha256').update(bindingKey(destination)).digest('hex').slice(0, 32)
}

function isWrittenAs({ state, link }: LinkTarget, { destination }: BoundRow, is: AclRecord['is']): boolean {
  const key = bindingKey(destination)
  return state.acls(link.name).some((one) => one.is === is && bindingKey(one.destination) === key)
}

/** What is written down of a link's ACLs, some at a time. */
class Writing {
  readonly #target: LinkTarget
  readonly #session: LinkSession
  readonly #by: Act

  constructor(target: LinkTarget, session: LinkSession, by: Act) {
    this.#target = target
    this.#session = session
    this.#by = by
  }

  async put(
    rows: readonly Pick<BoundRow, 'source' | 'destination'>[],
    is: AclRecord['is'],
    options: Cancel,
  ): Promise<void> {
    const { actor, time } = this.#by
    const at = time.now().toISOString()
    const by = { owner: actor.owner, host: actor.host }
    const records = rows.flatMap(({ source, destination }): readonly [string, StateRecord][] =>
      source === null ? [] : [[this.#keyOf(destination), { v: 1, kind: 'acl', source, destination, is, at, by }]],
    )
    await this.#write(records, options)
  }

  async drop(bindings: readonly AclBinding[], options: Cancel): Promise<void> {
    await this.#write(bindings.map((binding) => [this.#keyOf(binding), null] as const), options) // prettier-ignore
  }

  #keyOf(destination: AclBinding): string {
    return stateKey.acl(this.#target.link.name, idOf(destination))
  }

  async #write(records: readonly (readonly [string, StateRecord | null])[], options: Cancel): Promise<void> {
    for (const some of portions(records)) await this.#session.write(new Map(some), options)
  }
}
