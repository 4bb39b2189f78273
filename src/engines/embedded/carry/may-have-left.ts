import { GeorepError } from '../../../core/errors.ts'
import { TransportError, WriteRefused } from '../../../kafka/wire/connection.ts'

/** Whether a request that ended with this error may have reached the broker, and may be carried out still. */
export function mayHaveLeft(error: unknown): boolean {
  if (error instanceof TransportError) return error.mayHaveActed
  return !(error instanceof WriteRefused) && !(error instanceof GeorepError && error.kind === 'unreachable')
}
