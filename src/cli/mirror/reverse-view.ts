import type { Outcome } from '../../core/outcome.ts'
import type { LinkPair, ReversedTopic, ReversePlan, RunnerView } from '../../engines/engine.ts'
import type { FenceRecord } from '../../links/records.ts'
import { clusterText, clusterView, type ClusterView } from '../figures.ts'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import { facts, table } from '../table.ts'
import { outcomeCell, whyOf } from '../verdict.ts'

/** What is printed of a reverse; the `data` of its JSON document. */
export interface ReverseView {
  readonly link: string
  /** The link that goes the other way. */
  readonly onto: string
  readonly phase: 'planned' | 'done'
  /** Takes the writes. */
  readonly promoted: ClusterView
  /** Has the old sources, which become mirrors. */
  readonly old: ClusterView
  /** Of the link that goes the other way. */
  readonly runner: RunnerView | null
  readonly topics: readonly ReverseRow[]
  /** With commits on the promoted topics, and whether the link that goes the other way copies them. */
  readonly groups: ReversePlan['groups']
  readonly warnings: readonly string[]
  readonly next: string
}

export interface ReverseRow {
  /** The promoted topic. */
  readonly topic: string
  /** The old source. */
  readonly mirrorTopic: string
  readonly outcome: Outcome['kind'] | 'planned'
  readonly why: string | null
  /** None where it was not looked at, or goes back already. */
  readonly partitions: readonly {
    readonly partition: number
    readonly stoppedAt: bigint
    readonly oldEnd: bigint | null
    readonly promotedEnd: bigint | null
  }[]
  /** What is to be carried, as the span of offsets; null when it is not known. */
  readonly toCarry: bigint | null
  readonly settings: ReversedTopic['settings']
  readonly fence: FenceRecord['fence']['how'] | null
}

export interface ReverseViewRest {
  readonly phase: ReverseView['phase']
  readonly next: string
  /** By promoted topic, what became of it, or stands in its way. */
  readonly outcomes: ReadonlyMap<string, Outcome>
}

export function reverseView({ from, onto }: LinkPair, plan: ReversePlan, rest: ReverseViewRest): ReverseView {
  const rows = [
    ...plan.topics.map((topic) => reverseRow(topic, rest.outcomes.get(topic.record.mirrorTopic))),
    ...plan.missing.map((topic) => missingRow(topic, rest.outcomes.get(topic))),
  ]
  return {
    link: from.link.name,
    onto: onto.link.name,
    phase: rest.phase,
    promoted: clusterView(onto.source, onto.link.source.clusterId),
    old: clusterView(onto.destination, onto.link.destination.clusterId),
    runner: plan.runner ?? null,
    topics: rows,
    groups: plan.groups,
    warnings: warningsOf({ from, onto }, plan),
    next: rest.next,
  }
}

function reverseRow(
  { record, partitions, settings, fence, isDone }: ReversedTopic,
  outcome: Outcome | undefined,
): ReverseRow {
  const known = partitions.map(({ stoppedAt, promotedEnd }) => promotedEnd === undefined ? null : promotedEnd - stoppedAt) // prettier-ignore
  return {
    topic: record.mirrorTopic,
    mirrorTopic: record.sourceTopic,
    outcome: outcome?.kind ?? 'planned',
    why: outcome === undefined ? null : whyOf(outcome),
    partitions: partitions.map((one) => ({
      ...one,
      oldEnd: one.oldEnd ?? null,
      promotedEnd: one.promotedEnd ?? null,
    })),
    toCarry:
      isDone || partitions.length === 0
        ? null
        : known.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0n),
    settings,
    fence: fence ?? null,
  }
}

function missingRow(topic: string, outcome: Outcome | undefined): ReverseRow {
  return {
    topic,
    mirrorTopic: topic,
    outcome: outcome?.kind ?? 'refused',
    why: outcome === undefined ? null : whyOf(outcome),
    partitions: [],
    toCarry: null,
    settings: [],
    fence: null,
  }
}

function warningsOf({ onto }: LinkPair, { topics, groups, runner, isPaused }: ReversePlan): readonly string[] {
  const { name } = onto.link
  const isProtected = (onto.state.link(name) ?? onto.link).protect !== null
  const open = topics.filter(({ isDone, blockers }) => !isDone && blockers.length === 0)
  const left = groups.filter(({ isCarried }) => !isCarried).map(({ group }) => `"${group}"`)
  const old = open.map(({ record }) => `"${record.sourceTopic}"`).join(', ')
  return [
    ...(open.length === 0
      ? []
      : [
          isProtected
            ? `producers may write to ${old} on "${onto.destination.name}" from then on until the runner of link "${name}" denies it to them (--protect acl), some seconds later: have them stopped for so long; what one writes there stops the mirror`
            : `georep keeps no producer off ${old} on "${onto.destination.name}" from then on: take their right to write there, or have them stopped; what one writes there stops the mirror`,
        ]),
    ...(left.length === 0
      ? []
      : [`link "${name}" was made without these groups, and does not copy their offsets: ${left.join(', ')}`]),
    ...(isPaused ? [`link "${name}" is paused: nothing is carried until link resume`] : []),
    ...(runner === undefined && !isPaused
      ? [`link "${name}" has no runner: nothing is carried until link run ${name}`]
      : []),
  ]
}

