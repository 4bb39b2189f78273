import { isNoLoss, lossSentence } from '../../core/loss.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { LinkTarget, PromotePlan, PromoteReport, RunnerView } from '../../engines/engine.ts'
import { clusterText, clusterView, lossText, lossView, type ClusterView, type LossView } from '../figures.ts'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import { facts, table } from '../table.ts'
import { outcomeCell, whyOf } from '../verdict.ts'
import { deniedFacts, deniedView, type DeniedView } from './denied-view.ts'
import { mirrorRow, renderMirrors, type MirrorRow } from './view.ts'

/** What is printed of a promote; the `data` of its JSON document. */
export interface PromoteView {
  readonly link: string
  readonly phase: 'planned' | 'done'
  readonly source: ClusterView & { readonly isReachable: boolean }
  readonly destination: ClusterView
  readonly runner: RunnerView | null
  /** Where it is no runner that carries them. */
  readonly carriedBy: string | null
  /** Whether the destination's brokers may be told to refuse a late runner. */
  readonly fence: PromotePlan['fence']
  readonly sourceFence: PromotePlan['sourceFence']
  /** Before: what is still to be carried. */
  readonly lag: LossView
  readonly mirrors: readonly MirrorRow[]
  /** That the source's brokers remember, before. */
  readonly producers: PromotePlan['producers']
  readonly groups: PromotePlan['groups']
  /** Those to whom georep denies Write on the mirrors until they are stopped; null where it denies nobody. */
  readonly denied: DeniedView | null
  /** Why it would be refused. */
  readonly blockers: readonly string[]
  /** What became of each topic, and of group offsets; null when it was only planned. */
  readonly results: readonly PromoteRow[] | null
  readonly groupOffsets: PromoteReport['groups'] | null
  readonly next: string
}

export interface PromoteRow {
  readonly topic: string
  readonly outcome: Outcome['kind']
  readonly why: string | null
  /** By partition, where the mirror ended; null when it is not stopped. */
  readonly ends: readonly bigint[] | null
  /** By partition, where the source ended when it was read again afterwards; null when it could not be. */
  readonly sourceEnds: readonly bigint[] | null
  /** Records of the source that the mirror has not, by those ends. */
  readonly missing: LossView
}

export function promoteView(
  plan: PromotePlan,
  { link, source, destination }: LinkTarget,
  rest: Pick<PromoteView, 'blockers' | 'next'> & { readonly now: Date; readonly report: PromoteReport | undefined },
): PromoteView {
  const { report } = rest
  return {
    link: link.name,
    phase: report === undefined ? 'planned' : 'done',
    source: { ...clusterView(source, link.source.clusterId), isReachable: plan.isSourceReachable },
    destination: clusterView(destination, link.destination.clusterId),
    runner: plan.runner ?? null,
    carriedBy: plan.carriedBy ?? null,
    fence: plan.fence,
    sourceFence: plan.sourceFence,
    lag: lossView(plan.lag),
    mirrors: plan.mirrors.map((mirror) => mirrorRow(mirror, rest.now)),
    producers: plan.producers,
    groups: plan.groups,
    denied: deniedView(plan.denied, destination),
    blockers: rest.blockers,
    results:
      report?.results.map(({ topic, outcome, ends, sourceEnds, loss }) => ({
        topic,
        outcome: outcome.kind,
        why: whyOf(outcome),
        ends: ends ?? null,
        sourceEnds: sourceEnds ?? null,
        missing: lossView(loss),
      })) ?? null,
    groupOffsets: report?.groups ?? null,
    next: rest.next,
  }
}

/** What will be done, to which clusters, and who is still at work on the source. */
export function renderPromotePlan(view: PromoteView, style: Style): string {
  const { link, source, destination, runner, carriedBy, sourceFence, lag, mirrors, producers, groups, denied } = view
  const head = facts([
    ['Link', link],
    ['Source', `${clusterText(source)}${source.isReachable ? '' : ', does not answer'}`],
    ['Destination', `${clusterText(destination)}, will take writes`],
    carriedBy !== null
      ? ['Carried by', carriedBy]
      : ['Runner', runner === null ? { text: 'none', paint: style.bad } : `${runner.host}, pid ${runner.pid}`],
    ['To drain', `${lossSentence(lag)} now`],
    ['Source fence', sourceFence.how],
    ...deniedFacts(denied, style),
    ['Groups', source.isReachable ? groupsText(groups) : 'unknown'],
  ])
  const writers = table(
    [{ title: 'SOURCE-TOPIC' }, { title: 'PRODUCERS', align: 'right' }, { title: 'OPEN-TRANSACTIONS', align: 'right' }],
    producers.map(({ topic, known, openTransactions }) => [topic, known, openTransactions]),
  )
  const lines = [
    ...sourceFence.steps.map((step) => `on the source: ${step}`),
    ...sourceFence.warnings.map((warning) => `warning: ${warning}`),
  ]
  return [
    head,
    renderMirrors(mirrors, style),
    ...(producers.length === 0 ? [] : [writers]),
    ...(lines.length === 0 ? [] : [lines.map((line) => `${printable(line)}\n`).join('')]),
  ].join('\n')
}

function groupsText(groups: PromotePlan['groups']): string {
  return groups.length === 0 ? 'none with commits on these topics' : groups.map(groupText).join(', ')
}

function groupText({ group, isActive }: PromotePlan['groups'][number]): string {
  return isActive ? `${group} (still reading on the source)` : group
}

/** What became of it, one row a topic. */
export function renderPromoteResults(rows: readonly PromoteRow[], style: Style): string {
  return table(
    [
      { title: 'TOPIC' },
      { title: 'OUTCOME' },
      { title: 'PARTITIONS', align: 'right' },
      { title: 'MISSING', align: 'right' },
      { title: 'WHY' },
    ],
    rows.map(({ topic, outcome, why, ends, missing }) => [
      topic,
      outcomeCell(outcome, style),
      ends === null ? '-' : ends.length,
      { text: lossText(missing), paint: isNoLoss(missing) ? style.ok : style.bad },
      why ?? '',
    ]),
  )
}
