import type { LedgerEntry } from '../core/ledger.ts'
import type { Loss } from '../core/loss.ts'
import { measured, unknown } from '../core/measured.ts'
import { type Marks, markMeanings } from '../core/rto.ts'
import type { Objectives } from '../core/verdict.ts'
import type { DrillResult } from './drill-result.ts'
import type { DrillObservations } from './failover-drill.ts'
import type { DrillMode } from './scenario.ts'
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
      withoutHumanMs: rto.withoutHuman,
      detectionMs: rto.detection,
      scope: result.rtoScope,
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
      scope: rpoScopes[result.mode],
    },
    duplicates: duplicates.again,
    duplicatesPerPartition: duplicates.perPartition,
    group: result.group,
    marks: marksDocument(result.marks),
    canary: { source: result.source, destination: result.destination },
    otherMirrors: {
      count: result.otherMirrors.count,
      loss: lossDocument(result.otherMirrors.loss),
      reconciled: lossDocument(result.otherMirrors.reconciled),
      mirrors: result.otherMirrors.mirrors.map(({ topic, loss, atFault, reconciled, unreconciledWhy }) => ({
        topic,
        loss: lossDocument(loss),
        atFault: lossDocument(atFault),
        reconciled: lossDocument(reconciled ?? { kind: 'unknown' }),
        why: unreconciledWhy ?? null,
      })),
    },
    splitBrain: {
      acknowledgedAfterT5: result.acknowledgedAfterT5 ?? null,
      mirroredLate: result.mirroredLate ?? null,
      sourceCameBackMs:
        seen.undoneAt === undefined || result.marks.t0 === undefined
          ? unknown('ms', seen.awayWhy ?? 'the source was not brought back')
          : measured(seen.undoneAt - result.marks.t0, 'ms'),
    },
    lag: { ...result.lag, samples: lagRows(seen, result.marks.t0) },
    clocks: result.clocks,
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
      phaseMs: settings.phaseMs,
    },
    ledger: { source: seen.source.ledger().map(ledgerRow), destination: seen.destination.ledger().map(ledgerRow) },
  }
}

/** What a figure of that mode does and does not say. */
export const rpoScopes = {
  sandbox: 'of the canary',
  forced: 'of the canary',
  practice: 'of the canary, whose loss is simulated',
  planned: 'zero by construction: the canary was stopped and its mirror drained before the switch',
} as const satisfies Record<DrillMode, string>

/** Milliseconds after t0, and records; null where the destination did not tell. */
function lagRows({ lag }: DrillObservations, t0: number | undefined): readonly unknown[] {
  return t0 === undefined ? [] : lag.map(({ at, records }) => [Math.round(at - t0), records ?? null])
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
