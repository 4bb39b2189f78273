import { readSlots, sequenceBreaks, writeSlots } from '../core/canary-reads.ts'
import { type Copies, duplicatesFrom, type Duplicates, type GroupPosition } from '../core/duplicates.ts'
import { type LagFigures, lagFrom } from '../core/lag-series.ts'
import { acknowledgedFrom, isAcknowledged, ledgerCounts, type LedgerCounts, type LedgerEntry } from '../core/ledger.ts'
import { betterOf, type Loss, totalLoss } from '../core/loss.ts'
import { type Measured, measured } from '../core/measured.ts'
import { type DrainedPartition, type Rpo, rpoFrom } from '../core/rpo.ts'
import { type Marks, markMeanings, type Rto, rtoFrom } from '../core/rto.ts'
import { steadyStateFrom } from '../core/steady-state.ts'
import { type Clocks, type DrillVerdict, type Finding, judge, type Objectives, type SplitBrainEvidence } from '../core/verdict.ts' // prettier-ignore
import { canaryNames } from './canary-names.ts'
import type { DrillObservations } from './failover-drill.ts'
import type { OtherMirror } from './other-mirrors.ts'
import { rtoScope } from './rto-scope.ts'
import type { DrillMode } from './scenario.ts'
import type { DrillSettings } from './site.ts'

/** A slot that is this late was not steady. Far above what a healthy cluster needs, and below what a person would notice. */
const lateAfterMs = 1_000

/** What is made of the observations: the figures, and the verdict on them. */
export interface DrillResult {
  readonly mode: DrillMode
  readonly verdict: DrillVerdict
  readonly findings: readonly Finding[]
  readonly marks: Marks
  readonly rto: Rto
  /** What the RTO is of, in words. */
  readonly rtoScope: string
  /** People were asked by steps. */
  readonly isHumanAsked: boolean
  readonly rpo: Rpo
  /** Records that the canary's group reads a second time. */
  readonly duplicates: Duplicates
  /** Of the group on the destination: did it go on where it stopped, and miss nothing that is there? */
  readonly group: GroupContinuity
  readonly source: LedgerCounts
  readonly destination: LedgerCounts
  /** Mirrors other than the canary's, by the better of what the engine knows and of what was read just before the fault: often a lower bound. */
  readonly otherMirrors: {
    readonly count: number
    readonly loss: Loss
    /** Of all of them, against the source when it was back; unknown when it was not, or not all could be read. */
    readonly reconciled: Loss
    readonly mirrors: readonly OtherMirror[]
  }
  /** Acknowledged by the source from t5 on: on the source alone, and no loss of the failover. Undefined where that is not known, or was not exercised. */
  readonly acknowledgedAfterT5: number | undefined
  /** Undefined when none was seen, and not every partition was read to its end. */
  readonly mirroredLate: number | undefined
  readonly lag: LagFigures
  readonly clocks: Clocks
  readonly loopDelayP99Ms: number | undefined
}

export interface GroupContinuity {
  readonly name: string
  readonly partitions: readonly {
    readonly partition: number
    readonly committedOnSource: bigint | undefined
    readonly translated: bigint | undefined
    readonly firstRead: bigint | undefined
  }[]
  /** Records on the destination, at or above the translated offset, that the group did not read while we looked. */
  readonly missed: Measured
}

