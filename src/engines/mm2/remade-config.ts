import type { ConnectorConfig } from '../../connect/connect-cluster.ts'
import type { ConnectorRole } from '../connectors.ts'
import { ownKeys } from './connector-configs.ts'

/** With what a connector that has FAILED is made anew. */
export interface RemadeConfig {
  readonly config: ConnectorConfig
  /** Keys that it has with other values than it would have now, or that it alone has: they stay as they are. */
  readonly kept: readonly string[]
  /** Keys by which it reached the clusters otherwise: georep.yaml says how it does now. */
  readonly replaced: readonly string[]
}

/**
 * A connector keeps what an earlier command or an operator has set of it, as Kafka Connect alone knows that. How it reaches the clusters is taken from
 * georep.yaml as that is now: it is a common cause of the failure, and its remedy.
 *
 * @param config as it would be if it was not there
 * @param had as Kafka Connect has it
 * @param said keys of it that are asked for now
 */
export function remadeConfig(
  role: ConnectorRole,
  config: ConnectorConfig,
  { had, said }: { readonly had: ConnectorConfig; readonly said: ReadonlySet<string> },
): RemadeConfig {
  const others = Object.keys(had).filter((key) => !ownKeys.has(key) && !said.has(key) && config[key] !== had[key]).toSorted() // prettier-ignore
  const replaced = others.filter((key) => isOfClients(role, key))
  const kept = others.filter((key) => !isOfClients(role, key))
  return { config: { ...config, ...Object.fromEntries(kept.map((key) => [key, had[key] ?? ''])) }, kept, replaced }
}

/** What writes into the source does so by clients of its own beneath those of the worker. */
function isOfClients(role: ConnectorRole, key: string): boolean {
  return /^(?:source|target)\.cluster\./.test(key) || (role === 'returnHeartbeat' && /^(?:producer|consumer|admin)\.override\./.test(key)) // prettier-ignore
}
