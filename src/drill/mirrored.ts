import { GeorepError, messageOf } from '../core/errors.ts'
import { textFromDurationMs } from '../core/duration.ts'
import { canaryFromBytes } from '../core/canary-record.ts'
import { isAcknowledged } from '../core/ledger.ts'
import { type Offset, offset } from '../core/offset.ts'
import { isAborted } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { batchesFrom } from '../kafka/log-tail.ts'
import { logBounds } from '../kafka/offsets.ts'
import { recordsOf } from '../kafka/records/record.ts'
import { partitionKey, type TopicPartition } from '../kafka/topic-partition.ts'
import { canaryNames } from './canary-names.ts'
import type { CanaryWriter } from './canary-writer.ts'
import type { GroupReader } from './group-reader.ts'
import type { DrillSettings, DrillSite } from './site.ts'

const lookEveryMs = 100
const steadyTimeoutMs = 45_000
/** They come when they are copied next, which may be later than all else. */
const notCopied = "the group's offsets are not copied to the destination"
/** What was acknowledged and read since shows that all is well still. */
const recentMs = 1_000
const recentRecords = 3
/** Markers of transactions stand between records: so far before the end there is one of the canary's. */
const tailRecords = 64n

interface Cancel {
  readonly signal: AbortSignal
}

interface Clients {
  readonly writer: CanaryWriter
  readonly reader: GroupReader
  /** What they did before, on the monotonic clock, does not show that all is well. */
  readonly sinceMs: number
  /** Of the source, by the drill. */
  readonly isPartLost: boolean
}

/**
 * Waits until everything that the drill is to lose works: the canary is acknowledged and read in every partition, mirrored to within a second, and
 * the group's offsets have been copied.
 *
 * @throws GeorepError "timedOut" naming what is missing
 */
export async function untilSteady(
  site: DrillSite,
  settings: DrillSettings,
  clients: Clients,
  options: Cancel,
): Promise<void> {
  const { monotonic, wait } = site.time
  let failures = 0
  for (const until = monotonic() + steadyTimeoutMs; ;) {
    const missing = await whatIsMissing(site, settings, clients, options).then(
      (found) => {
        failures = 0
        return found
      },
      (error: unknown) => {
        // Asked twice: what was under way when a connection broke tells less than what is asked next. A cluster that has just lost a broker
        // may refuse for longer; one of which nothing was taken may not.
        if (isAborted(options.signal) || (++failures > 1 && !clients.isPartLost)) throw error
        return messageOf(error)
      },
    )
    if (missing === undefined) return
    if (monotonic() > until + (missing.startsWith(notCopied) ? site.groupsEveryMs : 0)) {
      throw new GeorepError('timedOut', 'GR-DRILL-NOT-STEADY', `the drill did not reach a steady state: ${missing}`, {
        stateNow: clients.isPartLost ? 'the region was not lost, and a part of it was' : 'no fault was injected',
        next: site.lookAt,
      })
    }
    await wait(lookEveryMs, options.signal)
  }
}

/**
 * Lets the steady state go on for as long as the drill is told to, and looks whether it does: a source that goes away by itself meanwhile is no drill, and
 * one that simulates the loss would pass.
 *
 * @throws GeorepError as `untilSteady`
 */
export async function staysSteady(
  site: DrillSite,
  settings: DrillSettings,
  clients: Omit<Clients, 'sinceMs'>,
  options: Cancel,
): Promise<void> {
  const { monotonic, wait } = site.time
  await wait(settings.steadyMs, options.signal)
  const sinceMs = monotonic() - Math.max(recentMs, recentRecords * settings.canaryEveryMs)
  await untilSteady(site, settings, { ...clients, sinceMs }, options)
}

async function whatIsMissing(
  site: DrillSite,
  settings: DrillSettings,
  { writer, reader, sinceMs }: Clients,
  options: Cancel,
): Promise<string | undefined> {
  const { topic, group } = canaryNames(settings.runId)
  const written = lastWritten(writer, sinceMs)
  if (written.size < settings.partitions) return 'the canary is not acknowledged on every partition'
  const read = new Set(reader.reads().flatMap(({ partition, readAt }) => (readAt > sinceMs ? [partition] : [])))
  if (read.size < settings.partitions) return 'the group does not read every partition of the canary'
  const ends = await mirroredEnds(site, settings, writer, options)
  const behind = settings.canaryEveryMs === 0 ? 1n : BigInt(Math.ceil(1_000 / settings.canaryEveryMs))
  for (const [partition, last] of written) {
    const end = ends.get(partition)
    if (end === undefined || end + behind < last) return `the mirror of partition ${partition} is behind`
  }
  const committed = await site.committedOnDestination(group, topic, options)
  if (committed.size >= settings.partitions) return undefined
  return `${notCopied}, where what carries the link is to copy them every ${textFromDurationMs(site.groupsEveryMs)}`
}

