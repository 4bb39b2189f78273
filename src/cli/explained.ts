import { GeorepError } from '../core/errors.ts'
import { DeniedError } from '../kafka/denied.ts'
import { BrokerError, Code, isLeaderMoved } from '../kafka/error-codes.ts'
import { FencedError } from '../kafka/held-id.ts'
import { TransportError } from '../kafka/wire/connection.ts'

/**
 * What the Kafka layer throws besides `GeorepError`, as one of those: a broker's refusal, a connection that broke, a transactional id that somebody
 * else took. Anything else comes back as it is: a bug.
 */
export function explained(error: unknown): unknown {
  if (error instanceof TransportError) {
    return error.mayHaveActed
      ? new GeorepError('unknown', 'GR-NO-ANSWER', error.message, {
          stateNow: 'a request left and no answer came',
          next: 'run the command again: it looks at the clusters first',
          cause: error,
        })
      : new GeorepError('unreachable', 'GR-BROKER-UNREACHABLE', error.message, { cause: error })
  }
  if (error instanceof DeniedError)
    return new GeorepError('denied', 'GR-DENIED', error.message, { next: error.next, cause: error })
  if (error instanceof BrokerError && isLeaderMoved(error.errorCode)) {
    return new GeorepError('unknown', 'GR-NO-LEADER', error.message, {
      stateNow: 'no broker that leads the partition has answered for seconds, so that what is in it is not known',
      next: 'run the command again when the brokers of the cluster are up: it looks at the clusters first',
      cause: error,
    })
  }
  if (error instanceof BrokerError && error.errorCode === Code.concurrentTransactions) {
    return new GeorepError('failed', 'GR-BROKER-REFUSED', error.message, {
      stateNow: 'the brokers are still ending the transaction before this one',
      next: 'run the command again in a minute; if that goes on, look at the logs of the brokers of the cluster',
      cause: error,
    })
  }
  if (error instanceof BrokerError)
    return new GeorepError('failed', 'GR-BROKER-REFUSED', error.message, { cause: error })
  if (error instanceof FencedError) {
    return new GeorepError('conflict', 'GR-LINK-TAKEN', 'someone else acts on this link at the same time', {
      next: 'wait for the other to end, then run the command again',
      cause: error,
    })
  }
  return error
}
