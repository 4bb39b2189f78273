import type { Outcome } from '../../core/outcome.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import {
  type ClampChange,
  type ClampOutcome,
  type ClampPlan,
  type GroupClamp,
  whyUnchanged,
} from '../../links/clamp.ts'
import { clusterView, type ClusterView } from '../figures.ts'
import type { Style } from '../style.ts'
import { table } from '../table.ts'
import { outcomeCell, whyOf } from '../verdict.ts'

/** What is printed of a clamp; the `data` of its JSON document. */
export interface ClampView {
  readonly link: string
  readonly phase: 'planned' | 'done'
  readonly destination: ClusterView
  readonly groups: readonly ClampedGroup[]
  /** Mirrors that are not stopped: their groups' offsets are the runner's to carry. */
  readonly leftOut: readonly string[]
  /** As in the plan; null where it is known, or makes no difference. */
  readonly untold: string | null
  readonly lastTold: { readonly why: string; readonly oldest: Date } | null
}

export interface ClampedGroup {
  readonly group: string
  /** `movable` and what stands against it before; afterwards what became of it. */
  readonly outcome: Outcome['kind'] | 'movable'
  readonly why: string | null
  /** Commits, or what is known of where they should be, that were compared with the log. */
  readonly compared: number
  readonly changes: readonly {
    readonly topic: string
    readonly partition: number
    /** Null when nothing is committed. */
    readonly committed: bigint | null
    readonly logStart: bigint
    /** The high watermark. */
    readonly logEnd: bigint
    readonly to: bigint
    readonly effect: string
  }[]
}

export function clampView(
  { link, destination }: Pick<LinkTarget, 'link' | 'destination'>,
  plan: ClampPlan,
  leftOut: readonly string[],
  outcomes: readonly ClampOutcome[] | undefined,
): ClampView {
  const byGroup = new Map(outcomes?.map(({ group, outcome }) => [group, outcome]))
  return {
    link: link.name,
    phase: outcomes === undefined ? 'planned' : 'done',
    destination: clusterView(destination, link.destination.clusterId),
    groups: plan.groups.map((clamp) => {
      const outcome = byGroup.get(clamp.group) ?? expected(clamp, plan)
      return {
        group: clamp.group,
        outcome: outcome.kind,
        why: outcome.kind === 'movable' ? null : whyOf(outcome),
        compared: clamp.compared,
        changes: clamp.changes.map(changeView),
      }
    }),
    leftOut,
    untold: plan.untold ?? null,
    lastTold: plan.lastTold ?? null,
  }
}

function expected({ blocker, changes }: GroupClamp, plan: ClampPlan): Outcome | { readonly kind: 'movable' } {
  if (blocker?.kind === 'active')
    return { kind: 'refused', why: `it has members (${blocker.state}); stop its consumers` }
  if (blocker?.kind === 'unknown') return { kind: 'unknown', why: blocker.why }
  return changes.length === 0 ? { kind: 'unchanged', why: whyUnchanged(plan) } : { kind: 'movable' }
}

function changeView({
  topic,
  partition,
  committed,
  logStart,
  logEnd,
  clamp,
}: ClampChange): ClampedGroup['changes'][number] {
  return { topic, partition, committed: committed ?? null, logStart, logEnd, to: clamp.to, effect: effectOf(committed, clamp) } // prettier-ignore
}

function effectOf(committed: ClampChange['committed'], clamp: ClampChange['clamp']): string {
  switch (clamp.kind) {
    case 'pastLogEnd':
      return `${clamp.ahead.toString()} past the end: what it read there did not arrive`
    case 'belowLogStart':
      return `${clamp.lost.toString()} below the start: those records are gone, unread`
    case 'toPlace':
      if (committed === undefined) return 'nothing was committed: where it stood on the source'
      if (committed < clamp.to) return `${(clamp.to - committed).toString()} further, where it stood on the source`
      return `${(committed - clamp.to).toString()} back, out of what did not arrive: where it stood on the source`
  }
}

/** One row a group, and below it one a commit that moves. */
export function renderClamp({ groups }: ClampView, style: Style): string {
  const head = table(
    [
      { title: 'GROUP' },
      { title: 'OUTCOME' },
      { title: 'COMMITS', align: 'right' },
      { title: 'MOVES', align: 'right' },
      { title: 'WHY' },
    ],
    groups.map(({ group, outcome, why, compared, changes }) => [
      group,
      outcomeCell(outcome, style),
      compared,
      changes.length,
      why ?? '',
    ]),
  )
  const changes = groups.flatMap(({ group, changes: own }) =>
    own.map(({ topic, partition, committed, logStart, logEnd, to, effect }) => [
      group,
      topic,
      partition,
      committed ?? 'none',
      logStart,
      logEnd,
      to,
      effect,
    ]),
  )
  if (changes.length === 0) return head
  const numbers = ['PARTITION', 'COMMITTED', 'LOG-START', 'LOG-END', 'TO'].map((title) => ({
    title,
    align: 'right' as const,
  }))
  return `${head}\n${table([{ title: 'GROUP' }, { title: 'TOPIC' }, ...numbers, { title: 'EFFECT' }], changes)}`
}
