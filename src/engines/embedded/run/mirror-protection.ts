import { clusterRight } from '../../../core/acl.ts'
import { type Protection, whyUnprotected } from '../../../core/protection.ts'
import { requireRights } from '../../../kafka/held-rights.ts'
import { actingLongOn } from '../../../links/acting.ts'
import { type LinkRecord, stateKey } from '../../../links/records.ts'
import type { LinkSession } from '../../../links/session.ts'
import type { LinkState } from '../../../links/state.ts'
import type { Act, Cancel, LinkTarget } from '../../engine.ts'
import { letWrite } from '../../let-write.ts'
import { lookAtProtection, protectMirrors } from '../../protection.ts'
import { noteWhy, shareOfTime, whyNotNow } from './rounds.ts'
import type { SourceWatchOptions } from './source-watch.ts'

const everyMs = 10_000
/** Mirrors that are told of, at the most. */
const maxTold = 20

export interface MirrorProtectionOptions extends SourceWatchOptions {
  readonly onProtected: (done: { readonly denied: number; readonly freed: number }) => void
}

/**
 * Keeps others than the link's principal from writing to its mirrors (`--protect acl`): denies it to those whom ACLs let in, and takes that back where a mirror
 * is none any more. Needs no source.
 */
export class MirrorProtection {
  readonly #options: MirrorProtectionOptions
  #dueMs = 0
  /** Mirrors of the last look: a new one does not wait for its turn. */
  #seen = ''

  constructor(options: MirrorProtectionOptions) {
    this.#options = options
  }

  isDue(link: LinkRecord): boolean {
    const { state } = this.#options.session
    if (link.protect === null && state.protections(link.name).length === 0 && state.unprotected(link.name) === undefined) return false // prettier-ignore
    return this.#options.time.monotonic() >= this.#dueMs || mirrorsOf(state, link).join('\n') !== this.#seen
  }

  /**
   * One look at the destination's ACLs. What is to be done while somebody else acts on the link is left to the next round.
   *
   * @throws what leaves open what was done
   */
  async round(link: LinkRecord, options: Cancel): Promise<void> {
    const { time, session } = this.#options
    const startedMs = time.monotonic()
    const seen = mirrorsOf(session.state, link).join('\n')
    try {
      const why = await this.#protect(link, options)
      if (why === undefined) return
      this.#seen = seen
      const key = stateKey.unprotected(link.name)
      const told = session.state.unprotected(link.name)
      await noteWhy(this.#options, { key, told, why, what: 'mirrors are not protected', recordOf: (some, at) => ({ v: 1, kind: 'unprotected', why: some, at }) }, options) // prettier-ignore
    } finally {
      const now = time.monotonic()
      this.#dueMs = now + Math.max(everyMs, shareOfTime * (now - startedMs))
    }
  }

  /** @returns why mirrors are not protected, or undefined when all is left to the next round */
  async #protect(link: LinkRecord, options: Cancel): Promise<readonly string[] | undefined> {
    const { session, target, actor, time } = this.#options
    const { state } = session
    const at: LinkTarget = { ...target, link, state }
    const other = strangerTo(link, target.destination.principal)
    if (other !== undefined) return [other]
    try {
      const first = await lookAt(at, options)
      if (first.open.size === 0 && first.stale.length === 0) return first.why
      // Looked at before anything is written down that would then not be permitted.
      await requireRights(target.destination, [clusterRight('Alter')], options)
      const by = { actor, time, name: 'link run, to protect mirrors', isTakeOver: false, isYielding: true } as const
      await using acting = await actingLongOn(state, link.name, by, options)
      const { signal } = acting
      const now = state.link(link.name)
      if (now === undefined || strangerTo(now, target.destination.principal) !== undefined) return undefined
      return await this.#carryOut({ ...at, link: now }, acting.session, by, { signal })
    } catch (error) {
      return whyNotNow(error, options)
    }
  }

  /** Under the lock, by what is there now. */
  async #carryOut(at: LinkTarget, session: LinkSession, by: Act, options: Cancel): Promise<readonly string[]> {
    const { open, stale, why } = await lookAt(at, options)
    const freed = [...(await letWrite(at, session, stale, options)).values()]
    const { created, refused } = await protectMirrors(at, session, open, by, options)
    const done = { denied: created, freed: freed.filter(({ kind }) => kind === 'applied').length }
    if (done.denied + done.freed > 0) this.#options.onProtected(done)
    const left = freed.flatMap((outcome) => (outcome.kind === 'incomplete' ? [outcome.why] : []))
    return [...why, ...refused, ...left]
  }
}

interface Look {
  /** Mirrors that others may write to, and be denied it. */
  readonly open: ReadonlyMap<string, Protection>
  /** Topics on which somebody is denied it, and that are no mirrors any more. */
  readonly stale: readonly string[]
  /** Why mirrors cannot be protected. */
  readonly why: readonly string[]
}

async function lookAt({ state, link, destination }: LinkTarget, options: Cancel): Promise<Look> {
  const mirrors = mirrorsOf(state, link)
  const stale = state.protections(link.name).map(({ mirrorTopic }) => mirrorTopic).filter((topic) => link.protect === null || isOpened(state, link, topic)) // prettier-ignore
  if (link.protect === null || mirrors.length === 0) return { open: new Map(), stale, why: [] }
  const { topics, unknown } = await lookAtProtection(destination, mirrors, link.protect.principal, options)
  const never = [...topics].flatMap(([topic, one]) => (one.kind === 'notPossible' ? [`"${topic}": ${whyUnprotected(one) ?? ''}`] : [])) // prettier-ignore
  const more = never.length > maxTold ? [`and ${never.length - maxTold} more`] : []
  const unseen = unknown.length === 0 ? [] : [`what ACLs of kinds that this georep does not know let in is not known: ${unknown.slice(0, maxTold).join('; ')}`] // prettier-ignore
  return {
    open: new Map([...topics].filter(([, { kind }]) => kind === 'open')),
    stale,
    why: [...never.slice(0, maxTold), ...more, ...unseen],
  }
}

/** Topics that the link mirrors, and that nobody is about to open. */
function mirrorsOf(state: LinkState, { name, protect }: LinkRecord): readonly string[] {
  if (protect === null) return []
  const mirrors = state.mirrors(name).filter((one) => one.state.state === 'ACTIVE' || one.state.state === 'PAUSED')
  return mirrors.map(({ mirrorTopic }) => mirrorTopic)
}

/** Of one that is being taken off, or stopped, whoever does that takes it back. */
function isOpened(state: LinkState, { name }: LinkRecord, topic: string): boolean {
  const record = state.mirror(name, topic)
  return record === undefined || record.state.state === 'STOPPED'
}

/** A runner of another principal would be denied itself; as which it comes in is not always known. */
function strangerTo({ name, protect }: LinkRecord, own: string | undefined): string | undefined {
  if (protect === null || own === undefined || own === protect.principal) return undefined
  return `the runner comes in as ${own}, and beside ${protect.principal} nobody is to write to mirrors of link "${name}": georep link alter ${name} --protect none, then --protect acl --runner-principal ${own}` // prettier-ignore
}
