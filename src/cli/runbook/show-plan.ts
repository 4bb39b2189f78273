import { GeorepError } from '../../core/errors.ts'
import type { StepEntry, Runbook } from '../../runbook/load.ts'
import type { Line } from '../../runbook/journal-line.ts'
import { type Decisions, gatesOf, pastFrom } from '../../runbook/past.ts'
import { planSteps, type PlannedStep } from '../../runbook/plan-steps.ts'
import type { Site } from '../../runbook/site.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { styleOf } from '../style.ts'
import { explainStep } from './explain-step.ts'
import { planView, renderPlan, type PlanView } from './plan-view.ts'
import type { RunningOptions } from './options.ts'

/** Looks at the steps, and shows it: as data of a dry run, else to whoever is to confirm it. */
export async function showPlan(
  {
    runbook,
    site,
    entries,
    gone,
  }: {
    readonly runbook: Runbook
    readonly site: Site
    readonly entries: readonly StepEntry[]
    /** Of a run that is gone on with: its journal, and what the operator says. */
    readonly gone?: { readonly lines: readonly Line[]; readonly decisions: Decisions }
  },
  { dryRun, output }: Pick<RunningOptions, 'dryRun' | 'output'>,
  { io, signal }: Context,
): Promise<{ readonly view: PlanView; readonly plan: readonly PlannedStep[] }> {
  const steps = entries.map((entry) => entry.open(site))
  const past = gone === undefined ? {} : { past: pastFrom(gone.lines, gatesOf(steps)), decisions: gone.decisions }
  const plan = await planSteps(steps, { signal, explain: explainStep, ...past })
  const view = planView(runbook, site.target, plan)
  if (!dryRun) io.err(`${renderPlan(view, styleOf({ hasColor: false }))}\n`)
  else io.out(output !== 'table' ? documentText(output, 'georep.runbook-plan/1', view) : renderPlan(view, styleOf(io)))
  return { view, plan }
}

/** A check that is not passed now may be by the time that its step gives it; an act that is blocked would change nothing but the mood. */
export function requireClear(plan: readonly PlannedStep[], link: string): void {
  const blocked = plan.filter(({ step, status }) => status === 'blocked' && step.certainty !== 'check' && step.onFailure !== 'continue') // prettier-ignore
  if (blocked.length === 0) return
  const why = blocked.map(({ step, what }) => `step "${step.id}": ${what}`).join('; ')
  throw new GeorepError(
    'refused',
    'GR-RUNBOOK-BLOCKED',
    `the runbook cannot be carried out on link "${link}": ${why}`,
    {
      // prettier-ignore
      stateNow: 'nothing was changed',
      next: `georep link describe ${link}`,
    },
  )
}
