import type { MirrorStateName } from '../../core/mirror-state.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { LinkTarget, RebuildPlan, RebuildResult, RebuiltTopic, RunnerView } from '../../engines/engine.ts'
import { aloneOffsets } from '../../engines/rebuilding.ts'
import { clusterText, clusterView, type ClusterView } from '../figures.ts'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import { facts, table } from '../table.ts'
import { outcomeCell, whyOf } from '../verdict.ts'

/** What is printed of a rebuild; the `data` of its JSON document. */
export interface RebuildView {
  readonly link: string
  readonly phase: 'planned' | 'done'
  readonly source: ClusterView
  /** Has the mirror topics. */
  readonly destination: ClusterView
  readonly runner: RunnerView | null
  /** The folder in which what the mirrors alone hold is saved, or `topic:<name>`. */
  readonly salvage: string | null
  /** What they alone hold is let go of. */
  readonly isDiscarding: boolean
  readonly topics: readonly RebuildRow[]
  readonly warnings: readonly string[]
  readonly next: string
}

export interface RebuildRow {
  /** The mirror topic. */
  readonly topic: string
  readonly sourceTopic: string
  readonly outcome: Outcome['kind'] | 'planned'
  readonly why: string | null
  /** Before anything was done; null of what the link does not mirror. */
  readonly state: MirrorStateName | null
  /** Why it has FAILED; null where it has not. */
  readonly failure: string | null
  /** Null where something stood in its way before that was looked at. */
  readonly how: NonNullable<RebuiltTopic['how']> | null
  /** What it is, or would be, made as; null where the source was not looked at. */
  readonly made: {
    readonly partitions: number
    readonly replicationFactor: number
    /** What the source holds, as the span of its offsets. */
    readonly recordsToCopy: bigint
  } | null
  /** None where it was not looked at, or its topic is not there any more. */
  readonly partitions: readonly RebuildPartition[]
  /** Settings of the operator's that the new topic has, too. */
  readonly settings: readonly { readonly name: string; readonly value: string }[]
  /** With commits on the topic, which go with it. */
  readonly groups: RebuiltTopic['groups']
}

interface RebuildPartition {
  readonly partition: number
  readonly mirrorStart: bigint
  readonly mirrorEnd: bigint
  readonly sourceStart: bigint
  readonly sourceEnd: bigint
  /** Offsets of the mirror that the source has not, or has otherwise. */
  readonly alone: bigint
  /** Records among them that were saved; null until they are. */
  readonly saved: bigint | null
}

export interface RebuildViewRest extends Pick<RebuildView, 'phase' | 'salvage' | 'isDiscarding' | 'next'> {
  /** By mirror, what became of it, or stands in its way. */
  readonly results: ReadonlyMap<string, RebuildResult>
}

export function rebuildView(
  { link, source, destination }: Pick<LinkTarget, 'link' | 'source' | 'destination'>,
  plan: RebuildPlan,
  { results, ...rest }: RebuildViewRest,
): RebuildView {
  return {
    link: link.name,
    ...rest,
    source: clusterView(source, link.source.clusterId),
    destination: clusterView(destination, link.destination.clusterId),
    runner: plan.runner ?? null,
    topics: [
      ...plan.topics.map((topic) => rowOf(topic, results.get(topic.record.mirrorTopic))),
      ...plan.missing.map((topic) => missingRow(topic, results.get(topic))),
    ],
    warnings: warningsOf(link.name, plan, rest),
  }
}

function rowOf({ record, partitions, made, failure, ownConfigs, ...topic }: RebuiltTopic, result: RebuildResult | undefined): RebuildRow {
  const { state, how, groups } = topic
  return {
    topic: record.mirrorTopic,
    sourceTopic: record.sourceTopic,
    ...outcomeRow(result),
    state,
    failure: failure ?? null,
    how: how ?? null,
    made: made === undefined ? null : { partitions: made.partitions, replicationFactor: made.replicationFactor, recordsToCopy: made.recordsToCopy },
    partitions: partitions.map((one) => ({
      partition: one.partition,
      mirrorStart: one.mirror.start,
      mirrorEnd: one.mirror.end,
      sourceStart: one.source.start,
      sourceEnd: one.source.end,
      alone: aloneOffsets([one]),
      saved: result?.saved.find(({ partition }) => partition === one.partition)?.records ?? null,
    })),
    settings: [...ownConfigs].map(([name, value]) => ({ name, value })),
    groups,
  }
} // prettier-ignore

function missingRow(topic: string, result: RebuildResult | undefined): RebuildRow {
  const nothing = { state: null, failure: null, how: null, made: null, partitions: [], settings: [], groups: [] }
  return { topic, sourceTopic: topic, ...outcomeRow(result), ...nothing }
}

function outcomeRow(result: RebuildResult | undefined): Pick<RebuildRow, 'outcome' | 'why'> {
  return { outcome: result?.outcome.kind ?? 'planned', why: result === undefined ? null : whyOf(result.outcome) }
}

