import { GeorepError, messageOf } from '../../../core/errors.ts'
import { portionsOf } from '../../../core/portions.ts'
import type { ClusterMetadata } from '../../../kafka/cluster.ts'
import { DeniedError } from '../../../kafka/denied.ts'
import { FencedError } from '../../../kafka/held-id.ts'
import { alterTopicConfigs, type ConfigEntry, topicConfigsOrWhy } from '../../../kafka/topics.ts'
import { type ActingLong, actingLongOn } from '../../../links/acting.ts'
import { type LinkRecord, type MirrorRecord, stateKey, type StateRecord } from '../../../links/records.ts'
import type { LinkSession } from '../../../links/session.ts'
import type { Cancel, LinkTarget, MirrorConfigs } from '../../engine.ts'
import { knownSettings } from '../../last-configs.ts'
import { type ConfigChanges, configChanges, recordAfter, mirrorConfigsOf, saySame } from '../mirrors/config-changes.ts'
import { grownMirror, whyNotWhole } from '../mirrors/partition-growth.ts'
import { Refusals } from './refusals.ts'
import type { SourceWatchOptions } from './source-watch.ts'

const everyMs = 5_000
/** A look at very many mirrors takes this part of the time at the most. */
const shareOfTime = 20
/** Topics in one look: their settings are some kilobytes each, on both sides. */
const topicsAtOnce = 200

export interface ContinuousSyncOptions extends SourceWatchOptions {
  readonly onSynced: (mirror: string, what: string) => void
  /** How long the source keeps tombstones (delete.retention.ms), of each mirror at each look that was told. */
  readonly onTombstonesKept: (record: MirrorRecord, ms: number) => void
}

/** Keeps settings and partition counts of mirror topics as their sources', without stopping what is carried. Nothing is written where nothing differs. */
export class ContinuousSync {
  readonly #options: ContinuousSyncOptions
  readonly #refusals: Refusals
  #dueMs = 0
  /** When all mirrors were compared last, and what could be done about them was. */
  syncedAt: Date | undefined

  constructor(options: ContinuousSyncOptions) {
    this.#options = options
    this.#refusals = new Refusals(options.time)
  }

  get isDue(): boolean {
    return this.#options.time.monotonic() >= this.#dueMs
  }

