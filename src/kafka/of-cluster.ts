import { GeorepError } from '../core/errors.ts'
import { DeniedError } from './denied.ts'
import { BrokerError } from './error-codes.ts'
import { FencedError } from './held-id.ts'
import { isUnreadable } from './records/unreadable.ts'
import { TransportError } from './wire/connection.ts'

/** What a cluster answered or holds, or that it did not answer: anything else that is thrown is a defect of ours. */
export function isOfCluster(error: unknown): error is Error {
  return (
    isUnreadable(error) || [GeorepError, BrokerError, FencedError, TransportError].some((one) => error instanceof one)
  )
}

/** It does not answer any more, or not at all. */
export function isGone(error: unknown): error is Error {
  return error instanceof TransportError || (error instanceof GeorepError && error.kind === 'unreachable')
}

/** It does not permit that, or does not let us in. */
export function isRefusal(error: unknown): error is DeniedError | GeorepError {
  return error instanceof DeniedError || (error instanceof GeorepError && error.kind === 'denied')
}