function warningsOf(
  link: string,
  { topics, runner, isPaused, warnings }: RebuildPlan,
  { salvage, isDiscarding }: Pick<RebuildView, 'salvage' | 'isDiscarding'>,
): readonly string[] {
  const open = topics.filter(({ blockers }) => blockers.length === 0)
  const lost = open.filter(() => isDiscarding).map(({ record, partitions }) => ({ topic: record.mirrorTopic, alone: aloneOffsets(partitions) })) // prettier-ignore
  const left = open.flatMap(({ record, groups }) => groups.filter(({ isCarried }) => !isCarried).map(({ group }) => ({ group, topic: record.mirrorTopic }))) // prettier-ignore
  const kept = salvage === null ? 'georep offset export keeps them' : 'they are in offsets.json of the salvage'
  return [
    ...(open.length === 0 ? [] : ['until the runner has copied all of it again, a failover finds less than the source has, and consumers on the destination find nothing, or old records']), // prettier-ignore
    ...lost.filter(({ alone }) => alone > 0n).map(({ topic, alone }) => `${alone.toString()} offsets of "${topic}" that its source has not are discarded`), // prettier-ignore
    ...left.map(({ group, topic }) => `group "${group}" loses its place on "${topic}", and link "${link}" does not copy its offsets: ${kept}`), // prettier-ignore
    ...open.filter(({ state }) => state === 'PAUSED').map(({ record }) => `mirror "${record.mirrorTopic}" is PAUSED, and is ACTIVE afterwards`), // prettier-ignore
    ...(isPaused ? [`link "${link}" is paused: nothing is carried until link resume`] : []),
    ...(runner === undefined && !isPaused ? [`link "${link}" has no runner: nothing is carried until link run ${link}`] : []), // prettier-ignore
    ...warnings,
  ]
}

const hows = { replace: 'is replaced', make: 'is made' } as const satisfies Record<
  NonNullable<RebuiltTopic['how']>,
  string
>

/** What will be done, to which clusters, and what goes with it. */
export function renderRebuildPlan(view: RebuildView, style: Style): string {
  const { link, source, destination, runner, salvage, topics, warnings } = view
  const head = facts([
    ['Link', link],
    ['Source', clusterText(source)],
    ['Mirrors on', clusterText(destination)],
    ['Salvage', salvage ?? 'none'],
    ['Runner', runner === null ? { text: 'none', paint: style.bad } : `${runner.host}, pid ${runner.pid}`],
  ])
  const right = 'right'
  const places = table(
    [
      { title: 'TOPIC' },
      { title: 'PARTITION', align: right },
      { title: 'MIRROR', align: right },
      { title: 'SOURCE', align: right },
      { title: 'MIRROR-ALONE', align: right },
    ],
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, alone, ...at }) => [
        topic,
        partition,
        `${at.mirrorStart.toString()}..${at.mirrorEnd.toString()}`,
        `${at.sourceStart.toString()}..${at.sourceEnd.toString()}`,
        alone,
      ]),
    ),
  )
  const lines = [...topics.flatMap((row) => linesOf(row)), ...warnings.map((warning) => `warning: ${warning}`)]
  return [
    head,
    renderRebuildRows(topics, style),
    ...(topics.some(({ partitions }) => partitions.length > 0) ? [places] : []),
    ...(lines.length === 0 ? [] : [lines.map((line) => `${printable(line)}\n`).join('')]),
  ].join('\n')
}

function linesOf({ topic, outcome, failure, how, made, groups, settings }: RebuildRow): readonly string[] {
  const failed = failure === null ? [] : [`${topic} is FAILED: ${failure}`]
  if (outcome !== 'planned' || made === null) return failed
  const { partitions, replicationFactor, recordsToCopy } = made
  const own = settings.map(({ name, value }) => `${name}=${value}`).join(', ')
  const carried = groups.filter(({ isCarried }) => isCarried).map(({ group }) => group)
  return [
    ...failed,
    ...(how === 'replace' ? [`topic "${topic}" is deleted, by its id`] : []),
    `topic "${topic}" is made: partitions ${partitions}, replicas ${replicationFactor}${own === '' ? '' : `, with ${own} of its own`}; ${recordsToCopy.toString()} offsets are to be copied`,
    ...(carried.length === 0 ? [] : [`committed offsets on "${topic}" go with it; the runner copies these again from the source: ${carried.join(', ')}`]), // prettier-ignore
  ]
}

/** One row a topic. */
export function renderRebuildRows(rows: readonly RebuildRow[], style: Style): string {
  return table(
    [
      { title: 'TOPIC' },
      { title: 'STATE' },
      { title: 'OUTCOME' },
      { title: 'TOPIC-IS' },
      { title: 'MIRROR-ALONE', align: 'right' },
      { title: 'SAVED', align: 'right' },
      { title: 'WHY' },
    ],
    rows.map(({ topic, state, outcome, how, partitions, why }) => [
      topic,
      state ?? '-',
      outcomeCell(outcome, style),
      how === null ? '-' : hows[how],
      partitions.length === 0 ? '-' : partitions.reduce((sum, { alone }) => sum + alone, 0n),
      savedOf(partitions) ?? '-',
      why ?? '',
    ]),
  )
}

function savedOf(partitions: RebuildRow['partitions']): bigint | undefined {
  const known = partitions.flatMap(({ saved }) => (saved === null ? [] : [saved]))
  return known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0n)
}