  /**
   * One look at all of these mirrors. What differs while somebody else acts on the link is left to the next round.
   *
   * @throws what stands in the way of looking at any mirror, or leaves open what was done
   */
  async round(link: LinkRecord, mirrors: readonly MirrorRecord[], options: Cancel): Promise<void> {
    const { time } = this.#options
    const startedMs = time.monotonic()
    try {
      if (await this.#lookAtAll(link, mirrors, options)) this.syncedAt = time.now()
    } finally {
      const now = time.monotonic()
      this.#dueMs = now + Math.max(everyMs, shareOfTime * (now - startedMs))
    }
  }

  /** @returns false when something is left to the next round */
  async #lookAtAll(link: LinkRecord, mirrors: readonly MirrorRecord[], options: Cancel): Promise<boolean> {
    const { session, target } = this.#options
    const at: LinkTarget = { ...target, link, state: session.state }
    const why = new Map<string, readonly string[]>()
    let isDone = true
    const known = await knownOrWhy(at, options)
    for (const some of portionsOf(mirrors, topicsAtOnce)) {
      const seen = await look(at, some, known, options)
      for (const { record, tombstonesKeptMs } of seen)
        if (tombstonesKeptMs !== undefined) this.#options.onTombstonesKept(record, tombstonesKeptMs)
      isDone = (await this.#bring(at, seen, options)) && isDone
      for (const one of seen) why.set(one.record.mirrorTopic, this.#whyOf(one))
    }
    await this.#writeDown(link.name, why, options)
    return isDone
  }

  async #bring(target: LinkTarget, seen: readonly Seen[], options: Cancel): Promise<boolean> {
    const todo = seen.filter((one) => this.#isToDo(one.record, one))
    if (todo.length === 0) return true
    const { actor, time } = this.#options
    const by = { actor, time, name: 'link run, for changes of source topics', isTakeOver: false, isYielding: true } as const // prettier-ignore
    try {
      await using acting = await actingLongOn(target.state, target.link.name, by, options)
      for (const one of todo) await this.#bringOne(target, acting, one)
      return true
    } catch (error) {
      options.signal.throwIfAborted()
      if (error instanceof FencedError || (error instanceof GeorepError && error.kind === 'conflict')) return false
      if (!(error instanceof DeniedError)) throw error
      for (const one of todo) this.#noteDenied(one, error.message)
      return true
    }
  }

  /** The lock itself is not permitted: nothing can be done about any of them. */
  #noteDenied(seen: Seen, why: string): void {
    const { mirrorTopic: topic } = seen.record
    const count = countToAdd(seen.record, seen)
    if (count !== undefined) this.#refusals.note(topic, partitionsKey, { value: String(count), why })
    for (const [name, value] of changesOf(seen.record, seen)?.set ?? []) this.#refusals.note(topic, name, { value, why }) // prettier-ignore
    this.#refusals.note(topic, recordKey, { value: undefined, why })
  }

  #isToDo(record: MirrorRecord, seen: Seen): boolean {
    const { mirrorTopic: topic } = record
    const count = countToAdd(record, seen)
    if (count !== undefined && !this.#refusals.isHeld(topic, partitionsKey, String(count))) return true
    const changes = changesOf(record, seen)
    if (changes === undefined) return false
    const { due, held } = this.#refusals.split(topic, changes.set)
    if (due.size > 0) return true
    return !saySame(recordAfter(record, changes, held), record) && !this.#refusals.isHeld(topic, recordKey, undefined)
  }

  async #bringOne(target: LinkTarget, { session, signal }: ActingLong, seen: Seen): Promise<void> {
    const { state, link } = target
    const { mirrorTopic: topic, mirrorTopicId } = seen.record
    const record = state.mirror(link.name, topic)
    // Since the look an operator may have stopped it, or taken it off.
    if (record?.state.state !== 'ACTIVE' || record.mirrorTopicId !== mirrorTopicId) return
    if (state.failure(link.name, topic) !== undefined) return
    const changes = changesOf(record, seen)
    const synced = changes === undefined ? record : await this.#bringConfigs(target, session, record, changes, signal)
    const next = (await this.#bringPartitions(target, session, synced, seen, signal)) ?? synced
    if (next === record || (saySame(next, record) && next.partitions === record.partitions)) return
    await session.write(new Map([[stateKey.mirror(link.name, topic), next]]), { signal })
  }

  async #bringConfigs(
    { destination }: LinkTarget,
    session: LinkSession,
    record: MirrorRecord,
    changes: ConfigChanges,
    signal: AbortSignal,
  ): Promise<MirrorRecord> {
    const { mirrorTopic: topic } = record
    const alter = async (set: ConfigChanges['set']): Promise<string | undefined> =>
      await refusalOf(async () => {
        await session.guarded(async (effect) => { await alterTopicConfigs(destination, topic, set, effect) }, { signal }) // prettier-ignore
      })
    const { due, held } = this.#refusals.split(topic, changes.set)
    const refused = new Set(held)
    const done = new Set<string>()
    // Together; a broker refuses all for the sake of one, which is then found.
    const isTaken = due.size === 0 || (await alter(due)) === undefined
    for (const [name, value] of due) {
      const why = isTaken ? undefined : await alter(new Map([[name, value]]))
      if (why === undefined) done.add(name)
      else refused.add(name)
      this.#refusals.note(topic, name, { value, why })
    }
    if (done.size > 0) this.#options.onSynced(topic, settingsText(due, done))
    return recordAfter(record, changes, refused)
  }

  async #bringPartitions(
    target: LinkTarget,
    session: LinkSession,
    record: MirrorRecord,
    seen: Seen,
    signal: AbortSignal,
  ): Promise<MirrorRecord | undefined> {
    const { mirrorTopic: topic } = record
    const count = countToAdd(record, seen)
    if (count === undefined || this.#refusals.isHeld(topic, partitionsKey, String(count))) return undefined
    let grown: MirrorRecord | undefined
    const why = await refusalOf(async () => { grown = await grownMirror(target, session, record, { signal }) }) // prettier-ignore
    this.#refusals.note(topic, partitionsKey, { value: String(count), why })
    if (grown !== undefined) this.#options.onSynced(topic, `${grown.partitions} partitions, as the source has`)
    return grown
  }

  #whyOf(seen: Seen): readonly string[] {
    const { record, unread } = seen
    const { mirrorTopic: topic } = record
    const count = countToAdd(record, seen)
    const partitions = count === undefined ? undefined : this.#refusals.why(topic, partitionsKey, String(count))
    const settings = [...(changesOf(record, seen)?.set ?? [])].flatMap(([name, value]) => {
      const why = this.#refusals.why(topic, name, value)
      const isCopied = seen.wanted?.copied.has(name) ?? false
      return why === undefined
        ? []
        : [`${name} is not as ${isCopied ? 'on the source' : 'the mirror is to have it'}: ${why}`]
    })
    return [
      ...(count === undefined || partitions === undefined
        ? []
        : [`${whyNotWhole(record, count) ?? ''}: ${partitions}`]),
      ...settings,
      ...(unread === undefined ? [] : [`its settings are not kept as on the source: ${unread}`]),
    ]
  }

  async #writeDown(link: string, why: ReadonlyMap<string, readonly string[]>, options: Cancel): Promise<void> {
    const { session, time, onTrouble } = this.#options
    const told = session.state.unsynced(link)
    const records = new Map<string, StateRecord | null>()
    const at = time.now().toISOString()
    for (const [topic, reasons] of why) {
      if (reasons.length === 0 || told.get(topic)?.why.join('\n') === reasons.join('\n')) continue
      records.set(stateKey.unsynced(link, topic), { v: 1, kind: 'unsynced', why: [...reasons], at })
      onTrouble(`mirror "${topic}": ${reasons.join('; ')}`)
    }
    for (const topic of told.keys()) {
      if ((why.get(topic) ?? []).length === 0) records.set(stateKey.unsynced(link, topic), null)
    }
    this.#refusals.keep(why)
    if (records.size > 0) await session.write(records, options)
  }
}

