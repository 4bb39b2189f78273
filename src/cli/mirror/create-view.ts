import { textFromBytes } from '../../core/bytes.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { HiddenOffsets, MirrorConfigs, MirrorPlan } from '../../engines/engine.ts'
import { boundsText, boundsView, type BoundsView } from '../groups-after-failover.ts'
import type { Style } from '../style.ts'
import { table } from '../table.ts'
import { outcomeCell, whyOf } from '../verdict.ts'

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
  /** Null where it was not looked at. */
  readonly hidden: HiddenView | null
  readonly settings: readonly {
    readonly name: string
    readonly fate: Fate
    readonly value: string | null
    readonly why: string | null
  }[]
}

/** How many offsets of the source no consumer sees, which the mirror has to take up. */
export interface HiddenView {
  readonly offsets: BoundsView & {
    /** Estimated; null when that is not known. */
    readonly about: bigint | null
  }
  /** What `about` takes on each replica of the mirror. */
  readonly bytes: bigint | null
  /** False when there may be more without a record at once than is hidden. */
  readonly isWhole: boolean
  readonly unknown: HiddenOffsets['unknown']
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
      { title: 'MIRRORED-BEFORE', align: 'right' },
      { title: 'LEFT-OUT', align: 'right' },
      { title: 'WHY' },
    ],
    patterns.map(({ pattern, prefix, isAutoCreate, outcome, mirrored, leftOut, why }) => [
      pattern,
      prefix === '' ? '-' : prefix,
      isAutoCreate ? 'on' : 'off',
      outcomeCell(outcome, style),
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
    hidden: plan?.hidden === undefined ? null : hiddenView(plan.hidden),
    settings: plan === undefined || !isMade ? [] : settingsOf(plan.configs),
  }
}

function hiddenView({ known, estimate, bytes, isWhole, unknown }: HiddenOffsets): HiddenView {
  return { offsets: { ...boundsView(known), about: estimate ?? null }, bytes: bytes ?? null, isWhole, unknown }
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
  const isHiding = mirrors.some(({ hidden }) => hidden !== null)
  const topics = table(
    [
      { title: 'TOPIC' },
      { title: 'OUTCOME' },
      { title: 'PARTITIONS', align: 'right' },
      { title: 'REPLICAS', align: 'right' },
      { title: 'RECORDS', align: 'right' },
      ...(isHiding
        ? ([
            { title: 'HIDDEN', align: 'right' },
            { title: 'HIDDEN-BYTES', align: 'right' },
          ] as const)
        : []),
      { title: 'WHY' },
    ],
    mirrors.map(({ topic, outcome, partitions, replicationFactor, recordsToCopy, hidden, why }) => [
      topic,
      outcomeCell(outcome, style),
      partitions ?? '-',
      replicationFactor ?? '-',
      recordsToCopy ?? '-',
      ...(isHiding ? hiddenCells(hidden) : []),
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

function hiddenCells(hidden: HiddenView | null): readonly [string, string] {
  if (hidden === null) return ['-', '-']
  const { offsets, bytes } = hidden
  const isAbout = offsets.kind !== 'exact' && offsets.about !== null
  return [
    isAbout ? `~${String(offsets.about)}` : boundsText(offsets),
    bytes === null ? 'unknown' : `~${textFromBytes(Number(bytes))}`,
  ]
}

/** What is not known of the offsets that a mirror has to hide, a sentence each. */
export function hiddenWarnings({ sourceTopic, hidden }: MirrorPlan): readonly string[] {
  if (hidden === undefined) return []
  const { isWhole, mostAtOnce, unknown } = hidden
  const [first] = unknown
  const warnings: string[] = []
  if (first !== undefined) {
    const at = first.offset === null ? '' : ` at offset ${first.offset.toString()}`
    const others = unknown.length === 1 ? '' : `, and at ${unknown.length - 1} other places`
    warnings.push(`"${sourceTopic}": how many offsets the mirror has to hide is not known: partition ${first.partition}${at}: ${first.why}${others}`) // prettier-ignore
  }
  if (!isWhole) {
    warnings.push(`"${sourceTopic}" is too long to be looked at everywhere: the mirror fails where it has no records at more than ${mostAtOnce.toString()} offsets at once`) // prettier-ignore
  }
  return warnings
}
