import type { LedgerEntry } from '../core/ledger.ts'
import type { Loss } from '../core/loss.ts'
import { measured, unknown } from '../core/measured.ts'
import { type Marks, markMeanings } from '../core/rto.ts'
import type { Objectives } from '../core/verdict.ts'
import type { DrillResult } from './drill-result.ts'
import type { DrillObservations } from './failover-drill.ts'
import type { DrillSettings } from './site.ts'

/** Offsets are decimal text: bigint is turned into it when the document is written. */
export type DrillDocument = Readonly<Record<string, unknown>>

/** The measured part of a drill's run record, and of what `-o json` prints. Every figure is `{value, error, unit, why}`. */
export function drillDocument(
  result: DrillResult,
  seen: DrillObservations,
  { settings, objectives }: { readonly settings: DrillSettings; readonly objectives: Objectives },
): DrillDocument {
  const { rto, rpo, duplicates } = result
  return {
    verdict: result.verdict,
    findings: result.findings,
    objectives: {
      rtoMs: objectives.rtoMs ?? null,
      rpoMs: objectives.rpoMs ?? null,
      rpoRecords: objectives.rpoRecords ?? null,
    },
    rto: {
      serviceMs: rto.service,
      writeMs: rto.write,
      readMs: rto.read,
      toolMs: rto.tool,
      humanMs: rto.human,
      detectionMs: rto.detection,
      scope:
        result.mode === 'sandbox'
          ? 'excluding client re-pointing'
          : 'simulated: region loss and detection not exercised; excluding client re-pointing',
    },
    rpo: {
      records: rpo.records,
      ms: rpo.ms,
      acknowledged: rpo.acknowledged,
      lostAtLeast: rpo.lostAtLeast,
      perPartition: rpo.perPartition,
      unknownSends: rpo.unknownSends,
      misplaced: rpo.misplaced,
      repeated: rpo.repeated,
      unexplained: rpo.unexplained,
      foreign: rpo.foreign,
      resolutionMs: rpo.resolutionMs,
      rate: rpo.rate,
    },
    duplicates: duplicates.again,
    duplicatesPerPartition: duplicates.perPartition,
    group: result.group,
    marks: marksDocument(result.marks),
    canary: { source: result.source, destination: result.destination },
    otherMirrors: { count: result.otherMirrors.count, loss: lossDocument(result.otherMirrors.loss) },
    observer: {
      loopDelayP99Ms:
        result.loopDelayP99Ms === undefined
          ? unknown('ms', 'the observer was not measured')
          : measured(result.loopDelayP99Ms, 'ms'),
    },
    probes: seen.detected?.probes ?? [],
    settings: {
      partitions: settings.partitions,
      canaryEveryMs: settings.canaryEveryMs,
      probeEveryMs: settings.probeEveryMs,
      failuresNeeded: settings.failuresNeeded,
      steadyMs: settings.steadyMs,
      holdMs: settings.holdMs,
      holdBack: settings.holdBack ?? null,
    },
    ledger: { source: seen.source.ledger().map(ledgerRow), destination: seen.destination.ledger().map(ledgerRow) },
  }
}

/** Figures of milliseconds after t0. */
function marksDocument(marks: Marks): unknown {
  const { t0 } = marks
  return Object.fromEntries(
    (Object.keys(markMeanings) as (keyof Marks)[]).map((name) => {
      const at = marks[name]
      const figure =
        at === undefined || t0 === undefined
          ? unknown('ms', `${at === undefined ? name : 't0'} was not seen`)
          : measured(at - t0, 'ms')
      return [name, { means: markMeanings[name], ...figure }]
    }),
  )
}

function lossDocument(loss: Loss): unknown {
  return loss.kind === 'unknown' ? { kind: 'unknown', records: null } : loss
}

/** partition, sequence, scheduled (wall ms), outcome, offset, acknowledged (wall ms) */
function ledgerRow({ partition, seq, scheduledWallMs, outcome }: LedgerEntry): readonly unknown[] {
  return outcome.kind === 'ok'
    ? [partition, seq, scheduledWallMs, 'ok', outcome.offset, outcome.acknowledgedWallMs]
    : [partition, seq, scheduledWallMs, outcome.kind, null, null]
}
