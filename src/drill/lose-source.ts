import type { Cleanup } from '../core/cleanup.ts'
import { GeorepError } from '../core/errors.ts'
import { anySignal, type Time } from '../core/time.ts'
import type { CanaryWriter } from './canary-writer.ts'
import { type Detected, detectLoss } from './detector.ts'
import { untilCaughtUp } from './mirrored.ts'
import type { Fault, Injection } from './scenario.ts'
import type { DrillSettings, DrillSite } from './site.ts'

/** Far beyond what the probes of any setting need: a source that is not missed by then was not lost. */
const detectionGraceMs = 60_000
const undoTimeoutMs = 60_000

interface Cancel {
  readonly signal: AbortSignal
}

/** Finds out by itself that the source is gone. */
export function detect(site: DrillSite, settings: DrillSettings, signal: AbortSignal): Promise<Detected> {
  const { probeEveryMs, failuresNeeded } = settings
  const detecting = detectLoss({
    probe: async (within) => {
      await site.target.source.metadata([], { signal: within.signal, timeoutMs: probeEveryMs })
    },
    probeEveryMs,
    failuresNeeded,
    time: site.time,
    signal,
  })
  detecting.catch(() => undefined)
  return detecting
}

/** Keeps exactly so many acknowledged records from being mirrored: the runner is frozen with everything before them mirrored. */
export async function holdBack(
  site: DrillSite,
  settings: DrillSettings,
  writer: CanaryWriter,
  records: number,
  options: Cancel,
): Promise<void> {
  settings.report(`holding the link back by ${records} records`)
  await writer.pause(options)
  await untilCaughtUp(site, settings, writer, options)
  await site.carrier?.freeze(options)
  await writer.writeExactly(records, options)
}

/**
 * Takes the source away, and waits until that was noticed. The canary goes on trying: from here on a source that takes a record may be a split brain.
 *
 * @throws GeorepError "timedOut" when it is not noticed
 */
export async function loseSource(
  fault: Fault,
  source: Pick<CanaryWriter, 'resume'>,
  detecting: Promise<Detected>,
  settings: Pick<DrillSettings, 'probeEveryMs' | 'failuresNeeded' | 'report'>,
  { time, signal }: Cancel & { readonly time: Pick<Time, 'wait'> },
): Promise<{ readonly injection: Injection; readonly detected: Detected }> {
  const injection = await fault.strike({ signal })
  source.resume()
  settings.report('waiting until the loss is noticed')
  const graceMs = detectionGraceMs + 2 * settings.probeEveryMs * settings.failuresNeeded
  const noticed = new AbortController()
  const tooLate = time.wait(graceMs, anySignal(signal, noticed.signal)).then(() => {
    throw notNoticed(graceMs)
  })
  tooLate.catch(() => undefined)
  try {
    return { injection, detected: await Promise.race([detecting, tooLate]) }
  } finally {
    noticed.abort(new Error('the loss was noticed'))
  }
}

function notNoticed(graceMs: number): GeorepError {
  const seconds = Math.round(graceMs / 1_000)
  return new GeorepError(
    'timedOut',
    'GR-DRILL-NOT-DETECTED',
    `the source went on answering its probes for ${seconds} s after the fault`,
    {
      stateNow: 'the fault was injected, and nothing was failed over',
      next: 'look at what the fault does, and at --probe-interval: a source that answers more slowly than that is lost',
    },
  )
}

/** Makes sure that the fault is taken back once, however the drill ends. Returns what takes it back now. */
export function undoOnce(fault: Fault, cleanup: Cleanup): (() => Promise<void>) | undefined {
  const { undo } = fault
  if (undo === undefined) return undefined
  let undone: Promise<void> | undefined
  const once = async (): Promise<void> => {
    // Not the signal of the run: one that was interrupted does not leave the source away.
    undone ??= undo({ signal: AbortSignal.timeout(undoTimeoutMs) })
    await undone
  }
  cleanup.defer(async () => {
    if (undone === undefined) await once()
  })
  return once
}
