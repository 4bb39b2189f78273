import { isAcknowledged } from '../core/ledger.ts'
import { canaryNames } from './canary-names.ts'
import { openKafkaSender } from './canary-sender.ts'
import { CanaryWriter } from './canary-writer.ts'
import { type GroupReader, openGroupReader } from './group-reader.ts'
import type { DrillSettings, DrillSite } from './site.ts'

// The applications that a drill stands in for: a writer on each side, and a group that reads on one and then on the other.

const joinTimeoutMs = 30_000
const commitEveryMs = 500
const lastReadsTimeoutMs = 3_000
const lookEveryMs = 50

interface Cancel {
  readonly signal: AbortSignal
}

export async function openWriter(
  site: DrillSite,
  settings: DrillSettings,
  side: 'source' | 'destination',
): Promise<CanaryWriter> {
  const { time } = site
  const { topic, sourceRun, destinationRun } = canaryNames(settings.runId)
  const sender = await openKafkaSender(site.settings[side], {
    topic,
    clientId: 'georep-canary',
    now: time.now,
    wait: time.wait,
  })
  return new CanaryWriter({
    sender,
    runId: side === 'source' ? sourceRun : destinationRun,
    partitions: Array.from({ length: settings.partitions }, (_, partition) => partition),
    everyMs: settings.canaryEveryMs,
    time,
  })
}

export async function openReader(
  site: DrillSite,
  settings: DrillSettings,
  side: 'source' | 'destination',
  { signal }: Cancel,
): Promise<GroupReader> {
  const { topic, group } = canaryNames(settings.runId)
  const clientId = 'georep-canary-app'
  const { time } = site
  return await openGroupReader({
    settings: site.settings[side],
    topic,
    group,
    clientId,
    commitEveryMs,
    joinTimeoutMs,
    time,
    signal,
  })
}

/** Gives the group the time to read the last records that were written; what it has not read then, it has missed. */
export async function untilRead(
  site: DrillSite,
  writer: CanaryWriter,
  reader: GroupReader,
  options: Cancel,
): Promise<void> {
  const { monotonic, wait } = site.time
  for (const until = monotonic() + lastReadsTimeoutMs; monotonic() < until;) {
    const read = new Set(reader.reads().map(({ partition, offset }) => `${partition}/${offset}`))
    const isRead = writer
      .ledger()
      .filter(isAcknowledged)
      .every(({ partition, outcome }) => read.has(`${partition}/${outcome.offset}`))
    if (isRead) return
    await wait(lookEveryMs, options.signal)
  }
}
