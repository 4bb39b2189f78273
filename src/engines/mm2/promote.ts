import type { GeorepError } from '../../core/errors.ts'
import { offset } from '../../core/offset.ts'
import { withDeadline } from '../../core/time.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { logEnds } from '../../kafka/offsets.ts'
import { producerStates } from '../../kafka/producers.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import { actingLongOn } from '../../links/acting.ts'
import { withWhatWasDone } from '../../links/held.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Cancel, LinkTarget, PromoteAct, PromotePlan, PromoteReport } from '../engine.ts'
import { type DrainLook, drainUntilStill, isDrained } from '../drain.ts'
import { type DrainBy, drainAll, noGroups } from '../drain-all.ts'
import { partitionsOfMirrors } from '../mirror-partitions.ts'
import { openNow, unchanged, verified } from '../promote-parts.ts'
import { carry, isRunning } from './carry.ts'
import { isConnectorGone, sourceConnector } from './connector.ts'
import { syncConfigsLast } from './last-configs.ts'
import { syncGroupsLast } from './last-sync.ts'
import { requireWhole } from './held-places.ts'
import { type Mm2Target, mm2Of } from './mm2-target.ts'
import { sourcePlaces, writtenPlaces } from './places.ts'
import { goOn, stopMirrors } from './stop-mirrors.ts'

/** Once the connector is told to stop nothing is taken back; what is not done by then goes on when the command is run again. */
const stopTimeoutMs = 120_000

/**
 * See `ReplicationEngine.promote`. The order is what makes it hold:
 * 1. the source takes writes no more, and what was done to it is written down before;
 * 2. the connector carries on until Connect has written down the end of the source, which stands still, then settings are copied a last time;
 * 3. the state says PENDING_STOPPED, group offsets are moved a last time, and both ends compared: whatever came in between is drained again;
 * 4. the connector's tasks are ended, and the mirrors STOPPED, as by a failover; the others go on;
 * 5. the source is read again: only what Connect had written down of it is no loss.
 */
export async function promote(
  target: LinkTarget,
  plan: PromotePlan,
  by: PromoteAct,
  options: Cancel,
): Promise<PromoteReport> {
  const planned = plan.mirrors.map(({ record }) => record)
  const before = planned.filter(({ state }) => state.state === 'STOPPED')
  const stoppedBefore = before.map((record) => ({ ...unchanged(record), ...placesThen(target, record) }))
  if (before.length === planned.length) {
    return { results: await verified(target, stoppedBefore, before, options), groups: noGroups }
  }
  const { state, link } = target
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal: held } = acting
  const open = openNow(target, plan)
  const mm2 = mm2Of(target)
  const drained = await drainAll(drainBy(mm2, session, by), { target: mm2, session, records: open, by, signal: held, asked: options.signal }) // prettier-ignore
  by.onProgress('stopping the mirrors: Kafka Connect ends their tasks')
  const { records } = drained
  const stopping = {
    target: mm2,
    session,
    stoppedBy: 'promote',
    isUnfenced: false,
    isSourceReachable: true,
    time: by.time,
    onStep: (text: string) => { by.onProgress(text) }, // prettier-ignore
  } as const
  const stopped = await stopMirrors(records, stopping, withDeadline(held, stopTimeoutMs)).catch((error: unknown) => {
    throw withWhatWasDone(error, 'its mirrors may be stopped in part; the source is fenced as this command has left it')
  })
  await state.refresh({ signal: held, link: link.name })
  const why = [...stopped.values()].every(({ outcome }) => outcome.kind === 'applied') ? await goOn(stopping, held) : undefined // prettier-ignore
  if (why !== undefined) by.onProgress(`the other mirrors do not go on: ${why}`)
  by.onProgress('reading both ends again')
  const all = [...stoppedBefore, ...stopped.values()]
  return { results: await verified(target, all, [...before, ...records], { signal: held }), groups: drained.groups }
}

/** Up to where a mirror that was stopped before held its source. */
function placesThen(
  { state, link }: LinkTarget,
  { mirrorTopic, partitions }: MirrorRecord,
): Pick<ReturnType<typeof unchanged>, 'sourcePlaces'> {
  const known = state.position(link.name, mirrorTopic)
  const places = Array.from({ length: partitions }, (_, partition) => {
    const place = known?.mirrored[partition] ?? undefined
    return place === undefined ? undefined : offset(place)
  })
  return { sourcePlaces: places }
}

function drainBy(target: Mm2Target, session: LinkSession, by: PromoteAct): DrainBy {
  return {
    // Left by a promote that was interrupted the connector may be stopped.
    carryAgain: async (signal) => {
      await session.state.refresh({ signal, link: target.link.name })
      await carry(target, session, { signal })
    },
    check: async (records, signal) => {
      await requireWhole(target, records, { signal })
    },
    drain: async (records, status, signal) => {
      let gone: GeorepError | undefined
      const look = async (): Promise<DrainLook> =>
        await lookAt(target, records, signal).catch((error: unknown) => {
          if (isConnectorGone(error)) gone = error
          throw error
        })
      const requireCarried = (): void => {
        if (gone !== undefined) throw gone
      }
      await drainUntilStill({ look, requireCarried }, { ...by, status }, signal)
      by.onProgress('drained; copying settings and moving group offsets a last time')
      return await syncConfigsLast(target, session, records, by, { signal })
    },
    syncGroups: async (records, signal) => {
      const groups = await syncGroupsLast(target, session, records, { signal })
      await requireWhole(target, records, { signal })
      return groups
    },
    isStill: async (records, signal) => isDrained(await lookAt(target, records, signal)),
  }
}

/** @throws BrokerError, TransportError, GeorepError when something could not be read, or nothing is carried now: that may pass */
async function lookAt(target: Mm2Target, records: readonly MirrorRecord[], signal: AbortSignal): Promise<DrainLook> {
  const { source } = target
  const partitions = partitionsOfMirrors(records, 'sourceTopic')
  const connector = await sourceConnector(target, { signal })
  if (!isRunning(connector)) throw new Error(`the connector is ${connector.connector.state}, its tasks are ${connector.tasks.map(({ state }) => state).join(', ') || 'not there'}`) // prettier-ignore
  const written = await writtenPlaces(target, { signal })
  const producers = await producerStates(source, partitions, { signal })
  // The source's ends last: what is found equal to them was equal when they were read.
  const ends = await logEnds(source, partitions, { signal })
  const sourceEnds = new Map<PartitionKey, bigint>()
  const openTransactions: string[] = []
  for (const key of partitions.map(partitionKey)) {
    const [end, states] = [ends.get(key), producers.get(key)]
    for (const answer of [end, states]) if (answer instanceof BrokerError) throw answer
    if (end === undefined || end instanceof BrokerError || states === undefined || states instanceof BrokerError) throw new Error(`no answer for partition ${key}`) // prettier-ignore
    sourceEnds.set(key, end.offset)
    const open = states.filter(({ openFrom }) => openFrom !== undefined)
    openTransactions.push(...open.map(({ producerId }) => `${key} (producer id ${producerId.toString()})`))
  }
  const places = await sourcePlaces(target, records, written, sourceEnds, { signal })
  let behind = 0n
  for (const [key, end] of sourceEnds) {
    const place = places.get(key)
    if (place === undefined) throw new Error(`how far partition ${key} is carried is not known`)
    behind += end >= place ? end - place : place - end
  }
  return { sourceEnds, behind, openTransactions }
}
