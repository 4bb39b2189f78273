import type { DrillVerdict, Objectives } from '../../src/core/verdict.ts'
import { drillDocument } from '../../src/drill/drill-document.ts'
import { drillResult } from '../../src/drill/drill-result.ts'
import type { DrillObservations } from '../../src/drill/failover-drill.ts'
import type { DrillMode } from '../../src/drill/scenario.ts'
import type { DrillRun } from '../../src/cli/drill/conclude.ts'
import { acknowledged, drained, observations, partitions, send, settings, sourceLedger } from './drill-observations.ts'

/** What of the drill in which all is well is otherwise in one with that verdict. */
const different: Readonly<Record<DrillVerdict, Partial<DrillObservations>>> = {
  pass: {},
  fail: { drained: { ...observations.drained, source: partitions.map((partition) => drained(partition, 7, 0)) } },
  unknown: { marks: { ...observations.marks, t6: undefined }, loopDelayP99Ms: undefined },
  splitBrain: {
    source: {
      ...observations.source,
      ledger: () => [...sourceLedger, send(0, 11, 11_850, acknowledged(11_855, 10n))],
    },
  },
}

/** A drill with that verdict, as it is handed to `concludeDrill`. */
export function drillRun(
  verdict: DrillVerdict,
  mode: DrillMode = 'sandbox',
  more: Partial<DrillObservations> = {},
): DrillRun {
  const objectives: Objectives = { rtoMs: 60_000, rpoMs: 5_000, rpoRecords: verdict === 'fail' ? 0 : undefined }
  const seen = { ...observations, ...different[verdict], ...more }
  const result = drillResult({ mode }, settings, objectives, seen)
  if (result.verdict !== verdict) throw new Error(`this drill is ${result.verdict}, not ${verdict}`)
  return {
    kind: 'drill',
    status: 'completed',
    mode,
    scenario: mode === 'sandbox' ? 'region-kill' : mode,
    series: { run: 1, of: 1, seed: 'ab12' },
    scope: `${mode}: link east-west`,
    startedAt: '2026-01-02T10:00:00.000Z',
    endedAt: '2026-01-02T10:00:16.000Z',
    georepVersion: '0.0.0',
    faultAt: '2026-01-02T10:00:05.000Z',
    clusters: {
      source: { name: 'east', clusterId: 'EAST-ID', metadataVersion: 29 },
      destination: { name: 'west', clusterId: 'WEST-ID', metadataVersion: null },
    },
    operator: 'test',
    ...drillDocument(result, seen, { settings, objectives }),
    verdict,
    result,
  }
}
