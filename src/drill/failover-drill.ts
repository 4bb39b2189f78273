import { Cleanup } from '../core/cleanup.ts'
import { textFromDurationMs } from '../core/duration.ts'
import { messageOf } from '../core/errors.ts'
import type { LagSample } from '../core/lag-series.ts'
import { acknowledgementSpan, ledgerCutAt } from '../core/ledger.ts'
import type { Offset } from '../core/offset.ts'
import type { Marks, Waits } from '../core/rto.ts'
import type { Clocks } from '../core/verdict.ts'
import { anySignal } from '../core/time.ts'
import type { FailoverResult } from '../engines/engine.ts'
import { canaryNames } from './canary-names.ts'
import { openCanaryTopic } from './canary-topic.ts'
import type { CanaryWriter } from './canary-writer.ts'
import { openReader, openWriter, untilRead } from './clients.ts'
import { measureClock } from './clock-skew.ts'
import type { Detected } from './detector.ts'
import { type DrainedCanary, drainDestination } from './drained.ts'
import type { GroupReader } from './group-reader.ts'
import { watchLoopDelay } from './loop-delay.ts'
import { detect, holdBack, loseSource, undoOnce } from './lose-source.ts'
import { staysSteady, untilSteady } from './mirrored.ts'
import { type OtherMirror, otherMirrors, readSourceEnds, reconcile, type SourceEnds } from './other-mirrors.ts'
import { whyAway, whyAwayAtCut } from './real-loss.ts'
import type { DrillScenario, EarlierFault, Injection } from './scenario.ts'
import type { DrillSettings, DrillSite } from './site.ts'
import { watchDrill } from './watch.ts'

const stopTimeoutMs = 1_500
const firstsTimeoutMs = 60_000
/** What a source that is back has to answer of what it was asked while it was away, and what a runner may still try. */
const watchAfterUndoMs = 2_000
const pollMs = 10
/** Whoever waits for longer is told what for. */
const slowGroupsMs = 15_000

interface Cancel {
  readonly signal: AbortSignal
}

/** What a drill saw, before anything is made of it. */
export interface DrillObservations {
  /** Of the engine: whether a record has the same offset on both sides. */
  readonly offsetMapping: 'identical' | 'mapped'
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
  /** See `Responded`. */
  readonly waits?: Waits | undefined
  readonly repointedBy?: readonly string[] | undefined
  readonly otherMirrors: readonly OtherMirror[]
  readonly drained: DrainedCanary
  readonly detected: Detected | undefined
  readonly lag: readonly LagSample[]
  readonly clocks: Clocks
  /** When the source was back, monotonic milliseconds; undefined when it stayed away, or was never lost. */
  readonly undoneAt: number | undefined
  /** Why a source that was to be brought back was not, as far as is known; undefined when it was, or was not to be. */
  readonly awayWhy?: string | undefined
  /** Why the source was away though the drill had not taken it away, so that the figures are of something else; undefined when it was not. */
  readonly lostForRealWhy?: string | undefined
  readonly observedUntil: number
  readonly loopDelayP99Ms: number | undefined
}

type CanaryLedger = Pick<CanaryWriter, 'ledger' | 'runId'>

/**
 * Takes the source of a link away and has the scenario's response deal with it, with a canary and a consumer group at work: docs/drill.md tells the
 * phases. Whoever made the site takes it down.
 *
 * @throws GeorepError when the drill could not be carried through; what was measured until then is lost with it
 */