/** What will be done, to which clusters, and where both logs stand. */
export function renderReversePlan(view: ReverseView, style: Style): string {
  const { topics } = view
  const places = table(
    [
      { title: 'TOPIC' },
      { title: 'PARTITION', align: 'right' },
      { title: 'SAME-UP-TO', align: 'right' },
      { title: 'OLD-END', align: 'right' },
      { title: 'PROMOTED-END', align: 'right' },
    ],
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, stoppedAt, oldEnd, promotedEnd }) => [
        topic,
        partition,
        stoppedAt,
        oldEnd ?? '?',
        promotedEnd ?? '?',
      ]),
    ),
  )
  const steps = [
    ...topics
      .filter(({ fence }) => fence === 'acl')
      .map(({ mirrorTopic }) => `on the old source: delete DENY Write for User:* on topic "${mirrorTopic}", if georep has created it`),
    ...topics
      .filter(({ fence }) => fence === 'hook')
      .map(({ mirrorTopic }) => `on the old source: topic "${mirrorTopic}" is freed of what a command has fenced it by`),
  ] // prettier-ignore
  return renderWayBack(view, { facts: [], rows: renderReverseRows(topics, style), places, steps }, style)
}

/** A plan of a verb that sends topics back. */
export function renderWayBack(
  view: Pick<ReverseView, 'link' | 'onto' | 'promoted' | 'old' | 'runner' | 'groups' | 'warnings'> & {
    readonly topics: readonly (Pick<ReverseView['topics'][number], 'mirrorTopic' | 'settings'> & { readonly partitions: readonly unknown[] })[]
  },
  own: { readonly facts: Parameters<typeof facts>[0]; readonly rows: string; readonly places: string; readonly steps: readonly string[] },
  style: Style,
): string {
  const { link, onto, promoted, old, runner, topics, groups, warnings } = view
  const head = facts([
    ['Link', `${link}, and back on ${onto}`],
    ['Written to', clusterText(promoted)],
    ['Old source', `${clusterText(old)}, will hold the mirrors`],
    ...own.facts,
    ['Runner', runner === null ? { text: 'none', paint: style.bad } : `${runner.host}, pid ${runner.pid}`],
    ['Groups', groups.length === 0 ? 'none with commits on these topics' : groups.map(groupText).join(', ')],
  ])
  const lines = [...own.steps, ...warnings.map((warning) => `warning: ${warning}`)]
  return [
    head,
    own.rows,
    ...(topics.some(({ partitions }) => partitions.length > 0) ? [own.places] : []),
    ...(topics.some(({ settings }) => settings.length > 0) ? [settingsTable(topics)] : []),
    ...(lines.length === 0 ? [] : [lines.map((line) => `${printable(line)}\n`).join('')]),
  ].join('\n')
} // prettier-ignore

/** What old sources are set to, as mirrors. */
function settingsTable(rows: readonly Pick<ReverseRow, 'mirrorTopic' | 'settings'>[]): string {
  return table(
    ['OLD-SOURCE', 'SETTING', 'WAS', 'VALUE'].map((title) => ({ title })),
    rows.flatMap(({ mirrorTopic, settings }) =>
      settings.map(({ name, was, value }) => [mirrorTopic, name, was ?? '-', value]),
    ),
  )
}

function groupText({ group, isActive, isCarried }: ReversePlan['groups'][number]): string {
  const notes = [...(isActive ? ['reading'] : []), ...(isCarried ? [] : ['not copied'])]
  return notes.length === 0 ? group : `${group} (${notes.join(', ')})`
}

/** One row a topic. */
export function renderReverseRows(rows: readonly ReverseRow[], style: Style): string {
  return table(
    [
      { title: 'TOPIC' },
      { title: 'OLD-SOURCE' },
      { title: 'OUTCOME' },
      { title: 'PARTITIONS', align: 'right' },
      { title: 'TO-CARRY', align: 'right' },
      { title: 'WHY' },
    ],
    rows.map(({ topic, mirrorTopic, outcome, partitions, toCarry, why }) => [
      topic,
      mirrorTopic,
      outcomeCell(outcome, style),
      partitions.length === 0 ? '-' : partitions.length,
      toCarry ?? '-',
      why ?? '',
    ]),
  )
}
