import { GeorepError, messageOf } from '../core/errors.ts'
import { isAborted, type Time, withDeadline } from '../core/time.ts'
import type { Journal } from './journal.ts'
import { type Decisions, type Past, whyLeftOut, whyNotAgain } from './past.ts'
import type { Observation, Step, StepEnd, StepError, StepOutcome } from './step.ts'

const lookAgainMs = 1_000
/** After an effect the world may take a moment to show it. */
const looksAfter = 5

export interface Running {
  readonly journal: Journal
  readonly time: Time
  /** Aborted when the operator stops the run, or the link is lost. */
  readonly signal: AbortSignal
  /** Confirms that the link is still held. @throws GeorepError "conflict" */
  readonly confirm: (options: { readonly signal: AbortSignal }) => Promise<void>
  readonly past: Past
  readonly decisions: Decisions
  /** What an error that is none of ours means to an operator. Rethrows what is a bug. */
  readonly explain: (thrown: unknown) => GeorepError
}

/**
 * Makes one step true: look, write down what is about to be done, do it, look again, write down what came of it. Safe to call again after a crash at any
 * point inside it; an effect that cannot be looked at is then not repeated without being told.
 *
 * Returns how it ended; throws only when the journal cannot be written.
 */
export async function runStep(step: Step, running: Running): Promise<StepEnd> {
  const { journal, time, past, decisions } = running
  const startedAt = time.now().toISOString()
  let attempt = past.attemptsOf(step.id)
  let isApplied = false
  const end = (outcome: StepOutcome, what: string, error?: StepError): StepEnd => ({
    step,
    outcome,
    attempts: attempt,
    what,
    error,
    startedAt,
    endedAt: time.now().toISOString(),
    isApplied,
  })
  const write = async (phase: 'probe' | 'intent' | 'result', outcome: StepOutcome | null, observed: string): Promise<void> => { await journal.append({ step: step.id, attempt, phase, outcome, observed }) } // prettier-ignore
  const ended = async (outcome: StepOutcome, what: string, error?: StepError): Promise<StepEnd> => {
    await write('result', outcome, what)
    return end(outcome, what, error)
  }

  const leftOut = whyLeftOut(step, past, decisions)
  // The word of an operator is written down; what the journal has it has.
  if (leftOut !== undefined) return decisions.get(step.id) === 'skip' ? await ended('skipped', leftOut) : end('skipped', leftOut) // prettier-ignore
  let before = past.of(step.id)
  if (step.certainty === 'check') {
    attempt++
    return await runCheck(step, running, ended)
  }
  let last: StepEnd | undefined
  for (let tried = 0; tried < step.attempts; tried++) {
    if (tried > 0) await pause(running, tried)
    attempt++
    const signal = withDeadline(running.signal, step.timeoutMs)
    const seen = await look(step, running, signal)
    if (isAborted(running.signal)) return interrupted(end, running)
    if (seen.kind === 'done') return await ended(before === 'unknown' ? 'ok' : 'skipped', seen.what)
    if (seen.kind === 'unknown' || seen.kind === 'blocked') {
      await write('probe', seen.kind === 'unknown' ? 'unknown' : 'fail', seen.why)
      last = end(seen.kind === 'unknown' ? 'unknown' : 'fail', seen.why, errorOf(seen))
      continue
    }
    const notAgain = whyNotAgain(step, past, decisions)
    if (notAgain !== undefined) {
      // That was a look, and none of the attempts.
      attempt--
      await write('probe', 'unknown', notAgain)
      return end('unknown', notAgain, { kind: 'unknown', code: 'GR-STEP-UNKNOWN', message: notAgain })
    }
    try {
      await running.confirm({ signal: running.signal })
    } catch (error) {
      if (isAborted(running.signal)) return interrupted(end, running)
      const why = running.explain(error)
      return end('fail', why.message, { kind: why.kind, code: why.code, message: why.message })
    }
    await write('intent', null, step.does)
    isApplied = step.certainty !== 'gate'
    const settled = await settle(step, running, await tryOnce(step, running))
    last = await ended(settled.outcome, settled.what, settled.error)
    if (settled.outcome === 'ok' || settled.isFinal) return last
    before = settled.outcome === 'unknown' ? 'unknown' : 'none'
  }
  return last ?? end('unknown', 'it was not tried', { kind: 'unknown', code: 'GR-STEP-UNKNOWN', message: 'it was not tried' }) // prettier-ignore
}

async function runCheck(
  step: Step,
  running: Running,
  ended: (outcome: StepOutcome, what: string, error?: StepError) => Promise<StepEnd>,
): Promise<StepEnd> {
  const signal = withDeadline(running.signal, step.timeoutMs)
  let before: Observation | undefined
  for (;;) {
    const answer = await look(step, running, signal)
    // The time is up in the middle of a look as often as not: what was seen before is the reason then.
    const seen = answer === noAnswer ? (before ?? answer) : answer
    before = seen
    if (isAborted(running.signal)) {
      const why = running.explain(running.signal.reason)
      return await ended('fail', why.message, why)
    }
    if (seen.kind === 'done') return await ended('ok', seen.what)
    const isOver = isAborted(signal) || (await isAbortedAfter(running.time, signal))
    if (!isOver) continue
    const what = 'why' in seen ? seen.why : seen.what
    return await ended(seen.kind === 'unknown' ? 'unknown' : 'fail', what, errorOf({ kind: seen.kind === 'unknown' ? 'unknown' : 'blocked', why: what })) // prettier-ignore
  }
}

