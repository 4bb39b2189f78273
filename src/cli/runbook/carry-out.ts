import { abortOutcome, runOutcome } from '../../runbook/outcome.ts'
import { GeorepError } from '../../core/errors.ts'
import { anySignal } from '../../core/time.ts'
import type { LinkSession } from '../../links/session.ts'
import type { JournalFile } from '../../runbook/journal.ts'
import type { Runbook } from '../../runbook/load.ts'
import { type Decisions, gatesOf, pastFrom } from '../../runbook/past.ts'
import type { Running } from '../../runbook/run-step.ts'
import { type RanSteps, runSteps } from '../../runbook/run-steps.ts'
import type { Site } from '../../runbook/site.ts'
import type { Step } from '../../runbook/step.ts'
import { operatorText } from '../actor.ts'
import type { Context } from '../context.ts'
import type { Progress } from '../progress.ts'
import { explainStep } from './explain-step.ts'
import { type RunEnd, runError, type CarriedOut } from './run-end.ts'

export interface CarryOut {
  readonly runbook: Runbook
  readonly site: Site
  readonly session: LinkSession
  readonly journal: JournalFile
  readonly decisions: Decisions
  readonly progress: Progress
}

/** Goes through the steps of a runbook, and through its rollback where a step says so, and writes down how it ended. */
export async function carryOut(what: CarryOut, context: Context): Promise<CarriedOut> {
  const { runbook, site, journal } = what
  const steps = runbook.steps.map((entry) => entry.open(site))
  const running = runningOf(what, steps, context)
  const ran = await runSteps(steps, running)
  const isAnythingBegun = (): boolean => pastFrom(journal.lines, gatesOf(steps)).isAnythingBegun
  let rollback: RanSteps | undefined
  if (ran.stoppedAt?.step.onFailure === 'rollback' && mayRollBack(ran)) {
    what.progress.note(`step "${ran.stoppedAt.step.id}" has failed: taking back`)
    const back = runbook.rollback.map((entry) => entry.open(site))
    rollback = await runSteps(back, runningOf(what, back, context))
  }
  const outcome = runOutcome(ran, { isAnythingBegun: isAnythingBegun(), rollback })
  const isRolledBack = rollback !== undefined && rollback.stoppedAt === undefined
  const came = { outcome, stoppedAt: rollback?.stoppedAt ?? ran.stoppedAt, isRolledBack }
  return { ...came, end: await ended(what, { ...came, isAbort: false, isOver: ran.stoppedAt === undefined || isRolledBack }, context) } // prettier-ignore
}

/** Goes through the rollback alone: the run is given up. */
export async function carryOutRollback(what: CarryOut, context: Context): Promise<CarriedOut> {
  const { runbook, site } = what
  const steps = runbook.rollback.map((entry) => entry.open(site))
  const ran = await runSteps(steps, runningOf(what, steps, context))
  const isOver = ran.stoppedAt === undefined
  const came = { outcome: abortOutcome(ran), stoppedAt: ran.stoppedAt, isRolledBack: isOver }
  return { ...came, end: await ended(what, { ...came, isAbort: true, isOver }, context) }
}

/** Of a link that is another's nothing is taken back, and whoever stops a run has asked for no more steps. */
function mayRollBack({ stoppedAt }: RanSteps): boolean {
  return stoppedAt?.error?.kind !== 'conflict' && stoppedAt?.error?.kind !== 'interrupted'
}

/** Writes down how it ended, with all that a record needs beside the journal: whoever finds no record makes it of that. */
async function ended(
  { journal, site: { runId, target }, runbook }: CarryOut,
  { isAbort, isOver, ...came }: Omit<CarriedOut, 'end'> & { readonly isAbort: boolean; readonly isOver: boolean },
  context: Context,
): Promise<RunEnd> {
  const { status, verdict } = came.outcome
  const { source, destination } = target.link
  const end: RunEnd = {
    event: 'ended',
    status,
    verdict,
    isOver,
    error: runError(came, { runId, name: runbook.name, isAbort }) ?? null,
    clusters: { source, destination },
    operator: operatorText(context),
    georep: context.version,
    at: context.time.now().toISOString(),
  }
  try {
    await journal.append({ step: null, attempt: 0, phase: 'note', outcome: null, observed: `ended: ${status}`, facts: { ...end } }) // prettier-ignore
  } catch (error) {
    // Another process goes on with the run: how it ends is its to write down.
    if (!(error instanceof GeorepError && error.code === 'GR-JOURNAL-TAKEN')) throw error
  }
  return end
}

function runningOf(
  { session, journal, decisions, progress }: CarryOut,
  steps: readonly Step[],
  { time, signal }: Context,
): Running & Pick<Parameters<typeof runSteps>[1], 'onStep' | 'onEnd'> {
  return {
    journal,
    time,
    signal: anySignal(signal, session.signal),
    confirm: async (options) => { await session.write(new Map(), options) }, // prettier-ignore
    past: pastFrom(journal.lines, gatesOf(steps)),
    decisions,
    explain: explainStep,
    onStep: ({ id, does }) => { progress.step(`${id}: ${does}`) }, // prettier-ignore
    onEnd: ({ step: { id }, outcome, what }) => {
      // The lines that a command has printed were said as it ended.
      const [first = ''] = what.split('\n')
      if (outcome === 'ok' || outcome === 'skipped') progress.done(`${id}: ${outcome}: ${first}`)
      else progress.fail(`${id}: ${first}`)
    },
  }
}