/** No settings are called so. */
const partitionsKey = '(partitions)'
const recordKey = '(record)'

/** What was seen of one mirror. */
interface Seen {
  readonly record: MirrorRecord
  /** How many partitions the source has; undefined when one of the topics is not there, or is another by now: whoever carries it notices. */
  readonly count: number | undefined
  readonly wanted: MirrorConfigs | undefined
  readonly mirror: ReadonlyMap<string, ConfigEntry>
  /** The source's delete.retention.ms; undefined where it was not told. */
  readonly tombstonesKeptMs: number | undefined
  /** Why the settings are not known. */
  readonly unread: string | undefined
}

function changesOf(record: MirrorRecord, { wanted, mirror }: Seen): ConfigChanges | undefined {
  return wanted === undefined ? undefined : configChanges(record, wanted, mirror)
}

function countToAdd(record: MirrorRecord, { count }: Seen): number | undefined {
  return count !== undefined && count > record.partitions ? count : undefined
}

type Known = ReadonlySet<string> | string

/** Settings that the destination's brokers know, or why they do not tell. */
async function knownOrWhy({ destination }: LinkTarget, options: Cancel): Promise<Known> {
  try {
    return await knownSettings(destination, options)
  } catch (error) {
    if (error instanceof DeniedError) return error.message
    throw error
  }
}

async function look(target: LinkTarget, records: readonly MirrorRecord[], known: Known, { signal }: Cancel): Promise<readonly Seen[]> {
  const { source, destination, link } = target
  const ask = { signal, keepDenied: true } as const
  const [sources, mirrors] = [records.map(({ sourceTopic }) => sourceTopic), records.map(({ mirrorTopic }) => mirrorTopic)] // prettier-ignore
  const [there, here, atSource, atDestination] = await Promise.all([
    source.metadata(sources, ask),
    destination.metadata(mirrors, ask),
    topicConfigsOrWhy(source, sources, { signal }),
    topicConfigsOrWhy(destination, mirrors, { signal }),
  ])
  return records.map((record): Seen => {
    const none = { record, count: undefined, wanted: undefined, mirror: new Map<string, ConfigEntry>(), tombstonesKeptMs: undefined, unread: undefined }
    if (!isSame(record, here, there)) return none
    const count = there.topics.get(record.sourceTopic)?.partitions.length
    const [from, to] = [atSource.get(record.sourceTopic), atDestination.get(record.mirrorTopic)]
    const tombstonesKeptMs = from === undefined || from instanceof Error ? undefined : durationIn(from, 'delete.retention.ms')
    const refusal = [from, to].find((one) => one instanceof Error)?.message
    const unread = typeof known === 'string' ? known : refusal
    if (from === undefined || to === undefined || from instanceof Error || to instanceof Error || typeof known === 'string') return { ...none, count, tombstonesKeptMs, unread } // prettier-ignore
    const replicationFactor = here.topics.get(record.mirrorTopic)?.partitions[0]?.replicas.length ?? 1
    const wanted = mirrorConfigsOf(link, from, { replicationFactor, known })
    return { record, count, wanted, mirror: to, tombstonesKeptMs, unread }
  })
} // prettier-ignore

function durationIn(configs: ReadonlyMap<string, ConfigEntry>, name: string): number | undefined {
  const value = configs.get(name)?.value
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
}

function isSame(record: MirrorRecord, here: ClusterMetadata, there: ClusterMetadata): boolean {
  const [source, mirror] = [there.topics.get(record.sourceTopic), here.topics.get(record.mirrorTopic)]
  return source?.topicId === record.sourceTopicId && mirror?.topicId === record.mirrorTopicId
}

/** Why the brokers refuse; undefined when they do not. Anything else is thrown. */
async function refusalOf(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    const isRefused = error instanceof DeniedError || (error instanceof GeorepError && error.kind === 'failed')
    if (!isRefused) throw error
    return messageOf(error)
  }
}

function settingsText(due: ConfigChanges['set'], done: ReadonlySet<string>): string {
  const texts = [...done].map((name) => {
    const value = due.get(name)
    return value === undefined ? `${name} taken back` : `${name}=${value}`
  })
  return texts.join(', ')
}