export function drillResult(
  { mode }: { readonly mode: DrillMode },
  settings: DrillSettings,
  objectives: Objectives,
  seen: DrillObservations,
): DrillResult {
  const { canaryEveryMs: everyMs, probeEveryMs } = settings
  const { injectionUncertaintyMs } = seen
  const destinationEntries = seen.destination.ledger()
  const sourceEntries = seen.source.ledger()
  const { t0, t5, t6, t7 } = seen.marks
  const steady =
    t6 === undefined || t7 === undefined
      ? undefined
      : steadyStateFrom(writeSlots(destinationEntries), readSlots(destinationEntries, seen.destinationReader.reads()), {
          earliest: Math.max(t6, t7),
          holdMs: settings.holdMs,
          lateAfterMs,
          observedUntil: seen.observedUntil,
        })
  const marks: Marks = { ...seen.marks, t8: steady?.at }
  const rto = explainedRto(
    rtoFrom(marks, { injectionUncertaintyMs, canaryEveryMs: everyMs, probeEveryMs }, seen.waits),
    steady === undefined ? missingFirst(seen.marks) : steady.at === undefined ? steady.why : undefined,
  )
  const counted = rpoFrom(sourceEntries, seen.drained.source, {
    t0: seen.cutAt,
    givenUpAt: t5,
    injectionUncertaintyMs,
    everyMs,
  })
  const isIdentical = seen.offsetMapping === 'identical'
  const rpo = isIdentical ? counted : { ...counted, misplaced: [] }
  const duplicates = duplicatesFrom(positionsOf(settings, seen))
  const { missedAtLeast, ...group } = continuityOf(settings, seen)
  const splitBrain = splitBrainEvidence(mode, seen, sourceEntries)
  const mirroredLate = mirroredLateIn(settings, seen)
  const judgement = judge(
    {
      rtoService: rto.service,
      rtoAtLeastMs: marks.t8 === undefined && t0 !== undefined ? seen.observedUntil - t0 : undefined,
      rpoMs: rpo.ms,
      rpoAtLeastMs: Math.max(0, ...rpo.perPartition.map(({ ms }) => ms.value ?? 0)),
      rpoRecords: rpo.records,
      lostAtLeast: rpo.lostAtLeast,
      acknowledged: rpo.acknowledged,
      misplaced: isIdentical ? rpo.misplaced.length + rpo.repeated.length : 0,
      skipped: worseOf(duplicates.skipped, group.missed),
      skippedAtLeast: duplicates.perPartition.reduce((sum, { skipped }) => sum + (skipped.value ?? 0), missedAtLeast),
      mirroredLate,
    },
    objectives,
    {
      splitBrain,
      lostForRealWhy: seen.lostForRealWhy,
      validity: { loopDelayP99Ms: seen.loopDelayP99Ms, canaryEveryMs: everyMs },
      clocks: seen.clocks,
    },
  )
  const others = seen.otherMirrors
  return {
    mode,
    ...judgement,
    marks,
    rto,
    rtoScope: rtoScope(mode, seen.repointedBy ?? []),
    isHumanAsked: seen.waits !== undefined,
    rpo,
    duplicates,
    group,
    source: ledgerCounts(sourceEntries),
    destination: ledgerCounts(destinationEntries),
    otherMirrors: {
      count: others.length,
      loss: totalLoss(others.map(({ loss, atFault }) => betterOf(loss, atFault))),
      reconciled: totalLoss(others.map(({ reconciled }) => reconciled ?? { kind: 'unknown' })),
      mirrors: others,
    },
    acknowledgedAfterT5: splitBrain.kind === 'checked' ? splitBrain.acknowledgedAfterT5 : undefined,
    mirroredLate,
    lag: lagFrom(seen.lag, seen.cutAt, rpo.records),
    clocks: seen.clocks,
    loopDelayP99Ms: seen.loopDelayP99Ms,
  }
}

/** That t8 is missing is the consequence of something, which is what has to be known. */
function explainedRto(rto: Rto, notSteady: string | undefined): Rto {
  if (notSteady === undefined) return rto
  const explained = (figure: Measured): Measured =>
    figure.value === null ? { ...figure, why: `${figure.why ?? 'not measured'}: ${notSteady}` } : figure
  const { service, tool, withoutHuman } = rto
  return { ...rto, service: explained(service), tool: explained(tool), withoutHuman: explained(withoutHuman) }
}

function missingFirst(marks: Marks): string | undefined {
  const missing = (['t6', 't7'] as const).find((mark) => marks[mark] === undefined)
  return missing === undefined ? undefined : `${missing} (${markMeanings[missing]}) was not seen`
}

function splitBrainEvidence(
  mode: DrillMode,
  { marks: { t5 }, awayWhy }: Pick<DrillObservations, 'marks' | 'awayWhy'>,
  source: readonly LedgerEntry[],
): SplitBrainEvidence {
  if (mode === 'practice') {
    return { kind: 'notExercised', why: 'the source was not lost, and its clients were not told' }
  }
  if (mode === 'planned') {
    return { kind: 'notExercised', why: 'the clients of the source were told to stop before the mirror was opened' }
  }
  if (t5 === undefined) return { kind: 'unknown', why: 'the destination was not seen to be writable' }
  const acknowledgedAfterT5 = acknowledgedFrom(source, t5).length
  // What it was asked while it was away it may answer when it comes back, and then nobody is there to hear.
  if (awayWhy !== undefined && acknowledgedAfterT5 === 0) return { kind: 'unknown', why: awayWhy }
  return { kind: 'checked', acknowledgedAfterT5 }
}

