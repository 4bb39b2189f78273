import { isAborted } from '../core/time.ts'
import { runStep, type Running } from './run-step.ts'
import type { Step, StepEnd } from './step.ts'

export interface RanSteps {
  /** Those that were come to, in order. */
  readonly ends: readonly StepEnd[]
  /** The one at which the run stands; undefined when all were gone through. */
  readonly stoppedAt: StepEnd | undefined
}

/** Goes through steps in order, and stops at the first that did not end well, unless it says that the run is to continue. */
export async function runSteps(
  steps: readonly Step[],
  running: Running & { readonly onStep: (step: Step) => void; readonly onEnd: (end: StepEnd) => void },
): Promise<RanSteps> {
  const ends: StepEnd[] = []
  for (const [index, step] of steps.entries()) {
    running.onStep(step)
    const end = await runStep(step, running)
    ends.push(end)
    running.onEnd(end)
    if (end.outcome === 'ok' || end.outcome === 'skipped') {
      if (index === steps.length - 1 || !isAborted(running.signal)) continue
      const { kind, code, message } = running.explain(running.signal.reason)
      return { ends, stoppedAt: { ...end, error: { kind, code, message } } }
    }
    // A link that is another's, and an operator who wants to stop, are not to be continued against.
    if (step.onFailure === 'continue' && !isAborted(running.signal) && end.error?.kind !== 'conflict') continue
    return { ends, stoppedAt: end }
  }
  return { ends, stoppedAt: undefined }
}