/** Waits until the mirror holds every record that was acknowledged so far. Writing is paused. */
export async function untilCaughtUp(
  site: DrillSite,
  settings: DrillSettings,
  writer: CanaryWriter,
  options: Cancel,
): Promise<void> {
  const { monotonic, wait } = site.time
  const written = lastWritten(writer, -Infinity)
  for (const until = monotonic() + steadyTimeoutMs; ;) {
    const ends = await mirroredEnds(site, settings, writer, options)
    if ([...written].every(([partition, last]) => (ends.get(partition) ?? 0n) > last)) return
    if (monotonic() > until) {
      throw new GeorepError('timedOut', 'GR-DRILL-BEHIND', 'the mirror of the canary does not catch up', {
        stateNow: 'no fault was injected',
        next: site.lookAt,
      })
    }
    await wait(lookEveryMs, options.signal)
  }
}

/** Highest source offset per partition of what was acknowledged since. */
export function lastWritten(writer: Pick<CanaryWriter, 'ledger'>, sinceMs: number): ReadonlyMap<number, bigint> {
  const last = new Map<number, bigint>()
  for (const { partition, outcome } of writer.ledger().filter(isAcknowledged)) {
    if (outcome.acknowledgedAt <= sinceMs) continue
    const before = last.get(partition)
    if (before === undefined || outcome.offset > before) last.set(partition, outcome.offset)
  }
  return last
}

/** Per partition the offset of the source up to which the mirror has the canary's records; of a partition that could not be read none. */
export async function mirroredEnds(
  site: DrillSite,
  settings: Pick<DrillSettings, 'runId' | 'partitions'>,
  writer: Pick<CanaryWriter, 'ledger'>,
  options: Cancel,
): Promise<ReadonlyMap<number, Offset>> {
  const { topic, sourceRun } = canaryNames(settings.runId)
  const ends = await destinationEnds(site, topic, settings.partitions, options)
  if (site.engine.capabilities.offsetMapping === 'identical') return ends
  const written = new Map(writer.ledger().filter(isAcknowledged).map((one) => [`${one.partition}/${one.seq}`, one.outcome.offset])) // prettier-ignore
  const { destination } = site.target
  const mirrored = await Promise.all(
    [...ends].map(async ([partition, end]): Promise<readonly [number, Offset]> => {
      const last = await lastCanary(destination, { topic, partition }, end, sourceRun, options)
      const at = last === undefined ? undefined : written.get(`${partition}/${last}`)
      return [partition, at === undefined ? offset(0n) : offset(at + 1n)]
    }),
  )
  return new Map(mirrored)
}

/** The sequence of the last canary record before the end of a log; undefined when there is none close to it. */
async function lastCanary(
  cluster: Cluster,
  at: TopicPartition,
  end: bigint,
  runId: string,
  options: Cancel,
): Promise<number | undefined> {
  if (end === 0n) return undefined
  const batches = await batchesFrom(cluster, { ...at, offset: end > tailRecords ? end - tailRecords : 0n }, options)
  const records = batches.filter(({ isControl }) => !isControl).flatMap(recordsOf)
  const own = records.flatMap(({ offset: found, value }) => {
    const canary = canaryFromBytes(value)
    return canary?.runId === runId && found < end ? [canary.seq] : []
  })
  return own.length === 0 ? undefined : Math.max(...own)
}

async function destinationEnds(
  { target }: DrillSite,
  topic: string,
  partitions: number,
  options: Cancel,
): Promise<ReadonlyMap<number, Offset>> {
  const wanted = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const bounds = await logBounds(target.destination, wanted, 'highWatermark', options)
  return new Map(
    wanted.flatMap(({ partition }) => {
      const end = bounds.get(partitionKey({ topic, partition }))
      return end === undefined || end instanceof BrokerError ? [] : [[partition, end] as const]
    }),
  )
}
