import type { Outcome } from '../../core/outcome.ts'
import type { MirrorConfigs, MirrorPlan } from '../../engines/engine.ts'
import type { Style } from '../style.ts'
import { table } from '../table.ts'
import { paintOfOutcome, whyOf } from '../verdict.ts'

type Fate = 'copied' | 'overridden' | 'deferred' | 'skipped'

/** One topic of `mirror create` as documents show it. */
export interface CreatedMirrorRow {
  /** The mirror topic. */
  readonly topic: string
  readonly sourceTopic: string
  /** `planned` under --dry-run: nothing stands in its way. */
  readonly outcome: Outcome['kind'] | 'planned'
  readonly why: string | null
  /** What it is, or would be, made as; null when it could not be looked at. */
  readonly partitions: number | null
  readonly replicationFactor: number | null
  /** What the source holds now, as the span of its offsets. */
  readonly recordsToCopy: bigint | null
  readonly settings: readonly {
    readonly name: string
    readonly fate: Fate
    readonly value: string | null
    readonly why: string | null
  }[]
}

/** One pattern of `mirror create` as documents show it. */
export interface CreatedPatternRow {
  readonly pattern: string
  readonly prefix: string
  readonly isAutoCreate: boolean
  readonly outcome: Outcome['kind'] | 'planned'
  readonly why: string | null
  /** Topics of the source that match and have a mirror on this link already. */
  readonly mirrored: number
  /** Topics of the source that match and come from the destination. */
  readonly leftOut: readonly string[]
}

export function renderCreatedPatterns(patterns: readonly CreatedPatternRow[], style: Style): string {
  return table(
    [
      { title: 'PATTERN' },
      { title: 'PREFIX' },
      { title: 'AUTO-CREATE' },
      { title: 'OUTCOME' },
      { title: 'MIRRORED', align: 'right' },
      { title: 'LEFT-OUT', align: 'right' },
      { title: 'WHY' },
    ],
    patterns.map(({ pattern, prefix, isAutoCreate, outcome, mirrored, leftOut, why }) => [
      pattern,
      prefix === '' ? '-' : prefix,
      isAutoCreate ? 'on' : 'off',
      { text: outcome, paint: outcome === 'planned' ? style.warn : paintOfOutcome(outcome, style) },
      mirrored,
      leftOut.length,
      why ?? '',
    ]),
  )
}

export function createdMirrorRow(
  { topic: sourceTopic, prefix }: { readonly topic: string; readonly prefix: string },
  plan: MirrorPlan | undefined,
  outcome: Outcome | undefined,
): CreatedMirrorRow {
  const isMade = outcome === undefined || outcome.kind === 'applied'
  return {
    topic: plan?.mirrorTopic ?? `${prefix}${sourceTopic}`,
    sourceTopic,
    outcome: outcome?.kind ?? 'planned',
    why: outcome === undefined ? null : whyOf(outcome),
    partitions: plan?.partitions ?? null,
    replicationFactor: plan?.replicationFactor ?? null,
    recordsToCopy: plan?.recordsToCopy ?? null,
    settings: plan === undefined || !isMade ? [] : settingsOf(plan.configs),
  }
}

function settingsOf({ copied, overridden, deferred, skipped }: MirrorConfigs): CreatedMirrorRow['settings'] {
  return [
    ...[...copied].map(([name, value]) => ({ name, fate: 'copied' as const, value, why: null })),
    ...[...overridden].map(([name, { value, why }]) => ({ name, fate: 'overridden' as const, value, why })),
    ...[...deferred].map(([name, value]) => ({
      name,
      fate: 'deferred' as const,
      value,
      why: 'set when the mirror stops',
    })),
    ...[...skipped].map(([name, why]) => ({ name, fate: 'skipped' as const, value: null, why })),
  ]
}

export function renderMirrorCreate(mirrors: readonly CreatedMirrorRow[], style: Style): string {
  const topics = table(
    [
      { title: 'TOPIC' },
      { title: 'OUTCOME' },
      { title: 'PARTITIONS', align: 'right' },
      { title: 'REPLICAS', align: 'right' },
      { title: 'RECORDS', align: 'right' },
      { title: 'WHY' },
    ],
    mirrors.map(({ topic, outcome, partitions, replicationFactor, recordsToCopy, why }) => [
      topic,
      { text: outcome, paint: outcome === 'planned' ? style.warn : paintOfOutcome(outcome, style) },
      partitions ?? '-',
      replicationFactor ?? '-',
      recordsToCopy ?? '-',
      why ?? '',
    ]),
  )
  const settings = mirrors.flatMap(({ topic, settings: own }) =>
    own.map(({ name, fate, value, why }) => [topic, name, fate, value ?? '-', why ?? '']),
  )
  if (settings.length === 0) return topics
  return `${topics}\n${table(
    ['TOPIC', 'SETTING', 'IS', 'VALUE', 'WHY'].map((title) => ({ title })),
    settings,
  )}`
}
