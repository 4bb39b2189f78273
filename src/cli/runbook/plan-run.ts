import { runbookFrom } from '../../runbook/load.ts'
import { planSteps } from '../../runbook/plan-steps.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import type { ExitCode } from '../exit.ts'
import { openProgress } from '../progress.ts'
import { styleOf } from '../style.ts'
import { explainStep } from './explain-step.ts'
import { findRunbook } from './find-runbook.ts'
import { requireForTheDay } from './for-the-day.ts'
import { openSite } from './open-site.ts'
import { givenOf, type Setting } from './options.ts'
import { exitCodeOfPlan, planView, renderPlan } from './plan-view.ts'
import { runFiles } from './run-files.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface RunbookPlanOptions extends GlobalOptions {
  readonly name: string
  readonly set: readonly Setting[] | undefined
  readonly output: OutputFormat
}

export async function runRunbookPlan(options: RunbookPlanOptions, context: Context): Promise<ExitCode> {
  const { file, text } = await findRunbook(options.name, context)
  const runbook = runbookFrom(text, file, givenOf(options.set))
  requireForTheDay(runbook, options.name)
  const progress = await openProgress(context.io)
  const about = {
    id: 'plan',
    folder: runFiles('plan', undefined, context).folder,
    cwd: context.cwd,
    verb: 'plan',
    isTakeOver: false,
    progress,
  }
  await using opened = await openSite(runbook, about, options, context)
  const { site } = opened
  const steps = runbook.steps.map((entry) => entry.open(site))
  const plan = await planSteps(steps, { signal: context.signal, explain: explainStep })
  const view = planView(runbook, site.target, plan)
  context.io.out(
    options.output !== 'table'
      ? documentText(options.output, 'georep.runbook-plan/1', view)
      : renderPlan(view, styleOf(context.io)),
  )
  return exitCodeOfPlan[view.verdict]
}
