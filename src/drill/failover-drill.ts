import { Cleanup } from '../core/cleanup.ts'
import { GeorepError } from '../core/errors.ts'
import { acknowledgementSpan, isAcknowledged, ledgerCutAt } from '../core/ledger.ts'
import type { Offset } from '../core/offset.ts'
import type { Marks } from '../core/rto.ts'
import { withDeadline } from '../core/time.ts'
import type { FailoverResult } from '../engines/engine.ts'
import { canaryNames } from './canary-names.ts'
import { openKafkaSender } from './canary-sender.ts'
import { openCanaryTopic } from './canary-topic.ts'
import { CanaryWriter } from './canary-writer.ts'
import { type Detected, detectLoss } from './detector.ts'
import { type DrainedCanary, drainDestination } from './drained.ts'
import { type GroupReader, openGroupReader } from './group-reader.ts'
import { watchLoopDelay } from './loop-delay.ts'
import { untilCaughtUp, untilSteady } from './mirrored.ts'
import type { DrillSettings, DrillSite, Fault } from './site.ts'

const joinTimeoutMs = 30_000
const commitEveryMs = 500
const stopTimeoutMs = 1_500
const firstsTimeoutMs = 60_000
const lastReadsTimeoutMs = 3_000
const pollMs = 10

interface Cancel {
  readonly signal: AbortSignal
}

/** What a drill saw, before anything is made of it. */
export interface DrillObservations {
  readonly marks: Marks
  /** From when on the source's records could no longer be mirrored: t0, or when the loss is simulated the moment before the fence. */
  readonly cutAt: number
  readonly injectionUncertaintyMs: number
  readonly source: CanaryLedger
  readonly destination: CanaryLedger
  readonly sourceReader: Pick<GroupReader, 'reads' | 'committed'>
  readonly destinationReader: Pick<GroupReader, 'reads' | 'committed'>
  /** The group's offsets on the destination after the clamp, per partition. */
  readonly translated: ReadonlyMap<number, Offset>
  readonly failover: readonly FailoverResult[]
  readonly drained: DrainedCanary
  readonly detected: Detected | undefined
  readonly observedUntil: number
  readonly loopDelayP99Ms: number | undefined
}

type CanaryLedger = Pick<CanaryWriter, 'ledger' | 'runId'>

/**
 * Loses the source of a link and fails over, with a canary and a consumer group at work: reference recipe in docs/drill.md. Whoever made the site
 * takes it down.
 *
 * @throws GeorepError when the drill could not be carried through; what was measured until then is lost with it
 */
export async function failoverDrill(
  site: DrillSite,
  settings: DrillSettings,
  options: Cancel,
): Promise<DrillObservations> {
  const { time } = site
  const { monotonic } = time
  const names = canaryNames(settings.runId)
  await using cleanup = new Cleanup()
  const stopped = async (writer: CanaryWriter): Promise<void> => {
    await writer.stop({ timeoutMs: stopTimeoutMs })
  }

  settings.report('preparing the canary')
  await openCanaryTopic(site, settings, options)
  const source = cleanup.adopt(await openWriter(site, settings, 'source'), stopped)
  // Connected beforehand, as the clients of a region that is ready to take over are.
  const destination = cleanup.adopt(await openWriter(site, settings, 'destination'), stopped)
  source.resume()
  const ended = async (reader: GroupReader): Promise<void> => {
    // Clusters that go are not waited for; where they live on, the group is left, or it could not be removed.
    if (site.loss.kind === 'region') reader.abandon()
    else await reader.stop({ timeoutMs: stopTimeoutMs })
  }
  const sourceReader = cleanup.adopt(await openReader(site, settings, 'source', options), ended)

  settings.report('waiting for a steady state')
  const clients = { writer: source, reader: sourceReader }
  await untilSteady(site, settings, { ...clients, sinceMs: -Infinity }, options)
  const loop = cleanup.adopt(watchLoopDelay(), (one) => {
    one[Symbol.dispose]()
  })
  await time.wait(settings.steadyMs, options.signal)
  if (site.loss.kind === 'region' && site.loss.strikeFirst !== undefined) {
    await site.loss.strikeFirst(options)
    settings.report('waiting for a steady state again')
    await untilSteady(site, settings, { ...clients, sinceMs: monotonic() }, options)
    await time.wait(settings.steadyMs, options.signal)
  }
  const watching = new AbortController()
  cleanup.defer(() => {
    watching.abort(new Error('the drill is over'))
  })
  const detecting = detect(site, settings, AbortSignal.any([options.signal, watching.signal]))
  detecting?.catch(() => undefined)
  if (settings.holdBack !== undefined) await holdBack(site, settings, source, settings.holdBack, options)

  const struck = await strike(site, source, detecting, options)
  const t4 = monotonic()
  settings.report('failing over')
  const failedOver = await failOver(
    site,
    settings,
    () => {
      if (struck.fault !== undefined) return
      struck.fault = { fromMs: monotonic(), toMs: monotonic() }
      // The source goes on; what it takes from here on is not counted.
      void source.pause(options).catch(() => undefined)
    },
    options,
  )
  const t5 = monotonic()
  if (site.loss.kind === 'region') sourceReader.abandon()
  const refusal = await site.clampGroup(names.group, options)
  if (refusal !== undefined)
    throw new GeorepError('failed', 'GR-DRILL-CLAMP', `the canary's group was not clamped: ${refusal}`)
  const translated = await site.committedOnDestination(names.group, names.topic, options)

  settings.report('writing and reading on the destination')
  destination.resume()
  const destinationReader = cleanup.adopt(await openReader(site, settings, 'destination', options), ended)
  const firsts = await untilFirsts(site, destination, destinationReader, options)
  site.runner?.thaw()
  settings.report('holding the steady state')
  await time.wait(settings.holdMs + settings.canaryEveryMs * 3, options.signal)
  const observedUntil = monotonic()
  const loopDelayP99Ms = loop.p99Ms()

  settings.report('counting what arrived')
  await destination.pause(options)
  await untilRead(site, destination, destinationReader, options)
  await Promise.all([stopped(source), stopped(destination), destinationReader.stop({ timeoutMs: stopTimeoutMs })])
  const drained = await drainDestination(site, settings, options)
  const fault = struck.fault as Fault
  const isRegion = site.loss.kind === 'region'
  const sourceLedger = isRegion ? source.ledger() : ledgerCutAt(source.ledger(), fault.fromMs)
  const marks: Marks = {
    // A simulated loss is one as of the command: what the failover does before the fence is part of the time it takes.
    t0: isRegion ? fault.fromMs : t4,
    t1: acknowledgementSpan(sourceLedger)?.last,
    t2: struck.detected?.lostAt,
    // Nobody is asked: the drill approves by itself.
    t3: struck.detected?.lostAt,
    t4,
    t5,
    t6: firsts.write,
    t7: firsts.read,
    t8: undefined,
  }
  return {
    marks,
    cutAt: fault.fromMs,
    injectionUncertaintyMs: fault.toMs - fault.fromMs,
    source: { runId: source.runId, ledger: () => sourceLedger },
    destination,
    sourceReader,
    destinationReader,
    translated,
    failover: failedOver,
    drained,
    detected: struck.detected,
    observedUntil,
    loopDelayP99Ms,
  }
}