export async function failoverDrill(
  site: DrillSite,
  { loss, respond, settings }: DrillScenario,
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
  const opening = openCanaryTopic(site, settings, options)
  // Whoever takes the topic away has to have heard of it: a run that is broken off meanwhile is not left before that.
  cleanup.defer(async () => { await opening.catch(() => undefined) }) // prettier-ignore
  const [, clocks] = await Promise.all([opening, readClocks(site, settings, options)])
  const source = cleanup.adopt(await openWriter(site, settings, 'source'), stopped)
  // Connected beforehand, as the clients of a region that is ready to take over are.
  const destination = cleanup.adopt(await openWriter(site, settings, 'destination'), stopped)
  source.resume()
  const isRegion = loss.kind === 'region'
  const ended = async (reader: GroupReader): Promise<void> => {
    // Clusters that go are not waited for; where they live on, the group is left, or it could not be removed.
    if (site.isLeftBehind) reader.abandon()
    else await reader.stop({ timeoutMs: stopTimeoutMs })
  }
  const sourceReader = cleanup.adopt(await openReader(site, settings, 'source', options), ended)
  const watch = cleanup.adopt(watchDrill(site, settings, source, destination), async (one) => {
    await one[Symbol.asyncDispose]()
  })

  const slow = site.groupsEveryMs > slowGroupsMs ? `: group offsets are copied every ${textFromDurationMs(site.groupsEveryMs)}` : '' // prettier-ignore
  settings.report(`waiting for a steady state${slow}`)
  const clients = { writer: source, reader: sourceReader, isPartLost: false }
  await untilSteady(site, settings, { ...clients, sinceMs: -Infinity }, options)
  const loop = cleanup.adopt(watchLoopDelay(), (one) => {
    one[Symbol.dispose]()
  })
  await staysSteady(site, settings, clients, options)
  const first = isRegion ? loss.first : undefined
  if (first?.then === 'steady') {
    await first.strike(options)
    settings.report('waiting for a steady state again')
    const without = { ...clients, isPartLost: true }
    await untilSteady(site, settings, { ...without, sinceMs: monotonic() }, options)
    await staysSteady(site, settings, without, options)
  }
  const watching = new AbortController()
  cleanup.defer(() => {
    watching.abort(new Error('the drill is over'))
  })
  const detecting = isRegion ? detect(site, settings, anySignal(options.signal, watching.signal)) : undefined
  if (settings.holdBack !== undefined) await holdBack(site, settings, source, settings.holdBack, options)
  else await time.wait(settings.phaseMs, options.signal)

  const beforeFault = isRegion ? await readSourceEnds(site, settings, options) : new Map<never, never>()
  await strikeUnsteadily(first, site, options)
  const undo = isRegion ? undoOnce(loss.fault, cleanup) : undefined
  const lost =
    isRegion && detecting !== undefined
      ? await loseSource(loss.fault, source, detecting, settings, { time, signal: options.signal })
      : undefined
  let cut: Injection | undefined = lost?.injection
  const begunAt = monotonic()
  const { approvedAt, commandedAt, writableAt, results, waits, repointedBy } = await respond(
    {
      site,
      settings,
      detectedAt: lost?.detected.lostAt,
      onFencing: () => {
        if (cut !== undefined) return
        cut = { fromMs: monotonic(), toMs: monotonic() }
        // The source goes on; what it takes from here on is not counted.
        void source.pause(options).catch(() => undefined)
      },
      stopClients: async (within) => {
        await source.pause(within)
        await untilRead(site, source, sourceReader, within)
        await sourceReader.stop({ timeoutMs: stopTimeoutMs })
      },
    },
    options,
  )
  watch.endLag()
  const { fromMs: cutAt, toMs } = cut ?? { fromMs: commandedAt, toMs: commandedAt }
  if (isRegion) sourceReader.abandon()
  const translated = await site.committedOnDestination(names.group, names.topic, options)

  settings.report('writing and reading on the destination')
  destination.resume()
  const destinationReader = cleanup.adopt(await openReader(site, settings, 'destination', options), ended)
  const firsts = await untilFirsts(site, destination, destinationReader, options)
  await site.carrier?.thaw(options)
  settings.report('holding the steady state')
  await time.wait(settings.holdMs + settings.canaryEveryMs * 3, options.signal)
  const observedUntil = monotonic()
  const loopDelayP99Ms = loop.p99Ms()
  const awayNow = loss.kind === 'simulated' ? await whyAway(site, settings, options) : undefined

  let undoneAt: number | undefined
  let awayWhy: string | undefined
  let afterwards: SourceEnds | string | undefined
  if (undo !== undefined) {
    settings.report('bringing the source back')
    // What was measured until here holds, whether the source comes back or not.
    awayWhy = await undo().then(
      () => undefined,
      (error: unknown) => `it could not be brought back: ${messageOf(error)}`,
    )
    afterwards = awayWhy
    if (awayWhy === undefined) {
      undoneAt = monotonic()
      await time.wait(watchAfterUndoMs, options.signal)
      await stopped(source)
      afterwards = await reconcile(site, settings, options)
    } else settings.report(`warning: the source may stay away: ${awayWhy}`)
  }
  settings.report('counting what arrived')
  await destination.pause(options)
  await untilRead(site, destination, destinationReader, options)
  await Promise.all([stopped(source), stopped(destination), destinationReader.stop({ timeoutMs: stopTimeoutMs })])
  const drained = await drainDestination(site, settings, options)
  const sourceLedger =
    loss.kind === 'simulated'
      ? ledgerCutAt(source.ledger(), cutAt, 'acknowledged after the simulated loss')
      : source.ledger()
  const lostForRealWhy =
    loss.kind === 'simulated'
      ? (awayNow ?? whyAwayAtCut(source.ledger(), cutAt))
      : lost !== undefined && lost.detected.lostAt < lost.injection.fromMs
        ? 'it had gone before it was taken away'
        : undefined
  const marks: Marks = {
    // Without a fault it is one as of the command to switch: all that comes before the fence is part of the time it takes.
    t0: isRegion ? cutAt : begunAt,
    t1: acknowledgementSpan(ledgerCutAt(sourceLedger, writableAt, 'acknowledged after the failover'))?.last,
    t2: lost?.detected.lostAt,
    t3: approvedAt,
    t4: commandedAt,
    t5: writableAt,
    t6: firsts.write,
    t7: firsts.read,
    t8: undefined,
  }
  return {
    marks,
    cutAt,
    injectionUncertaintyMs: toMs - cutAt,
    source: { runId: source.runId, ledger: () => sourceLedger },
    destination,
    sourceReader,
    destinationReader,
    translated,
    failover: results,
    waits,
    repointedBy,
    otherMirrors: otherMirrors(site, settings, results, { beforeFault, afterwards }),
    drained,
    detected: lost?.detected,
    offsetMapping: site.engine.capabilities.offsetMapping,
    lag: watch.lag(),
    clocks,
    undoneAt,
    awayWhy,
    lostForRealWhy,
    observedUntil,
    loopDelayP99Ms,
  }
}

async function readClocks({ target, time }: DrillSite, settings: DrillSettings, options: Cancel): Promise<Clocks> {
  const { clock } = canaryNames(settings.runId)
  const [source, destination] = await Promise.all(
    [target.source, target.destination].map(async (cluster) => await measureClock(cluster, clock, time, options)),
  )
  return { source, destination } as Clocks
}

/** A fault that leaves nothing to wait for: the source is lost a little later. */
async function strikeUnsteadily(first: EarlierFault | undefined, { time }: DrillSite, options: Cancel): Promise<void> {
  if (first === undefined || first.then === 'steady') return
  await first.strike(options)
  await time.wait(first.then.afterMs, options.signal)
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
