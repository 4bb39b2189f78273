import { clusterRight } from '../../../core/acl.ts'
import { bindingKey } from '../../../core/acl-binding.ts'
import { isAclFollowed } from '../../../core/followed-acls.ts'
import { requireRights } from '../../../kafka/held-rights.ts'
import { type LinkRecord, stateKey } from '../../../links/records.ts'
import { LinkState } from '../../../links/state.ts'
import { lookAtAcls } from '../../acls.ts'
import type { Cancel, LinkTarget } from '../../engine.ts'
import { isToBeSynced, syncAcls } from '../../sync-acls.ts'
import { noteWhy, shareOfTime, whyNotNow } from './rounds.ts'
import type { SourceWatchOptions } from './source-watch.ts'

const everyMs = 10_000
/** What was refused, or is not permitted, is tried again after this time. */
const againMs = 30_000

export interface AclSyncOptions extends SourceWatchOptions {
  readonly onSynced: (done: { readonly created: number; readonly deleted: number }) => void
}

/** Brings over ACLs as `acl sync` does, without being asked about each. Nothing is written where nothing is to be done. */
export class AclSync {
  readonly #options: AclSyncOptions
  readonly #sourceState: LinkState
  #dueMs = 0
  /** When the ACLs of both sides were compared last, and what was to be done was. */
  syncedAt: Date | undefined

  constructor(options: AclSyncOptions) {
    this.#options = options
    this.#sourceState = new LinkState(options.target.source)
  }

  get isDue(): boolean {
    return this.#options.time.monotonic() >= this.#dueMs
  }

  /**
   * One look at both sides. What is to be done while somebody else acts on the link, or while the source does not answer, is left to the next round.
   *
   * @throws what leaves open what was done
   */
  async round(link: LinkRecord, options: Cancel): Promise<void> {
    const { time, session } = this.#options
    const startedMs = time.monotonic()
    let why: readonly string[] | undefined
    try {
      why = link.syncAcls === null ? [] : await this.#bring(link, link.syncAcls.resources, options)
      if (why === undefined) return
      if (why.length === 0 && link.syncAcls !== null) this.syncedAt = time.now()
      const key = stateKey.unsyncedAcls(link.name)
      const told = session.state.unsyncedAcls(link.name)
      await noteWhy(this.#options, { key, told, why, what: 'ACLs are not brought over', recordOf: (some, at) => ({ v: 1, kind: 'unsyncedacls', why: some, at }) }, options) // prettier-ignore
    } finally {
      const now = time.monotonic()
      const restMs = why === undefined || why.length === 0 ? everyMs : againMs
      this.#dueMs = now + Math.max(restMs, shareOfTime * (now - startedMs))
    }
  }

  /** @returns what stands in the way, or undefined when it is left to the next round */
  async #bring(link: LinkRecord, resources: readonly string[], options: Cancel): Promise<readonly string[] | undefined> {
    const { session, target, actor, time, onSynced } = this.#options
    const { state } = session
    const at: LinkTarget = { ...target, link, state }
    try {
      const within = { ...options, sourceState: this.#sourceState }
      const seen = await lookAtAcls({}, at, within)
      if (seen.sourceSeen !== 'now') return undefined
      const opened = state.mirrors(link.name).filter((one) => one.state.state === 'STOPPED').map(({ mirrorTopic }) => mirrorTopic) // prettier-ignore
      const isWanted = isAclFollowed(resources, { opened, written: state.acls(link.name) })
      if (!isToBeSynced(at, seen, isWanted)) return []
      // Looked at before anything is written down of what would then not be permitted.
      await requireRights(target.destination, [clusterRight('Alter')], options)
      const by = { actor, time, name: 'link run, for ACLs', isTakeOver: false, isYielding: true } as const
      const { outcomes } = await syncAcls({}, at, { planned: seen.rows.filter(isWanted), isWanted, by }, within)
      const counts = { created: 0, deleted: 0 }
      for (const { fate, destination } of seen.rows) {
        const kind = destination === null ? undefined : outcomes.get(bindingKey(destination))?.kind
        if (kind !== 'applied' && kind !== 'pending') continue
        if (fate === 'create') counts.created++
        if (fate === 'delete') counts.deleted++
      }
      if (counts.created + counts.deleted > 0) onSynced(counts)
      return [...outcomes.values()].flatMap((outcome) => (outcome.kind === 'failed' || outcome.kind === 'refused' ? [outcome.why] : [])) // prettier-ignore
    } catch (error) {
      return whyNotNow(error, options)
    }
  } // prettier-ignore
}
