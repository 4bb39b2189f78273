import type { ConnectCluster, ConnectorConfig, FieldErrors } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import type { Cancel } from '../engine.ts'
import type { ConnectorRole } from '../connectors.ts'

const shownErrors = 20

/** A connector that is to be, and is looked at before it is. */
export interface Candidate {
  readonly role: ConnectorRole
  readonly name: string
  readonly config: ConnectorConfig
}

/** @throws GeorepError "refused" GR-CONNECTOR-INVALID with what is wrong in any of them, field by field */
export async function requireValid(
  connect: ConnectCluster,
  candidates: readonly Candidate[],
  options: Cancel,
): Promise<void> {
  const wrong: string[] = []
  for (const { name, config } of candidates) {
    for (const { field, errors } of await fieldErrors(connect, name, config, options)) {
      wrong.push(...errors.map((text) => `${name}: ${field}: ${text}`))
    }
  }
  if (wrong.length === 0) return
  const more = wrong.length > shownErrors ? [`and ${wrong.length - shownErrors} more`] : []
  throw new GeorepError('refused', 'GR-CONNECTOR-INVALID', `Kafka Connect at "${connect.url}" would not take the configuration of the connectors`, {
    stateNow: [...wrong.slice(0, shownErrors), ...more, 'nothing was changed'].join('\n'),
    next: 'correct what it says above (--set, or georep.yaml) and run the same command again',
  }) // prettier-ignore
}

/** What Connect finds wrong in a configuration. */
export async function fieldErrors(
  connect: ConnectCluster,
  name: string,
  config: ConnectorConfig,
  options: Cancel,
): Promise<readonly FieldErrors[]> {
  try {
    return await connect.validate(config['connector.class'] ?? '', { ...config, name }, options)
  } catch (error) {
    const found = clientError(error)
    if (found === undefined) throw error
    return [found]
  }
}

/** Of a value that the worker's own clients cannot have, Connect says so with a failure (Kafka 4.3), of the first one that it comes upon. */
function clientError(error: unknown): FieldErrors | undefined {
  if (!(error instanceof GeorepError) || error.code !== 'GR-CONNECT-FAILED') return undefined
  const match = /ConfigException: (Invalid value .* for configuration (\S+?):? .*|.*)$/m.exec(error.stateNow ?? '')
  if (match === null) return undefined
  const [, text = '', field = 'a client'] = match
  return { field, errors: [text] }
}
