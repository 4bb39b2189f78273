import { GeorepError, messageOf } from '../core/errors.ts'
import { HandshakeError } from './wire/connection.ts'

/** What an error says of a cluster. */
interface Named {
  readonly name: string
  /** `host:port` entries. */
  readonly bootstrap: readonly string[]
}

/** A connection that came to nothing for good, in the words of an operator; any other error as it is. */
export function explained(cluster: Named, error: unknown): unknown {
  if (!(error instanceof HandshakeError)) return error
  const {
    about,
    message,
    next = `check the sasl and tls entries of cluster "${cluster.name}" in georep.yaml, or its properties file`,
  } = error
  switch (about) {
    case 'version':
      return new GeorepError('unsupported', 'GR-BROKER-TOO-OLD', `cluster "${cluster.name}": ${message}`)
    case 'credentials':
      return new GeorepError(
        'denied',
        'GR-AUTHENTICATION',
        `cluster "${cluster.name}" refused the credentials: ${message}`,
        { next },
      )
    case 'tls':
      return new GeorepError('denied', 'GR-TLS', `cluster "${cluster.name}" cannot be reached safely: ${message}`, {
        next,
      })
  }
}

/** No bootstrap server lets us in. @param error why, or an `AggregateError` of the reasons of each */
export function unreachable(cluster: Named, error: unknown): unknown {
  const causes: unknown[] = error instanceof AggregateError ? error.errors : [error]
  const final = causes.find((cause) => cause instanceof HandshakeError || cause instanceof GeorepError)
  if (final !== undefined) return explained(cluster, final)
  const tried = cluster.bootstrap.join(', ')
  const why = [...new Set(causes.map(messageOf))].join('; ')
  return new GeorepError(
    'unreachable',
    'GR-CLUSTER-UNREACHABLE',
    `cluster "${cluster.name}" does not answer at ${tried}`,
    {
      stateNow: why,
      next: `check the bootstrap entry of cluster "${cluster.name}" and the network on the way to it`,
      cause: error,
    },
  )
}

/** @param why what is wrong with it */
export function badAnswer(cluster: Named, why: string): GeorepError {
  return new GeorepError('failed', 'GR-BAD-ANSWER', `cluster "${cluster.name}" sent an answer that is none: ${why}`, {
    next: `check that ${cluster.bootstrap.join(', ')} are the Kafka brokers of cluster "${cluster.name}"`,
  })
}
