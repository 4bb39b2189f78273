import { GeorepError } from '../../core/errors.ts'
import type { Outcome } from '../../core/outcome.ts'
import { actingLongOn } from '../../links/acting.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Act, Altered, Cancel, LinkTarget, MirrorChange } from '../engine.ts'
import { isReachable } from '../reachable.ts'
import { changedRecords, settledMirrors } from '../settled-mirrors.ts'
import { besidesBlockers, carriedBesides } from './carried-besides.ts'
import { carriedMirrors, topicsSetting } from './carried-topics.ts'
import { type Carried, carry, isAtWork, partitionsOfSources } from './carry.ts'
import { connectSeen, requireConnect } from './connect-look.ts'
import type { SourceConnector } from './connector.ts'
import { failuresOf } from './connector-failures.ts'
import { type Mm2Target, mm2Of } from './mm2-target.ts'
import { sameAgain, withWhatIsDone } from './what-is-done.ts'

/**
 * See `ReplicationEngine.alterMirrors`. A paused mirror is not in the connector's list; resumed, it goes on from where Connect has written down. Also what
 * is found unchanged is carried as the state says: the connector may have been left otherwise.
 *
 * @throws GeorepError "unreachable" when Connect or the source does not answer: without it the connector finds no topics; nothing was changed
 */
export async function alterMirrors(
  target: LinkTarget,
  topics: readonly string[] | 'all',
  change: MirrorChange,
  by: Act,
  options: Cancel,
): Promise<ReadonlyMap<string, Altered>> {
  const { state, link } = target
  await requireBoth(target, async () => { await state.refresh({ ...options, link: link.name }) }, options) // prettier-ignore
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const settled = settledMirrors(state, link.name, topics, change)
  const records = changedRecords(state, link.name, settled, { change, at: by.time.now() })
  if (records.size > 0) await session.write(records, { signal })
  await state.refresh({ signal, link: link.name })
  const isAsked = [...settled.values()].some((outcome) => outcome?.kind !== 'refused')
  const carried = isAsked
    ? await carriedAs(target, session, records, { signal, beginsFailedAnew: change === 'resume' })
    : undefined
  return new Map(
    [...settled].map(([topic, outcome]): [string, Altered] => {
      const altered: Altered = { outcome: outcome ?? { kind: 'applied' }, runner: undefined }
      const record = state.mirror(link.name, topic)
      const did = carried === undefined ? undefined : didFor(mm2Of(target), record, carried)
      if (outcome?.kind !== 'unchanged' || did === undefined) return [topic, altered]
      if (isMeant(record, change)) return [topic, { ...altered, outcome: { kind: 'applied' }, did }]
      return [topic, { ...altered, outcome: { kind: 'unchanged', why: `${outcome.why}; ${did}` } }]
    }),
  )
}

/**
 * See `ReplicationEngine.planMirrorsChange`. What is written down so already, and what Kafka Connect carries otherwise, would be done anew.
 *
 * @throws GeorepError as `alterMirrors`
 */
export async function planMirrorsChange(
  target: LinkTarget,
  topics: readonly string[] | 'all',
  change: MirrorChange,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome | undefined>> {
  const { state, link } = target
  const seen = await requireBoth(target, async () => { await state.glance(options) }, options) // prettier-ignore
  const settled = settledMirrors(state, link.name, topics, change)
  const mm2 = mm2Of(target)
  const list = topicsSetting(carriedMirrors(state, mm2.link).map(({ sourceTopic }) => sourceTopic))
  const isListAnew = seen.config['topics'] !== list || [...settled.values()].includes(undefined)
  const goesOn = mm2.link.pausedAt === null
  const found = {
    before: seen.assigned,
    isListAnew,
    wasStopped: seen.connector.state === 'STOPPED',
    isStarted: goesOn && !isAtWork(seen),
    isBegunAnew: goesOn && change === 'resume' && failuresOf(mm2.link.mm2.connectors.source, seen).length > 0,
  }
  return new Map(
    [...settled].map(([topic, outcome]) => {
      const record = state.mirror(link.name, topic)
      const isMended =
        outcome?.kind === 'unchanged' && isMeant(record, change) && didFor(mm2, record, found) !== undefined
      return [topic, isMended ? undefined : outcome]
    }),
  )
}

function isMeant(record: MirrorRecord | undefined, change: MirrorChange): boolean {
  return record?.state.state === (change === 'pause' ? 'PAUSED' : 'ACTIVE')
}

async function carriedAs(
  target: LinkTarget,
  session: LinkSession,
  records: ReadonlyMap<string, MirrorRecord>,
  options: Parameters<typeof carry>[2],
): Promise<Carried> {
  try {
    return await carry(mm2Of(target), session, options)
  } catch (error) {
    throw records.size === 0 ? error : withWhatIsWritten(error, [...records.values()])
  }
}

/** What was done for a mirror that was written down so already, and that Kafka Connect carried otherwise; undefined when it did not. */
function didFor(
  { link }: Mm2Target,
  record: MirrorRecord | undefined,
  { before, isListAnew, wasStopped, isStarted, isBegunAnew }: Carried,
): string | undefined {
  if (record === undefined || !(isListAnew || isStarted || isBegunAnew)) return undefined
  const isActive = record.state.state === 'ACTIVE'
  const name = link.mm2.connectors.source
  const wasSo = [...partitionsOfSources([record])].every((key) => before.has(key) === isActive)
  const goesOn = `connector "${name}" was stopped, and goes on`
  // What is PAUSED was not carried by it; the others are again.
  if (wasSo && wasStopped && isStarted) return goesOn
  if (wasSo) return isBegunAnew && isActive ? `what had FAILED of connector "${name}" was begun anew` : undefined
  if (!isListAnew && !isStarted) return undefined
  return isListAnew ? `connector "${name}" was told otherwise, and has its list of topics anew` : goesOn
}

/** Why it is not carried so, with what the mirrors are by then in every look at them. */
function withWhatIsWritten(thrown: unknown, records: readonly MirrorRecord[]): unknown {
  const [first] = records
  const names = records.map(({ mirrorTopic }) => `"${mirrorTopic}"`).join(', ')
  const stateNow = `${records.length === 1 ? 'mirror' : 'mirrors'} ${names} ${records.length === 1 ? 'is' : 'are'} written down as ${first?.state.state ?? ''}`
  // What is found of the connectors says by itself how it goes on.
  const isOfCall = thrown instanceof GeorepError && thrown.code.startsWith('GR-CONNECT-')
  return withWhatIsDone(thrown, { stateNow, ...(isOfCall ? { next: sameAgain } : {}) })
}

async function requireBoth(
  target: LinkTarget,
  readState: () => Promise<void>,
  options: Cancel,
): Promise<SourceConnector> {
  const mm2 = mm2Of(target)
  const seen = await connectSeen(mm2, options)
  requireConnect(mm2, seen)
  await readState()
  const [why] = besidesBlockers(carriedBesides(target.state, mm2.link, seen.assigned), mm2.link)
  if (why !== undefined)
    throw new GeorepError('refused', 'GR-MM2-CARRIED-BESIDES', why, { stateNow: 'nothing was changed' })
  if (await isReachable(target.source, target.link, options)) return seen
  throw new GeorepError('unreachable', 'GR-UNREACHABLE', `the source, cluster "${target.source.name}", does not answer`, {
    stateNow: 'nothing was changed: a connector that begins without its source finds no topics',
  }) // prettier-ignore
}
