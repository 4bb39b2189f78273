import type { ConnectorConfig } from '../connect/connect-cluster.ts'

// Links that are carried by connectors of a Kafka Connect cluster: what is asked for, and what it comes to. See `ReplicationEngine.planLink`.

/**
 * What a connector is for.
 *
 * - source: moves records
 * - checkpoint: moves the places of consumer groups
 * - heartbeat: shows that Kafka Connect reaches the destination
 * - returnHeartbeat: writes into the source, from where the source connector brings it back: shows that records get through
 */
export type ConnectorRole = 'source' | 'checkpoint' | 'heartbeat' | 'returnHeartbeat'

export const connectorRoles = [
  'source',
  'checkpoint',
  'heartbeat',
  'returnHeartbeat',
] as const satisfies readonly ConnectorRole[]

/** A setting that the operator wants otherwise. */
export interface ConnectorSetting {
  /** Undefined: of every connector that the key means something to. */
  readonly role: ConnectorRole | undefined
  readonly key: string
  readonly value: string
}

/** What a link of MirrorMaker 2 is to be, beyond what any link is. */
export interface ConnectorRequest {
  /** Mirror topics are called as on the source, or with the source's name and a dot before it. */
  readonly naming: 'identity' | 'default'
  /** A Java client's properties: how connectors reach the clusters. Secrets in them are references, unless the operator wants otherwise. */
  readonly clients: {
    readonly source: ConnectorConfig
    readonly target: ConnectorConfig
    /** As `source`, of the worker's own clients: what they are not told they have from the worker. */
    readonly sourceOfWorker: ConnectorConfig
  }
  /** Between the regions is a long way. */
  readonly isWan: boolean
  readonly settings: readonly ConnectorSetting[]
}

/** One connector as it is to be. */
export interface ConnectorPlan {
  readonly role: ConnectorRole
  readonly name: string
  /** Not to be printed as it is: see connect/config-secrets.ts. */
  readonly config: ConnectorConfig
  /**
   * - create: it is not there
   * - start: it is there, and was left before it ran
   * - remake: it is there, and has FAILED: it is made anew, with this configuration
   * - none: it is there
   */
  readonly does: 'create' | 'start' | 'remake' | 'none'
  /** Of one that is made anew: keys that stay as somebody has set them, and keys that georep.yaml says otherwise by now. */
  readonly remade?: { readonly kept: readonly string[]; readonly replaced: readonly string[] }
}

export interface ConnectorsPlan {
  /** Of Kafka Connect; without user name and password. */
  readonly url: string
  /** Of the worker that answered. */
  readonly version: string
  readonly isExactlyOnce: boolean
  readonly connectors: readonly ConnectorPlan[]
}
