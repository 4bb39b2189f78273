import { GeorepError, isTimeout } from '../../core/errors.ts'
import { explained } from '../explained.ts'

/** What a step has thrown, in the terms of an operator. Rethrows what is a bug. */
export function explainStep(thrown: unknown): GeorepError {
  const error = explained(thrown)
  if (error instanceof GeorepError) return error
  if (isTimeout(error)) {
    return new GeorepError('timedOut', 'GR-STEP-TIMED-OUT', 'it did not end in time', { cause: error })
  }
  throw error
}
