import { GeorepError } from '../../../core/errors.ts'
import type { Outcome } from '../../../core/outcome.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'

/** What stands in the way of one topic of which an act has begun holds up no other; undefined of what ends the act. */
export function outcomeOf(error: unknown): Outcome | undefined {
  if (error instanceof BrokerError || error instanceof TransportError) return { kind: 'failed', why: error.message }
  if (!(error instanceof GeorepError)) return undefined
  const why = error.next === undefined ? error.message : `${error.message}; ${error.next}`
  if (error.kind === 'timedOut') return { kind: 'pending', why }
  return error.kind === 'refused' || error.kind === 'failed' || error.kind === 'unknown' ? ofBegun({ kind: error.kind, why }) : undefined // prettier-ignore
}

/** Its mirror is PENDING by now: what is refused from here on is not as it was. */
export function ofBegun(outcome: Outcome): Outcome {
  return outcome.kind === 'refused' ? { ...outcome, kind: 'failed' } : outcome
}