async function openWriter(
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

async function openReader(
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

/** Finds out by itself that the source is gone; nothing is to be found out when the loss is simulated. */
function detect(site: DrillSite, settings: DrillSettings, signal: AbortSignal): Promise<Detected> | undefined {
  if (site.loss.kind === 'simulated') return undefined
  const { probeEveryMs, failuresNeeded } = settings
  return detectLoss({
    probe: async (within) => {
      await site.target.source.metadata([], { signal: within.signal, timeoutMs: probeEveryMs })
    },
    probeEveryMs,
    failuresNeeded,
    time: site.time,
    signal,
  })
}

/** Keeps exactly so many acknowledged records from being mirrored: the runner is frozen with everything before them mirrored. */
async function holdBack(
  site: DrillSite,
  settings: DrillSettings,
  writer: CanaryWriter,
  records: number,
  options: Cancel,
): Promise<void> {
  settings.report(`holding the link back by ${records} records`)
  await writer.pause(options)
  await untilCaughtUp(site, settings, writer, options)
  site.runner?.freeze()
  await writer.writeExactly(records, options)
}

async function strike(
  site: DrillSite,
  source: CanaryWriter,
  detecting: Promise<Detected> | undefined,
  options: Cancel,
): Promise<{ fault: Fault | undefined; detected: Detected | undefined }> {
  if (site.loss.kind === 'simulated' || detecting === undefined) return { fault: undefined, detected: undefined }
  const fault = await site.loss.strike(options)
  // From here on a source that takes a record is a split brain, so the canary goes on trying.
  source.resume()
  return { fault, detected: await detecting }
}

async function failOver(
  site: DrillSite,
  settings: DrillSettings,
  onFencing: () => void,
  options: Cancel,
): Promise<readonly FailoverResult[]> {
  const { engine, target, act } = site
  const signal = withDeadline(options.signal, settings.failoverTimeoutMs)
  const topics = site.scope === 'all' ? 'all' : [canaryNames(settings.runId).topic]
  const plan = await engine.planFailover(target, topics, { signal })
  const by = {
    ...act,
    isUnfenced: false,
    onProgress: (text: string, stage: string) => {
      if (stage === 'fencing') onFencing()
      settings.report(text)
    },
  }
  const results = await engine.failover(target, plan, by, { signal })
  // It ends at a signal with what it had reached, which is no failure when it was told to.
  options.signal.throwIfAborted()
  const open = results.find(({ outcome }) => outcome.kind !== 'applied' && outcome.kind !== 'unchanged')
  if (open === undefined) return results
  const why = 'why' in open.outcome ? open.outcome.why : open.outcome.kind
  throw new GeorepError('incomplete', 'GR-DRILL-FAILOVER', `mirror "${open.topic}" did not fail over: ${why}`, {
    next: 'run the drill again',
  })
}

/** t6 and t7: the first acknowledgement on the destination, and the first canary record that the group reads there. */
async function untilFirsts(
  site: DrillSite,
  writer: CanaryWriter,
  reader: GroupReader,
  options: Cancel,
): Promise<{ readonly write: number | undefined; readonly read: number | undefined }> {
  const { monotonic, wait } = site.time
  for (const until = monotonic() + firstsTimeoutMs; ;) {
    const write = acknowledgementSpan(writer.ledger())?.first
    const read = reader.reads().find(({ canary }) => canary !== undefined)?.readAt
    if ((write !== undefined && read !== undefined) || monotonic() > until) return { write, read }
    await wait(pollMs, options.signal)
  }
}

/** Gives the group the time to read the last records that were written; what it has not read then, it has missed. */
async function untilRead(site: DrillSite, writer: CanaryWriter, reader: GroupReader, options: Cancel): Promise<void> {
  const { monotonic, wait } = site.time
  for (const until = monotonic() + lastReadsTimeoutMs; monotonic() < until;) {
    const read = new Set(reader.reads().map(({ partition, offset }) => `${partition}/${offset}`))
    const isRead = writer
      .ledger()
      .filter(isAcknowledged)
      .every(({ partition, outcome }) => read.has(`${partition}/${outcome.offset}`))
    if (isRead) return
    await wait(pollMs * 5, options.signal)
  }
}
