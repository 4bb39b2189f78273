import { GeorepError, messageOf } from '../../../core/errors.ts'
import { DeniedError } from '../../../kafka/denied.ts'
import { FencedError } from '../../../kafka/held-id.ts'
import type { StateRecord } from '../../../links/records.ts'
import type { Cancel } from '../../engine.ts'
import { refusalOf } from '../../reachable.ts'
import type { SourceWatchOptions } from './source-watch.ts'

// What a runner does by the way, round after round.

/** A look at very many ACLs takes this part of the time at the most. */
export const shareOfTime = 20

/**
 * Why a round did not come to its end: texts for the state topic, or undefined when it is left to the next one, as somebody else acts on the link, or a
 * cluster does not answer.
 *
 * @throws the error itself, where it leaves open what was done
 */
export function whyNotNow(error: unknown, { signal }: Cancel): readonly string[] | undefined {
  signal.throwIfAborted()
  if (error instanceof FencedError) return undefined
  if (error instanceof DeniedError) return [error.message]
  const refusal = refusalOf(error)
  if (refusal !== undefined) return [refusal]
  if (!(error instanceof GeorepError)) throw error
  if (error.kind === 'conflict' || error.kind === 'unreachable') return undefined
  if (error.kind === 'unsupported') return [messageOf(error)]
  throw error
}

interface Noted {
  readonly key: string
  /** What is written down now. */
  readonly told: { readonly why: readonly string[] } | undefined
  /** What is to be written down; nothing where it is empty. */
  readonly why: readonly string[]
  readonly recordOf: (why: string[], at: string) => StateRecord
  /** In words, what has this reason. */
  readonly what: string
}

/** Writes down, and tells, why something is not done, when that has changed. */
export async function noteWhy(
  { session, time, onTrouble }: Pick<SourceWatchOptions, 'session' | 'time' | 'onTrouble'>,
  { key, told, why, recordOf, what }: Noted,
  options: Cancel,
): Promise<void> {
  if ((told?.why ?? []).join('\n') === why.join('\n')) return
  for (const one of why) onTrouble(`${what}: ${one}`)
  const record = why.length === 0 ? null : recordOf([...why], time.now().toISOString())
  await session.write(new Map([[key, record]]), options)
}
