import { GeorepError } from '../core/errors.ts'
import { quoted } from './command-line.ts'
import type { Io } from './context.ts'
import { printable } from './printable.ts'

export interface Confirmation {
  /** What will be done, for the question: `fail over topic "orders" to "west"`. */
  readonly what: string
  /** What has to be typed: the topic, or the link with `--all`. */
  readonly expected: string
  /** What `--confirm` said. */
  readonly given: string | undefined
  readonly io: Pick<Io, 'canPrompt' | 'ask'>
}

/**
 * Refuses what could not be confirmed anyway: a `--confirm` that differs, or neither flag nor terminal. Call it before
 * the first request; `confirmTyped` asks later, when there is something to show.
 */
export function requireConfirmable({ what, expected, given, io }: Confirmation): void {
  if (given !== undefined && given !== expected) {
    throw new GeorepError(
      'refused',
      'GR-CONFIRM-MISMATCH',
      `"--confirm ${given}" is not what has to be typed to ${what}`,
      {
        stateNow: 'nothing was changed',
        next: `the same command with --confirm ${quoted(expected)}`,
      },
    )
  }
  if (given === undefined && !io.canPrompt) {
    throw new GeorepError('refused', 'GR-CONFIRM-REQUIRED', `no terminal to ask on and no --confirm to ${what}`, {
      stateNow: 'nothing was changed',
      next: `the same command with --confirm ${quoted(expected)}`,
    })
  }
}

/** Shows on stderr what would be done, refuses it when something stands in its way, and has the name typed. */
export async function confirmShown(
  shown: string,
  refusal: GeorepError | undefined,
  confirmation: Confirmation & { readonly io: Pick<Io, 'err'> },
  options: { readonly signal: AbortSignal },
): Promise<void> {
  confirmation.io.err(`${shown}\n`)
  if (refusal !== undefined) throw refusal
  await confirmTyped(confirmation, options)
}

/** Returns when the name was typed, now or by flag. Anything else is exit 5, and there is no flag that only says yes. */
export async function confirmTyped(
  confirmation: Confirmation,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  requireConfirmable(confirmation)
  const { what, expected, given, io } = confirmation
  if (given !== undefined) return
  const typed = await io.ask(`To ${printable(what)}, type "${printable(expected)}":`, options)
  if (typed.trim() === expected) return
  throw new GeorepError('refused', 'GR-CONFIRM-DECLINED', `not confirmed: "${typed.trim()}" is not "${expected}"`, {
    stateNow: 'nothing was changed',
  })
}
