import type { LinkTarget } from '../../engines/engine.ts'
import type { Runbook } from '../../runbook/load.ts'
import { obstacles, type PlannedStep } from '../../runbook/plan-steps.ts'
import { ExitCode } from '../exit.ts'
import { clusterText, clusterView, type ClusterView } from '../figures.ts'
import { printable } from '../printable.ts'
import type { Paint, Style } from '../style.ts'
import { table } from '../table.ts'

/** What is printed of a plan; the `data` of its document. */
export interface PlanView {
  readonly runbook: string
  readonly hash: string
  readonly mode: string
  readonly link: string
  readonly source: ClusterView
  readonly destination: ClusterView
  readonly verdict: 'clear' | 'blocked' | 'unknown'
  readonly steps: readonly {
    readonly id: string
    readonly kind: string
    readonly status: PlannedStep['status']
    readonly does: string
    readonly what: string
    readonly onFailure: string
  }[]
}

export function planView(runbook: Runbook, target: LinkTarget, plan: readonly PlannedStep[]): PlanView {
  const { link, source, destination } = target
  return {
    runbook: runbook.name,
    hash: runbook.hash,
    mode: runbook.mode,
    link: link.name,
    source: clusterView(source, link.source.clusterId),
    destination: clusterView(destination, link.destination.clusterId),
    verdict:
      obstacles(plan, 'blocked').length > 0 ? 'blocked' : obstacles(plan, 'unknown').length > 0 ? 'unknown' : 'clear',
    steps: plan.map(({ step, status, what }) => {
      const { id, kind, does, onFailure } = step
      return { id, kind, status, does, what, onFailure }
    }),
  }
}

export const exitCodeOfPlan = {
  clear: ExitCode.ok,
  blocked: ExitCode.refused,
  unknown: ExitCode.unknown,
} as const satisfies Record<PlanView['verdict'], ExitCode>

const words: Readonly<Record<PlannedStep['status'], string>> = {
  done: 'true already',
  wouldDo: 'would do',
  blocked: 'blocked',
  unknown: 'unknown',
  later: 'later',
}

export function renderPlan({ runbook, link, source, destination, mode, steps }: PlanView, style: Style): string {
  const paints: Readonly<Record<PlannedStep['status'], Paint>> = {
    done: style.ok,
    wouldDo: style.warn,
    blocked: style.bad,
    unknown: style.bad,
    later: style.dim,
  }
  const rows = steps.map(({ id, kind, status, does, what, onFailure }) => [
    id,
    kind,
    { text: words[status], paint: paints[status] },
    status === 'later'
      ? does
      : `${what}${onFailure === 'continue' && status === 'blocked' ? ' (the run goes on)' : ''}`,
  ])
  const head = [
    `Runbook ${printable(runbook)}, ${mode}, on link ${printable(link)}`,
    `Source: ${printable(clusterText(source))}`,
    `Destination: ${printable(clusterText(destination))}`,
  ]
  return `${head.join('\n')}\n\n${table([{ title: 'STEP' }, { title: 'KIND' }, { title: 'NOW' }, { title: 'WHAT' }], rows)}` // prettier-ignore
}