async function isAbortedAfter(time: Time, signal: AbortSignal): Promise<boolean> {
  return await time.wait(lookAgainMs, signal).then(
    () => false,
    () => true,
  )
}

const noAnswer: Observation = { kind: 'unknown', why: 'no answer within the time-out of the step' }

/** An observation that fails, or does not come in time, is one that is not known. */
async function look(step: Step, running: Running, signal: AbortSignal): Promise<Observation> {
  try {
    return await step.observe({ signal })
  } catch (error) {
    if (isAborted(running.signal)) return { kind: 'unknown', why: messageOf(running.signal.reason) }
    if (isAborted(signal)) return noAnswer
    const known = running.explain(error)
    const isRefusal = known.kind === 'refused' || known.kind === 'unsupported' || known.kind === 'denied'
    return { kind: isRefusal ? 'blocked' : 'unknown', why: known.message }
  }
}

interface Tried {
  readonly error: GeorepError | undefined
  readonly what: string | undefined
  /** The effect may be there or not, as far as its own end tells. */
  readonly isUnknown: boolean
}

async function tryOnce(step: Step, running: Running): Promise<Tried> {
  const deadline = withDeadline(running.signal, step.timeoutMs + (step.graceMs ?? 0))
  try {
    return { error: undefined, what: await step.apply({ signal: deadline }), isUnknown: false }
  } catch (thrown) {
    const isStopped = isAborted(running.signal)
    const isOver = isAborted(deadline) && !isStopped
    const error =
      isOver && !(thrown instanceof GeorepError)
        ? new GeorepError('timedOut', 'GR-STEP-TIMED-OUT', 'it did not end within the time-out of the step')
        : running.explain(isStopped && !(thrown instanceof GeorepError) ? running.signal.reason : thrown)
    const isUnknown = ['timedOut', 'interrupted', 'unknown', 'conflict'].includes(error.kind)
    return { error, what: undefined, isUnknown }
  }
}

interface Settled {
  readonly outcome: 'ok' | 'fail' | 'unknown'
  readonly what: string
  readonly error: StepError | undefined
  /** Nothing is to be tried again, whatever attempts are left. */
  readonly isFinal: boolean
}

/** What came of an attempt: by looking, where that can be; else by how it ended. */
async function settle(step: Step, running: Running, { error, what, isUnknown }: Tried): Promise<Settled> {
  const isStopped = isAborted(running.signal)
  if (isStopped || step.certainty !== 'observed') {
    if (error === undefined) return { outcome: 'ok', what: what ?? step.does, error: undefined, isFinal: true }
    // Of what must not be done twice, and of what was stopped, no further attempt is made that nobody has asked for.
    const isFinal = isStopped || (isUnknown && step.certainty === 'once')
    return { outcome: isUnknown || isStopped ? 'unknown' : 'fail', what: error.message, error, isFinal }
  }
  const seen = await lookUntilDone(step, running, error === undefined ? looksAfter : 1)
  if (seen.kind === 'done') {
    // Done, and yet something is wrong that nobody will see by looking: records that were written past a fence.
    if (error?.code === 'GR-WRITTEN-PAST-FENCE') return { outcome: 'fail', what: error.message, error, isFinal: true }
    return { outcome: 'ok', what: what ?? seen.what, error: undefined, isFinal: true }
  }
  const why = error?.message ?? ('why' in seen ? seen.why : `it was done, and is not so: ${seen.what}`)
  const outcome = seen.kind === 'unknown' ? 'unknown' : 'fail'
  const known: StepError = error ?? { kind: outcome === 'unknown' ? 'unknown' : 'failed', code: 'GR-STEP-NOT-DONE', message: why } // prettier-ignore
  return { outcome, what: why, error: known, isFinal: error?.kind === 'conflict' }
}

async function lookUntilDone(step: Step, running: Running, looks: number): Promise<Observation> {
  const signal = withDeadline(running.signal, step.timeoutMs)
  for (let n = 1; ; n++) {
    const seen = await look(step, running, signal)
    if (seen.kind === 'done' || n >= looks || (await isAbortedAfter(running.time, signal))) return seen
  }
}

async function pause({ time, signal }: Running, tried: number): Promise<void> {
  await time.wait(lookAgainMs * tried, signal).catch(() => undefined)
}

function errorOf(seen: { readonly kind: 'blocked' | 'unknown'; readonly why: string }): StepError {
  return seen.kind === 'unknown'
    ? { kind: 'unknown', code: 'GR-STEP-UNKNOWN', message: seen.why }
    : { kind: 'refused', code: 'GR-STEP-BLOCKED', message: seen.why }
}

/** Stopped before its effect was begun: nothing is to be written down about it. */
function interrupted(
  end: (outcome: StepOutcome, what: string, error?: StepError) => StepEnd,
  { signal, explain }: Running,
): StepEnd {
  const { kind, code, message } = explain(signal.reason)
  return end('fail', message, { kind, code, message })
}
