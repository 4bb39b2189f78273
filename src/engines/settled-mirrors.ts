import { type MirrorStateName, nextMirrorState } from '../core/mirror-state.ts'
import type { Outcome } from '../core/outcome.ts'
import { type MirrorRecord, stateKey } from '../links/records.ts'
import type { LinkState } from '../links/state.ts'
import type { Cancel, LinkTarget, MirrorChange } from './engine.ts'

/** By topic what there is not to be done, and why; undefined of those that are to be changed. */
export function settledMirrors(
  state: LinkState,
  link: string,
  topics: readonly string[] | 'all',
  change: MirrorChange,
): ReadonlyMap<string, Outcome | undefined> {
  const all = state.mirrors(link)
  const names = topics === 'all' ? all.map(({ mirrorTopic }) => mirrorTopic) : topics
  return new Map(names.map((topic) => [topic, settledBefore(state, link, topic, change, topics === 'all')]))
}

/** See `ReplicationEngine.planMirrorsChange`. */
export async function planMirrorsChange(
  { state, link }: LinkTarget,
  topics: readonly string[] | 'all',
  change: MirrorChange,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome | undefined>> {
  await state.glance(options)
  return settledMirrors(state, link.name, topics, change)
}

/** The records, by key, of mirrors that are to be changed: those that `settledMirrors` has nothing to say of. */
export function changedRecords(
  state: LinkState,
  link: string,
  settled: ReturnType<typeof settledMirrors>,
  { change, at }: { readonly change: MirrorChange; readonly at: Date },
): ReadonlyMap<string, MirrorRecord> {
  const next =
    change === 'pause' ? ({ state: 'PAUSED', since: at.toISOString() } as const) : ({ state: 'ACTIVE' } as const)
  const records = new Map<string, MirrorRecord>()
  for (const [topic, outcome] of settled) {
    const record = state.mirror(link, topic)
    if (outcome !== undefined || record === undefined) continue
    records.set(stateKey.mirror(link, topic), { ...record, state: next })
  }
  return records
}

/** In which state a mirror is by what is written down, and why where that is FAILED. */
export function standingOf(
  state: LinkState,
  { link, mirrorTopic, state: stored }: MirrorRecord,
): { readonly name: MirrorStateName; readonly failure: string | undefined } {
  const failure = stored.state === 'ACTIVE' ? state.failure(link, mirrorTopic)?.reason : undefined
  return { name: failure === undefined ? stored.state : 'FAILED', failure }
}

function settledBefore(
  state: LinkState,
  link: string,
  topic: string,
  change: MirrorChange,
  isOfAll: boolean,
): Outcome | undefined {
  const record = state.mirror(link, topic)
  if (record === undefined) return { kind: 'refused', why: notMirrored(state, link, topic) }
  const { name, failure } = standingOf(state, record)
  if (nextMirrorState(name, change) !== undefined) return undefined
  const isThere = change === 'pause' ? record.state.state === 'PAUSED' : name === 'ACTIVE'
  if (isThere && record.state.state === 'PAUSED') return { kind: 'unchanged', why: `it is paused since ${record.state.since}` } // prettier-ignore
  if (isThere) return { kind: 'unchanged', why: 'it is not paused' }
  const why = failure === undefined ? `it is ${name}` : `it is FAILED: ${failure}`
  // Of all mirrors those are meant that it can be done to: nothing is carried of the others anyhow.
  return isOfAll ? { kind: 'unchanged', why } : { kind: 'refused', why }
}

/** As `notMirrored`, of several in one sentence. */
export function noneMirrored(state: Pick<LinkState, 'mirrors'>, link: string, topics: readonly string[]): string {
  const names = topics.map((topic) => {
    const meant = meantMirror(state, link, topic)
    return `"${topic}"${meant === undefined ? '' : ` (did you mean "${meant.mirrorTopic}"?)`}`
  })
  return `link "${link}" does not mirror ${names.join(', ')}`
}

function meantMirror(state: Pick<LinkState, 'mirrors'>, link: string, topic: string): MirrorRecord | undefined {
  return state.mirrors(link).find(({ sourceTopic }) => sourceTopic === topic)
}

/** For a topic that the link has no mirror of; names the mirror when it is the source topic's name that was given. */
export function notMirrored(state: Pick<LinkState, 'mirrors'>, link: string, topic: string): string {
  const meant = meantMirror(state, link, topic)
  return `link "${link}" does not mirror it${meant === undefined ? '' : ` under that name; its mirror is "${meant.mirrorTopic}"`}`
}
