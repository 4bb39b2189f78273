import { GeorepError, messageOf, type ErrorDetails, type ErrorKind } from '../core/errors.ts'
import type { Outcome, Verdict } from '../core/outcome.ts'
import { TransportError } from '../kafka/wire/connection.ts'
import type { Context } from './context.ts'
import { ExitCode, exitCodeOfError } from './exit.ts'
import { explained } from './explained.ts'
import { renderError } from './render-error.ts'
import type { Paint, Style } from './style.ts'

/** Of the errors that are items of a bulk act, with what they say that holds now: of what was refused nothing was changed. */
export function outcomeOfError(thrown: unknown): Outcome {
  const error = explained(thrown)
  const said = thrown instanceof TransportError ? thrown.message : messageOf(error)
  if (!(error instanceof GeorepError)) throw error
  const { stateNow } = thrown instanceof GeorepError ? thrown : {}
  const why = stateNow === undefined ? said : [said, ...stateNow.split('\n')].join('; ')
  const next = error.next === undefined ? {} : { next: error.next }
  switch (error.kind) {
    case 'refused':
    case 'unsupported':
    case 'conflict':
    case 'usage':
    case 'config':
      return { kind: 'refused', why: said }
    case 'unknown':
      return { kind: 'unknown', why }
    case 'timedOut':
    case 'interrupted':
      return { kind: 'pending', why }
    case 'denied':
      return { kind: 'failed', why, ...next }
    case 'incomplete':
      return { kind: 'incomplete', why, ...next }
    case 'unreachable':
    case 'failed':
      return { kind: 'failed', why }
  }
}

/** The commands that grant what was lacking; undefined where nothing was. */
export function grantsOf(outcomes: readonly Outcome[]): string | undefined {
  const all = new Set(outcomes.flatMap((one) => ('next' in one ? [one.next] : [])))
  return all.size === 0 ? undefined : [...all].join('\n')
}

export function whyOf(outcome: Outcome): string | null {
  return outcome.kind === 'applied' ? null : outcome.why
}

const kindOfVerdict = {
  failed: 'failed',
  refused: 'refused',
  unknown: 'unknown',
  incomplete: 'incomplete',
  timedOut: 'timedOut',
} as const satisfies Record<Exclude<Verdict, 'done'>, ErrorKind>

/**
 * Ends a bulk act whose outcomes are printed: with 0, or with an error on stderr and the verdict's exit code. Not thrown: stdout has its document
 * already.
 */
export function endWithVerdict(
  verdict: Verdict,
  what: { readonly code: `GR-${string}`; readonly message: string } & ErrorDetails,
  { io, signal }: Context,
): ExitCode {
  const { code, message, ...details } = what
  if (verdict === 'done') return ExitCode.ok
  // Told to stop before it was done: that is what the script has to know.
  const reason: unknown = signal.reason
  const kind = signal.aborted && reason instanceof GeorepError ? reason.kind : kindOfVerdict[verdict]
  io.err(renderError(new GeorepError(kind, code, message, details)))
  return exitCodeOfError[kind]
}

type Shown = Outcome['kind'] | 'planned' | 'movable'

export function outcomeCell(outcome: Shown, style: Style): { readonly text: string; readonly paint: Paint } {
  return { text: outcome, paint: paintOfOutcome(outcome, style) }
}

export function paintOfOutcome(outcome: Shown, style: Style): Paint {
  if (outcome === 'applied') return style.ok
  if (outcome === 'unchanged') return style.dim
  return outcome === 'pending' || outcome === 'planned' || outcome === 'movable' ? style.warn : style.bad
}

/** `2 applied, 1 pending`. */
export function countedOutcomes(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>()
  for (const { kind } of outcomes) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')
}
