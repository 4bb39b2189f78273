import type { GeorepError } from '../core/errors.ts'
import { isAborted, withDeadline } from '../core/time.ts'
import { type Decisions, noPast, type Past, whyLeftOut, whyNotAgain } from './past.ts'
import type { Observation, Step } from './step.ts'

const lookTimeoutMs = 30_000

/**
 * What would become of a step now.
 *
 * - done: it is so already, or would be left out
 * - wouldDo: it would be done
 * - blocked, unknown: as a look says
 * - later: a check of what steps before it have yet to bring about
 */
export interface PlannedStep {
  readonly step: Step
  readonly status: 'done' | 'wouldDo' | 'blocked' | 'unknown' | 'later'
  readonly what: string
}

export interface Planning {
  readonly signal: AbortSignal
  readonly explain: (thrown: unknown) => GeorepError
  /** Of a run that is gone on with. */
  readonly past?: Past
  readonly decisions?: Decisions
}

/** Looks at every step as the world is now, and says what `runStep` would make of it. Changes nothing. */
export async function planSteps(
  steps: readonly Step[],
  { past = noPast, decisions = new Map(), ...options }: Planning,
): Promise<readonly PlannedStep[]> {
  const seen = await Promise.all(steps.map(async (step) => await seenOf(step, { past, decisions, ...options })))
  let isChanging = false
  return steps.map((step, index): PlannedStep => {
    const observation = seen[index] ?? { kind: 'unknown', why: 'it was not looked at' }
    if (step.certainty === 'check' && isChanging && whyLeftOut(step, past, decisions) === undefined)
      return { step, status: 'later', what: 'would be looked at then' }
    if (step.certainty !== 'check' && step.certainty !== 'gate' && observation.kind !== 'done') isChanging = true
    if ('why' in observation) return { step, status: observation.kind, what: observation.why }
    return { step, status: observation.kind === 'done' ? 'done' : 'wouldDo', what: observation.what }
  })
}

async function seenOf(step: Step, { past, decisions, ...options }: Required<Planning>): Promise<Observation> {
  const leftOut = whyLeftOut(step, past, decisions)
  if (leftOut !== undefined) return { kind: 'done', what: leftOut }
  const seen = await look(step, options)
  const notAgain = seen.kind === 'notDone' ? whyNotAgain(step, past, decisions) : undefined
  return notAgain === undefined ? seen : { kind: 'unknown', why: notAgain }
}

async function look(step: Step, { signal, explain }: Pick<Planning, 'signal' | 'explain'>): Promise<Observation> {
  const deadline = withDeadline(signal, lookTimeoutMs)
  try {
    return await step.observe({ signal: deadline })
  } catch (error) {
    signal.throwIfAborted()
    if (isAborted(deadline)) return { kind: 'unknown', why: 'no answer within 30 s' }
    const { kind, message } = explain(error)
    return { kind: kind === 'refused' || kind === 'unsupported' || kind === 'denied' ? 'blocked' : 'unknown', why: message } // prettier-ignore
  }
}

/** Steps that would end the run before it is through; one that is to be continued after does not. */
export function obstacles(plan: readonly PlannedStep[], status: 'blocked' | 'unknown'): readonly PlannedStep[] {
  return plan.filter((one) => one.status === status && one.step.onFailure !== 'continue')
}
