import type { Outcome } from '../../core/outcome.ts'
import type { History, LinkPair, RestoredTopic, RestorePlan, RestoreResult, RunnerView } from '../../engines/engine.ts'
import type { FenceRecord } from '../../links/records.ts'
import type { ClusterView } from '../figures.ts'
import type { Style } from '../style.ts'
import { table } from '../table.ts'
import { outcomeCell } from '../verdict.ts'
import { renderWayBack, reverseView } from './reverse-view.ts'

/** What is printed of a restore; the `data` of its JSON document. */
export interface RestoreView {
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
  /** The folder in which what never arrived is saved, or `topic:<name>`. */
  readonly salvage: string | null
  /** Of topics that are replaced: all that the promoted topic has, or what it has got since the logs parted. */
  readonly history: History
  readonly topics: readonly RestoreRow[]
  readonly groups: RestorePlan['groups']
  readonly warnings: readonly string[]
  readonly next: string
}

export interface RestoreRow {
  /** The topic that is written to. */
  readonly topic: string
  /** The old source. */
  readonly mirrorTopic: string
  readonly outcome: Outcome['kind'] | 'planned'
  readonly why: string | null
  /** Null of what the link does not mirror. */
  readonly how: RestoredTopic['how'] | null
  /** None where it was not looked at, or comes back already. */
  readonly partitions: readonly RestorePartition[]
  readonly settings: RestoredTopic['settings']
  readonly fence: FenceRecord['fence']['how'] | null
}

interface RestorePartition {
  readonly partition: number
  /** Where the mirror was stopped: both logs are the same up to there. */
  readonly stoppedAt: bigint
  readonly oldEnd: bigint | null
  readonly promotedEnd: bigint | null
  /** Offsets that the old source alone has. */
  readonly neverArrived: bigint
  /** Further ones, which retention has taken. */
  readonly gone: bigint
  /** Records among them that were saved; null until they are. */
  readonly saved: bigint | null
}

export interface RestoreViewRest {
  readonly phase: RestoreView['phase']
  readonly salvage: string | null
  readonly history: History
  readonly next: string
  /** By stopped mirror, what became of it, or stands in its way. */
  readonly results: ReadonlyMap<string, RestoreResult>
}

export function restoreView(pair: LinkPair, plan: RestorePlan, rest: RestoreViewRest): RestoreView {
  const { phase, salvage, history, next, results } = rest
  const outcomes = new Map([...results].map(([topic, { outcome }]) => [topic, outcome]))
  const { topics, warnings, ...common } = reverseView(pair, plan, { phase, next, outcomes })
  const rows = topics.map(({ topic, mirrorTopic, outcome, why, settings, fence }): RestoreRow => {
    const seen = plan.topics.find(({ record }) => record.mirrorTopic === topic)
    const partitions = seen === undefined ? [] : partitionsOf(seen, results.get(topic))
    return { topic, mirrorTopic, outcome, why, how: seen?.how ?? null, partitions, settings, fence }
  })
  const told = [...plan.warnings, ...warnings, ...goneSince(plan, results, pair.onto.destination.name)]
  return { ...common, salvage, history, topics: rows, warnings: told }
}

/** What the plan has counted as to be saved, and retention was faster with. */
function goneSince(
  { topics }: RestorePlan,
  results: ReadonlyMap<string, RestoreResult>,
  old: string,
): readonly string[] {
  return topics.flatMap(({ record, lost }) =>
    lost.flatMap(({ partition, from }) => {
      const saved = results.get(record.mirrorTopic)?.saved.find((one) => one.partition === partition)
      if (saved === undefined || saved.from <= from) return []
      return [`offsets ${from.toString()} to ${(saved.from - 1n).toString()} of ${record.sourceTopic}/${partition} never arrived, and "${old}" had them no more when the others were saved`] // prettier-ignore
    }),
  )
}

function partitionsOf(
  { partitions, lost }: RestoredTopic,
  result: RestoreResult | undefined,
): RestoreRow['partitions'] {
  return partitions.map(({ partition, stoppedAt, oldEnd, promotedEnd }) => {
    const saved = result?.saved.find((one) => one.partition === partition)
    const range = saved ?? lost.find((one) => one.partition === partition)
    return {
      partition,
      stoppedAt,
      oldEnd: saved?.to ?? oldEnd ?? null,
      promotedEnd: promotedEnd ?? null,
      neverArrived: range === undefined ? 0n : range.to - range.from,
      gone: range === undefined ? 0n : range.from - stoppedAt,
      saved: saved?.records ?? null,
    }
  })
}

const hows = {
  goOn: 'goes on',
  replace: 'is replaced',
  finish: 'is made anew',
} as const satisfies Record<RestoredTopic['how'], string>

const histories = {
  full: 'all that there is',
  delta: 'from where the logs part',
} as const satisfies Record<History, string>

/** What will be done, to which clusters, and where both logs stand. */
export function renderRestorePlan(view: RestoreView, style: Style): string {
  const { old, topics, salvage, history } = view
  const places = table(
    [
      { title: 'TOPIC' },
      { title: 'PARTITION', align: 'right' },
      { title: 'SAME-UP-TO', align: 'right' },
      { title: 'OLD-END', align: 'right' },
      { title: 'NEVER-ARRIVED', align: 'right' },
      { title: 'GONE', align: 'right' },
      { title: 'WRITTEN-END', align: 'right' },
    ],
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, stoppedAt, oldEnd, promotedEnd, neverArrived, gone }) => [
        topic,
        partition,
        stoppedAt,
        oldEnd ?? '?',
        neverArrived,
        gone,
        promotedEnd ?? '?',
      ]),
    ),
  )
  const steps = topics.flatMap((row) => stepsOf(row, old.name))
  const own = {
    facts: [['Salvage', salvage ?? 'none'], ['History', histories[history]]] as const, // prettier-ignore
    rows: renderRestoreRows(topics, style),
    places,
    steps,
  }
  return renderWayBack(view, own, style)
}

function stepsOf({ mirrorTopic, how, outcome }: RestoreRow, old: string): readonly string[] {
  if (how !== 'replace' || outcome !== 'planned') return []
  const name = `topic "${mirrorTopic}" on "${old}"`
  return [
    `${name}: producers are kept off; settings, ACLs, committed offsets, and the records that never arrived are saved and compared`,
    `${name}: is DELETED then, and made anew as the mirror`,
  ]
}

/** One row a topic. */
export function renderRestoreRows(rows: readonly RestoreRow[], style: Style): string {
  return table(
    [
      { title: 'TOPIC' },
      { title: 'OLD-SOURCE' },
      { title: 'OUTCOME' },
      { title: 'HOW' },
      { title: 'PARTITIONS', align: 'right' },
      { title: 'SAVED', align: 'right' },
      { title: 'WHY' },
    ],
    rows.map(({ topic, mirrorTopic, outcome, how, partitions, why }) => [
      topic,
      mirrorTopic,
      outcomeCell(outcome, style),
      how === null ? '-' : hows[how],
      partitions.length === 0 ? '-' : partitions.length,
      savedOf(partitions) ?? '-',
      why ?? '',
    ]),
  )
}

function savedOf(partitions: RestoreRow['partitions']): bigint | undefined {
  const known = partitions.flatMap(({ saved }) => (saved === null ? [] : [saved]))
  return known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0n)
}
