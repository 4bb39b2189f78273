import { nextMirrorState } from '../../core/mirror-state.ts'
import type { Outcome } from '../../core/outcome.ts'
import { type MirrorRecord, stateKey } from '../../links/records.ts'
import { actingOn } from '../../links/acting.ts'
import type { LinkState } from '../../links/state.ts'
import type { Act, Altered, Cancel, LinkTarget, MirrorChange } from '../engine.ts'
import { obedienceTo } from './obedience.ts'

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

/** See `ReplicationEngine.alterMirrors`. */
export async function alterMirrors(
  { state, link }: LinkTarget,
  topics: readonly string[] | 'all',
  change: MirrorChange,
  by: Act,
  options: Cancel,
): Promise<ReadonlyMap<string, Altered>> {
  const settled = await changed(state, link.name, topics, change, by, options)
  const keys = [...settled].flatMap(([topic, outcome]) => outcome === undefined || outcome.kind === 'unchanged' ? [stateKey.mirror(link.name, topic)] : []) // prettier-ignore
  const runner = keys.length === 0 ? undefined : await obedienceTo(state, { link: link.name, keys, time: by.time }, options) // prettier-ignore
  return new Map(
    [...settled].map(([topic, outcome]): [string, Altered] => [
      topic,
      { outcome: outcome ?? { kind: 'applied' }, runner: outcome?.kind === 'refused' ? undefined : runner },
    ]),
  )
}

async function changed(
  state: LinkState,
  link: string,
  topics: readonly string[] | 'all',
  change: MirrorChange,
  by: Act,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome | undefined>> {
  await using acting = await actingOn(state, link, by, options)
  const { session } = acting
  const settled = settledMirrors(state, link, topics, change)
  const since = by.time.now().toISOString()
  const records = new Map<string, MirrorRecord>()
  for (const [topic, outcome] of settled) {
    const record = state.mirror(link, topic)
    if (outcome !== undefined || record === undefined) continue
    const next = change === 'pause' ? ({ state: 'PAUSED', since } as const) : ({ state: 'ACTIVE' } as const)
    records.set(stateKey.mirror(link, topic), { ...record, state: next })
  }
  if (records.size > 0) await session.write(records, options)
  return settled
}

/** By topic what there is not to be done, and why; undefined of those that are to be changed. */
function settledMirrors(
  state: LinkState,
  link: string,
  topics: readonly string[] | 'all',
  change: MirrorChange,
): ReadonlyMap<string, Outcome | undefined> {
  const all = state.mirrors(link)
  const names = topics === 'all' ? all.map(({ mirrorTopic }) => mirrorTopic) : topics
  return new Map(names.map((topic) => [topic, settledBefore(state, link, topic, change, topics === 'all')]))
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
  const failure = state.failure(link, topic)
  const name = failure !== undefined && record.state.state === 'ACTIVE' ? 'FAILED' : record.state.state
  if (nextMirrorState(name, change) !== undefined) return undefined
  const isThere = change === 'pause' ? record.state.state === 'PAUSED' : name === 'ACTIVE'
  if (isThere && record.state.state === 'PAUSED') return { kind: 'unchanged', why: `it is paused since ${record.state.since}` } // prettier-ignore
  if (isThere) return { kind: 'unchanged', why: 'it is not paused' }
  const why = failure === undefined || name !== 'FAILED' ? `it is ${name}` : `it is FAILED: ${failure.reason}`
  // Of all mirrors those are meant that it can be done to: nothing is carried of the others anyhow.
  return isOfAll ? { kind: 'unchanged', why } : { kind: 'refused', why }
}

/** For a topic that the link has no mirror of; names the mirror when it is the source topic's name that was given. */
export function notMirrored(state: LinkState, link: string, topic: string): string {
  const meant = state.mirrors(link).find(({ sourceTopic }) => sourceTopic === topic)
  return `link "${link}" does not mirror it${meant === undefined ? '' : ` under that name; its mirror is "${meant.mirrorTopic}"`}`
}