/** Records of the source's canary at or above where its mirror ended when it was opened. */
function mirroredLateIn(settings: DrillSettings, seen: DrillObservations): number | undefined {
  const { topic } = canaryNames(settings.runId)
  const ends = seen.failover.find((result) => result.topic === topic)?.ends ?? []
  let late = 0
  let isAllSeen = true
  for (const { partition, offsetsBySeq, incomplete } of seen.drained.source) {
    const end = ends[partition]
    isAllSeen &&= end !== undefined && incomplete === undefined
    for (const at of [...offsetsBySeq.values()].flat()) if (end !== undefined && at >= end) late++
  }
  return late > 0 || isAllSeen ? late : undefined
}

function positionsOf(settings: DrillSettings, seen: DrillObservations): readonly GroupPosition[] {
  const { topic, group } = canaryNames(settings.runId)
  const arrived = seen.failover.find((result) => result.topic === topic)?.ends
  const committed = seen.sourceReader.committed()
  return Array.from({ length: settings.partitions }, (_, partition): GroupPosition => {
    const at = {
      group,
      topic,
      partition,
      sourceCommit: committed.get(partition),
      translated: seen.translated.get(partition),
      arrivedEnd: arrived?.[partition],
    }
    if (seen.offsetMapping === 'identical') return at
    const found = seen.drained.source.find((one) => one.partition === partition)
    // Of what was not read to its end it is not known what is there.
    if (found === undefined || found.incomplete !== undefined) return { ...at, arrivedEnd: undefined }
    return { ...at, copies: copiesIn(found, seen) }
  })
}

/** What the source has acknowledged, by where it stands on the destination. */
function copiesIn({ partition, offsetsBySeq }: DrainedPartition, { source }: DrillObservations): readonly Copies[] {
  const own = source.ledger().filter(isAcknowledged).filter((one) => one.partition === partition) // prettier-ignore
  return own.map(({ seq, outcome }) => ({ source: outcome.offset, destination: offsetsBySeq.get(seq) ?? [] }))
}

/** @returns `missedAtLeast`: those that were seen, whatever else is not known */
function continuityOf(
  settings: DrillSettings,
  seen: DrillObservations,
): GroupContinuity & { readonly missedAtLeast: number } {
  const { group } = canaryNames(settings.runId)
  const reads = seen.destinationReader.reads()
  const committed = seen.sourceReader.committed()
  // A member that had to begin anew reads from its last commit on again, which is no disorder: the first read of a place counts.
  const isRead = new Set<string>()
  const firsts = reads.filter(({ partition, offset: at }) => isRead.size < isRead.add(`${partition}/${at}`).size)
  let missed = 0
  let incomplete: string | undefined
  for (const drained of [seen.drained.source, seen.drained.destination].flat()) {
    incomplete ??= drained.incomplete
    const from = seen.translated.get(drained.partition)
    if (from === undefined) incomplete ??= `the translated offset of partition ${drained.partition} is not known`
    else {
      for (const at of [...drained.offsetsBySeq.values()].flat()) {
        if (at >= from && !isRead.has(`${drained.partition}/${at}`)) missed++
      }
    }
  }
  const runs = [seen.source.runId, seen.destination.runId]
  const repeats = runs.flatMap((runId) => sequenceBreaks(firsts, runId, () => false).repeats)
  return {
    name: group,
    missedAtLeast: missed,
    partitions: Array.from({ length: settings.partitions }, (_, partition) => ({
      partition,
      committedOnSource: committed.get(partition),
      translated: seen.translated.get(partition),
      firstRead: reads.find((read) => read.partition === partition)?.offset,
    })),
    missed:
      incomplete === undefined && repeats.length === 0
        ? measured(missed, 'records', 0)
        : { value: null, error: null, unit: 'records', why: incomplete ?? `${repeats.length} reads came out of order` },
  }
}

/** The sum of what is known to be skipped; unknown when either is. */
function worseOf(a: Measured, b: Measured): Measured {
  if (a.value === null) return a
  if (b.value === null) return b
  return measured(a.value + b.value, 'records', 0)
}
