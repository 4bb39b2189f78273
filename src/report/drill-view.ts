import type { z } from 'zod'
import { printable } from '../core/printable.ts'
import { type Marks, markMeanings } from '../core/rto.ts'
import type { ObjectiveName } from '../core/verdict.ts'
import type { Figure } from './figure-text.ts'
import type { AnyFinding } from './finding-text.ts'
import type { MarkName, MarkTimes } from './phases.ts'
import * as parts from './record-parts.ts'
import { shortened } from './shortened.ts'

/** A drill's record as a report reads it. What the record does not have is undefined, and a figure that it does not have is unknown. */
export interface DrillView {
  readonly id: string
  readonly kind: string
  readonly mode: string
  /** The exercise by its name, such as region-kill. */
  readonly scenario: string | undefined
  /** Which of several runs with one seed it was. */
  readonly series: z.output<typeof parts.series> | undefined
  readonly scope: string
  readonly status: string
  readonly verdict: string
  readonly startedAt: string
  /** When the fault struck (t0), by the observer's wall clock. */
  readonly faultAt: string | undefined
  readonly endedAt: string
  readonly durationMs: number | undefined
  readonly georepVersion: string
  readonly operator: string | undefined
  /** SHA-256 of the record before this one; null for the first, undefined where the record does not say. */
  readonly previous: string | null | undefined
  readonly previousId: string | undefined
  readonly failure: z.output<typeof parts.failure> | undefined
  /** By whom the failover was approved, where somebody was asked; undefined where the record does not say. */
  readonly approvals: readonly z.output<typeof parts.approval>[] | undefined
  readonly runbook: z.output<typeof parts.runbook> | undefined
  readonly steps: readonly z.output<typeof parts.step>[] | undefined
  readonly clusters: { readonly source: ClusterName; readonly destination: ClusterName } | undefined
  /** Undefined: it came to no verdict, or the record does not say. */
  readonly findings: readonly AnyFinding[] | undefined
  /** Undefined as a whole: what they were is not on record. One of them: there was none. */
  readonly objectives: Readonly<Record<ObjectiveName, number | undefined>> | undefined
  readonly rto: Readonly<Record<RtoName, Figure>>
  /** What the RTO includes and what not, in words. */
  readonly rtoScope: string | undefined
  readonly rpo: {
    readonly records: Figure
    readonly ms: Figure
    readonly rate: Figure
    readonly acknowledged: number | undefined
    readonly lostAtLeast: number | undefined
    readonly perPartition: readonly z.output<typeof parts.partitionLoss>[] | undefined
    readonly unknownSends: z.output<typeof parts.unknownSends> | undefined
    /** Records at another offset than on the source, and those seen more than once. */
    readonly misplaced: number | undefined
    readonly repeated: number | undefined
    /** What the loss is of, in words. */
    readonly scope: string | undefined
  }
  readonly duplicates: Figure
  readonly duplicatesPerPartition: readonly z.output<typeof parts.groupDuplicates>[] | undefined
  readonly group: z.output<typeof parts.groupContinuity> | undefined
  readonly marks: MarkTimes
  readonly otherMirrors: z.output<typeof parts.otherMirrors> | undefined
  /** Records that the source acknowledged after the destination was writable, and those of them that the mirror still took. */
  readonly acknowledgedAfterT5: number | undefined
  readonly mirroredLate: number | undefined
  readonly lag: z.output<typeof parts.lag> | undefined
  /** How far the clocks of the clusters are ahead of the observer's. */
  readonly clocks: z.output<typeof parts.clocks> | undefined
  readonly loopDelayP99Ms: Figure
  readonly probes: readonly z.output<typeof parts.probe>[] | undefined
  readonly settings: readonly (readonly [name: string, value: string])[]
  readonly ledger: { readonly source: readonly parts.Send[]; readonly destination: readonly parts.Send[] } | undefined
  /** Parts that the record has and that could not be read: they are treated as unknown. */
  readonly unreadable: readonly string[]
  /** Parts of the record that no report shows. */
  readonly notShown: readonly string[]
}

export type ClusterName = z.output<typeof parts.clusterName>
export type RtoName = 'service' | 'write' | 'read' | 'tool' | 'human' | 'withoutHuman' | 'detection'

