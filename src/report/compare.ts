import type { DrillView } from './drill-view.ts'
import type { Figure } from './figure-text.ts'

export interface ComparedFigure {
  /** As the record's field is called. */
  readonly name: string
  readonly title: string
  readonly a: Figure
  readonly b: Figure
  /** b − a. Its error is that of both together. */
  readonly difference: Figure
  /** Whether the two differ by more than both error bars explain; null when it cannot be told. */
  readonly isBeyondError: boolean | null
}

const figures: readonly (readonly [name: string, title: string, of: (view: DrillView) => Figure])[] = [
  ['rtoServiceMs', 'RTO, service', ({ rto }) => rto.service],
  ['rtoWriteMs', '  to first write', ({ rto }) => rto.write],
  ['rtoReadMs', '  to first read', ({ rto }) => rto.read],
  ['detectionMs', '  detection', ({ rto }) => rto.detection],
  ['humanMs', '  human', ({ rto }) => rto.human],
  ['toolMs', '  tool', ({ rto }) => rto.tool],
  ['rpoRecords', 'RPO, records', ({ rpo }) => rpo.records],
  ['rpoMs', 'RPO, time', ({ rpo }) => rpo.ms],
  ['readAgain', 'Read again', ({ duplicates }) => duplicates],
]

/** Two runs of one mode, figure by figure. Whoever calls has seen to it that their mode is the same. */
export function comparedFigures(a: DrillView, b: DrillView): readonly ComparedFigure[] {
  return figures.map(([name, title, of]) => ({ name, title, a: of(a), b: of(b), ...difference(of(a), of(b)) }))
}

/** Why the figures of the two may differ for another reason than that the one is better: a sentence each, without a full stop. */
export function comparisonNotes(a: DrillView, b: DrillView): readonly string[] {
  const settingsOf = (view: DrillView): ReadonlyMap<string, string> => new Map(view.settings)
  const [ofA, ofB] = [settingsOf(a), settingsOf(b)]
  const isBothKnown = ofA.size > 0 && ofB.size > 0
  const names = isBothKnown ? [...new Set([...ofA.keys(), ...ofB.keys()])] : []
  return [
    ...(a.scenario === b.scenario
      ? []
      : [`they are different exercises: ${a.scenario ?? 'not on record'}, and ${b.scenario ?? 'not on record'}`]),
    ...(a.scope === b.scope ? [] : [`they have different scopes: ${a.scope}, and ${b.scope}`]),
    ...names
      .filter((name) => ofA.get(name) !== ofB.get(name))
      .map((name) => `setting ${name} differs: ${ofA.get(name) ?? 'none'}, and ${ofB.get(name) ?? 'none'}`),
  ]
}

function difference(a: Figure, b: Figure): Pick<ComparedFigure, 'difference' | 'isBeyondError'> {
  const { unit } = a.value === null ? b : a
  const nothing = (why: string): Pick<ComparedFigure, 'difference' | 'isBeyondError'> => ({
    difference: { value: null, error: null, unit, why },
    isBeyondError: null,
  })
  if (a.value === null || b.value === null) return nothing('it is not known of both')
  if (a.unit !== b.unit) return nothing('the units differ')
  const value = Math.round((b.value - a.value) * 1_000) / 1_000
  const error = (a.error ?? 0) + (b.error ?? 0)
  return { difference: { value, error, unit, why: null }, isBeyondError: Math.abs(value) > error }
}
