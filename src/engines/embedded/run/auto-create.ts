import { GeorepError, messageOf } from '../../../core/errors.ts'
import { FencedError } from '../../../kafka/held-id.ts'
import { type LinkRecord, stateKey, type StateRecord, type TopicPattern } from '../../../links/records.ts'
import type { Cancel, LinkTarget } from '../../engine.ts'
import { createMirror } from '../mirrors/create-mirror.ts'
import { KnownHoles } from '../holes/known-holes.ts'
import { deletingPhase } from '../../mirror-deletion.ts'
import { Lineage } from '../../lineage.ts'
import { matchTopics } from '../mirrors/match-topics.ts'
import { anewBy, planMirror } from '../mirrors/plan-mirror.ts'
import type { SourceWatchOptions } from './source-watch.ts'

/** A topic that cannot be mirrored is looked at again after this time. */
const againMs = 30_000
const maxTold = 1_000

/**
 * Makes mirrors of topics that match the link's patterns. One that was left half made, by whomever, is gone on with: its record is written before
 * its topic.
 */
export class AutoCreate {
  readonly #options: SourceWatchOptions
  /** When a topic that could not be mirrored is looked at again, and why it could not: a round that gave way has written nothing down. */
  readonly #waiting = new Map<string, { readonly untilMs: number; readonly why: string | undefined }>()
  /** What was told: it may be as the operator wants it, and goes on. */
  readonly #told = new Set<string>()
  readonly #holes: KnownHoles

  constructor(options: SourceWatchOptions) {
    this.#options = options
    this.#holes = new KnownHoles(options.time)
  }

  /** One look at the source's topics. */
  async round(link: LinkRecord, options: Cancel): Promise<void> {
    const { session } = this.#options
    const target: LinkTarget = { ...this.#options.target, link, state: session.state }
    const lineage = new Lineage(target)
    const told = new Map(session.state.unmirrored(link.name).map((record) => [record.sourceTopic, record.why]))
    const why = new Map<string, string>()
    for (const pattern of link.patterns) {
      if (!pattern.isAutoCreate) continue
      for (const topic of await this.#toMake(target, pattern, options)) {
        const waiting = this.#waiting.get(topic)
        const isWaiting = waiting !== undefined && waiting.untilMs > this.#options.time.monotonic()
        const reason = isWaiting ? waiting.why : await this.#make(target, pattern, topic, lineage, options)
        if (reason === 'later') return
        if (reason !== undefined) why.set(topic, reason)
      }
    }
    await this.#writeDown(link.name, { told, why }, options)
  }

  async #toMake(target: LinkTarget, pattern: TopicPattern, options: Cancel): Promise<readonly string[]> {
    const { missing, mirrored, unseen } = await matchTopics(target, pattern, options)
    if (unseen !== undefined) this.#tell(unseen)
    const halfMade = mirrored.filter((topic) => {
      const mirror = target.state.mirror(target.link.name, `${pattern.prefix}${topic}`)
      return mirror?.state.state === 'PENDING' && mirror.state.phase !== deletingPhase && anewBy(mirror) === undefined
    })
    return [...missing, ...halfMade]
  }

  /** @returns why there is no mirror; undefined when there is, or none belongs there; `later` when somebody acts on the link */
  async #make(
    target: LinkTarget,
    { prefix }: TopicPattern,
    topic: string,
    lineage: Lineage,
    options: Cancel,
  ): Promise<string | undefined> {
    const { actor, time } = this.#options
    try {
      const plan = await planMirror(target, topic, { ...options, prefix, isMatched: true, lineage, holes: this.#holes })
      if (plan.blockers.length === 0) {
        const by = { actor, time, name: 'link run, for a topic that matches', isTakeOver: false, isYielding: true } as const
        await createMirror(target, plan, by, options)
        return undefined
      }
      if (plan.isLeftOut === true) return this.#wait(topic, undefined)
      const why = plan.blockers.join('; ')
      this.#tell(`mirroring "${topic}": ${why}`)
      return this.#wait(topic, why)
    } catch (error) {
      options.signal.throwIfAborted()
      if (error instanceof FencedError || (error instanceof GeorepError && error.kind === 'conflict')) return 'later'
      if (!(error instanceof Error)) throw error
      this.#tell(`mirroring "${topic}": ${error.message}`)
      return this.#wait(topic, messageOf(error))
    }
  } // prettier-ignore

  #wait(topic: string, why: string | undefined): string | undefined {
    this.#waiting.set(topic, { untilMs: this.#options.time.monotonic() + againMs, why })
    return why
  }

  #tell(what: string): void {
    if (this.#told.has(what)) return
    // Texts may differ each time: what is remembered must not grow.
    if (this.#told.size >= maxTold) this.#told.clear()
    this.#told.add(what)
    this.#options.onTrouble(what)
  }

  /** Topics that are mirrored by now, or match no more, are taken off the list. */
  async #writeDown(
    link: string,
    { told, why }: { readonly told: ReadonlyMap<string, string>; readonly why: ReadonlyMap<string, string> },
    options: Cancel,
  ): Promise<void> {
    const at = this.#options.time.now().toISOString()
    const records = new Map<string, StateRecord | null>()
    for (const [sourceTopic, reason] of why) {
      if (told.get(sourceTopic) === reason) continue
      records.set(stateKey.unmirrored(link, sourceTopic), { v: 1, kind: 'unmirrored', sourceTopic, why: reason, at })
    }
    for (const sourceTopic of told.keys()) {
      if (!why.has(sourceTopic)) records.set(stateKey.unmirrored(link, sourceTopic), null)
    }
    if (records.size > 0) await this.#options.session.write(records, options)
  }
}
