import type { DrillView } from './drill-view.ts'
import { findingText } from './finding-text.ts'

/** `notExercised`: this exercise cannot tell. `unknown`: it should have told, and did not. */
export type CheckOutcome = 'ok' | 'failed' | 'unknown' | 'notExercised'

export interface Check {
  readonly name: string
  readonly outcome: CheckOutcome
  /** What was found, or why it is not known; empty where there is nothing to say. */
  readonly text: string
}

export const checkWords = {
  ok: 'ok',
  failed: 'FAILED',
  unknown: 'UNKNOWN',
  notExercised: 'not exercised',
} as const satisfies Record<CheckOutcome, string>

interface Rule {
  readonly name: string
  /** What the kinds of findings say of it; a check without any of them is passed, if there is evidence that it was made. */
  readonly findings: Readonly<Record<string, CheckOutcome>>
  readonly isMade: (view: DrillView) => boolean
  /** Of a record that does not show that it was made. */
  readonly otherwise: CheckOutcome | ((view: DrillView) => CheckOutcome)
}

const rules: readonly Rule[] = [
  {
    name: 'the source took no writes after the destination was writable',
    findings: { splitBrain: 'failed', splitBrainUnknown: 'unknown', splitBrainNotExercised: 'notExercised' },
    isMade: ({ marks }) => marks.t5 !== undefined,
    otherwise: 'unknown',
  },
  {
    name: 'the mirror took nothing of the source after it was opened',
    findings: { mirroredLate: 'failed' },
    isMade: ({ mirroredLate, rpo }) => mirroredLate !== undefined && rpo.records.value !== null,
    // There are records from before it was looked at.
    otherwise: ({ rpo }) => (rpo.records.value === null ? 'unknown' : 'notExercised'),
  },
  {
    name: 'every record is at the offset of the source, once',
    findings: { misplaced: 'failed' },
    isMade: ({ rpo }) => rpo.misplaced !== undefined && rpo.repeated !== undefined && rpo.records.value !== null,
    otherwise: 'unknown',
  },
  {
    name: 'the group goes on where it stopped, and misses nothing',
    findings: { skippedByGroups: 'failed', skippedByGroupsUnknown: 'unknown' },
    isMade: ({ group }) => group !== undefined && group.missed.value !== null,
    otherwise: 'unknown',
  },
  {
    name: 'the observer was fast enough to tell times',
    findings: { observerTooSlow: 'unknown', observerNotMeasured: 'unknown' },
    isMade: ({ loopDelayP99Ms }) => loopDelayP99Ms.value !== null,
    otherwise: 'unknown',
  },
]

/** What a drill checks beside its objectives. Nothing counts as checked that the record does not show to be. */
export function checksOf(view: DrillView): readonly Check[] {
  return rules.map(({ name, findings, isMade, otherwise }) => {
    const found = view.findings?.find(({ kind }) => Object.hasOwn(findings, kind))
    if (found !== undefined) return { name, outcome: findings[found.kind] ?? 'unknown', text: findingText(found) }
    return view.findings !== undefined && isMade(view)
      ? { name, outcome: 'ok', text: '' }
      : {
          name,
          outcome: typeof otherwise === 'string' ? otherwise : otherwise(view),
          text: 'the record does not show that it was checked',
        }
  })
}
