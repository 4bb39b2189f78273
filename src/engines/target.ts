import type { ConnectCluster } from '../connect/connect-cluster.ts'
import type { Cluster } from '../kafka/cluster.ts'
import type { LinkRecord } from '../links/records.ts'
import type { LinkState } from '../links/state.ts'
import type { ConnectorRequest, ConnectorsPlan } from './connectors.ts'

// What every verb of an engine is given: who may end it, which link, with both clusters; and what is asked for where there is none yet.

export interface Cancel {
  readonly signal: AbortSignal
}

export interface LinkClusters {
  readonly source: Cluster
  readonly destination: Cluster
  /** Carries the link, where its engine has it carried by one. Nobody has asked it yet. */
  readonly connect?: ConnectCluster
}

export interface LinkRequest extends LinkClusters {
  readonly name: string
  readonly groups: readonly string[]
  /** Of what its runner carries, all mirrors together. */
  readonly throttleBytesPerSecond?: number | undefined
  /** Globs of topic settings that are not copied. */
  readonly syncConfigsExclude?: readonly string[] | undefined
  /** Globs of the names that ACLs are about which its runner brings over; undefined for none. */
  readonly syncAcls?: readonly string[] | undefined
  /** The principal of its runner, beside which nobody is to write to its mirror topics; undefined where that is not kept. */
  readonly protectFor?: string | undefined
  /** Where connectors carry it. */
  readonly connectors?: ConnectorRequest
}

/** A link that exists. `state` was read; the source may be dead. */
export interface LinkTarget extends LinkClusters {
  readonly link: LinkRecord
  readonly state: LinkState
  /** Other clusters of the file, which may feed this link's source; nobody has asked them yet. */
  readonly others?: readonly Cluster[]
}

/** Why something cannot be done, as a sentence without a full stop. */
export type Blocker = string

export interface LinkPlan {
  readonly request: LinkRequest
  readonly sourceId: string
  readonly destinationId: string
  /** A link of this name between these clusters is there already. */
  readonly existing: LinkRecord | undefined
  /** May the destination's brokers be told to refuse a late runner? Unknown where the engine has none. */
  readonly fence: 'permitted' | 'notPermitted' | 'unknown'
  readonly blockers: readonly Blocker[]
  /** Where connectors carry it. */
  readonly connectors?: ConnectorsPlan
}