/** Reads a record's data. It may be anything: never throws. */
export function drillViewFrom(record: Readonly<Record<string, unknown>>): DrillView {
  const unreadable: string[] = []
  const at = <T>(path: string, schema: z.ZodType<T>): T | undefined => {
    const value = valueAt(record, path)
    if (value === undefined || value === null) return undefined
    const read = schema.safeParse(value)
    if (read.success) return read.data
    unreadable.push(path)
    return undefined
  }
  const word = (path: string): string => at(path, parts.text) ?? 'unknown'
  const figure = (path: string, unit: string): Figure =>
    at(path, parts.figure) ?? { value: null, error: null, unit, why: 'the record does not say' }
  const list = <T>(path: string, schema: z.ZodType<T>): readonly T[] | undefined => at(path, schema.array())
  const size = (path: string): number | undefined => {
    const value = valueAt(record, path)
    return Array.isArray(value) ? value.length : undefined
  }

  const source = at('clusters.source', parts.clusterName)
  const destination = at('clusters.destination', parts.clusterName)
  const sourceLedger = list('ledger.source', parts.send)
  const destinationLedger = list('ledger.destination', parts.send)
  const startedAt = word('startedAt')
  const endedAt = word('endedAt')
  const durationMs = Date.parse(endedAt) - Date.parse(startedAt)
  return {
    id: word('id'),
    kind: word('kind'),
    mode: word('mode'),
    scenario: at('scenario', parts.text),
    series: at('series', parts.series),
    scope: word('scope'),
    status: at('status', parts.text) ?? 'completed',
    verdict: word('verdict'),
    startedAt,
    faultAt: at('faultAt', parts.text),
    endedAt,
    durationMs: Number.isNaN(durationMs) ? undefined : durationMs,
    georepVersion: word('georepVersion'),
    operator: at('operator', parts.text),
    previous: record['previous'] === null ? null : at('previous', parts.text),
    previousId: at('previousId', parts.text),
    failure: at('error', parts.failure),
    approvals: list('approvals', parts.approval),
    runbook: at('runbook', parts.runbook),
    steps: list('steps', parts.step),
    clusters: source === undefined || destination === undefined ? undefined : { source, destination },
    findings: list('findings', parts.finding),
    objectives: at('objectives', parts.objectives),
    rto: {
      service: figure('rto.serviceMs', 'ms'),
      write: figure('rto.writeMs', 'ms'),
      read: figure('rto.readMs', 'ms'),
      tool: figure('rto.toolMs', 'ms'),
      human: figure('rto.humanMs', 'ms'),
      withoutHuman: figure('rto.withoutHumanMs', 'ms'),
      detection: figure('rto.detectionMs', 'ms'),
    },
    rtoScope: at('rto.scope', parts.text),
    rpo: {
      records: figure('rpo.records', 'records'),
      ms: figure('rpo.ms', 'ms'),
      rate: figure('rpo.rate', 'records/s'),
      acknowledged: at('rpo.acknowledged', parts.limit),
      lostAtLeast: at('rpo.lostAtLeast', parts.limit),
      perPartition: list('rpo.perPartition', parts.partitionLoss),
      unknownSends: at('rpo.unknownSends', parts.unknownSends),
      misplaced: size('rpo.misplaced'),
      repeated: size('rpo.repeated'),
      scope: at('rpo.scope', parts.text),
    },
    duplicates: figure('duplicates', 'records'),
    duplicatesPerPartition: list('duplicatesPerPartition', parts.groupDuplicates),
    group: at('group', parts.groupContinuity),
    marks: Object.fromEntries(
      (Object.keys(markMeanings) as MarkName[]).map((name) => [
        name,
        at(`marks.${name}`, parts.figure)?.value ?? undefined,
      ]),
    ) as Record<keyof Marks, number | undefined>,
    otherMirrors: at('otherMirrors', parts.otherMirrors),
    acknowledgedAfterT5: at('splitBrain.acknowledgedAfterT5', parts.limit),
    mirroredLate: at('splitBrain.mirroredLate', parts.limit),
    lag: at('lag', parts.lag),
    clocks: at('clocks', parts.clocks),
    loopDelayP99Ms: figure('observer.loopDelayP99Ms', 'ms'),
    probes: list('probes', parts.probe),
    settings: settingsOf(record['settings']),
    ledger:
      sourceLedger === undefined || destinationLedger === undefined
        ? undefined
        : { source: sourceLedger, destination: destinationLedger },
    unreadable: [...new Set(unreadable)],
    notShown: Object.keys(record)
      .filter((name) => !known.has(name))
      .map((name) => printable(shortened(name, 40))),
  }
}

const known: ReadonlySet<string> = new Set([
  ...['schema', 'id', 'kind', 'mode', 'scope', 'status', 'verdict', 'startedAt', 'faultAt', 'endedAt', 'georepVersion'],
  ...['operator', 'previous', 'previousId', 'error', 'clusters', 'findings', 'objectives', 'rto', 'rpo'],
  ...['duplicates', 'duplicatesPerPartition', 'group', 'marks', 'canary', 'otherMirrors', 'observer', 'probes'],
  ...['settings', 'ledger', 'scenario', 'series', 'splitBrain', 'lag', 'clocks', 'approvals', 'runbook', 'steps'],
])

function settingsOf(value: unknown): DrillView['settings'] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) => {
    const read = parts.setting.safeParse(one)
    return read.success && read.data !== null ? [[printable(shortened(name, 40)), read.data.toString()] as const] : []
  })
}

function valueAt(record: unknown, path: string): unknown {
  let value = record
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}
