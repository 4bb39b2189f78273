import type { ClusterDescription } from '../../kafka/describe.ts'

/** What is printed of a cluster that answers; in documents, with its name. */
export interface ClusterAnswer {
  readonly clusterId: string
  readonly mode: 'kraft' | 'zookeeper'
  /** Null without KRaft. */
  readonly metadataVersion: number | null
  /** Null under KRaft, whose controller is not shown to clients. */
  readonly controllerId: number | null
  readonly brokers: readonly {
    readonly id: number
    readonly host: string
    readonly port: number
    readonly rack: string | null
  }[]
  readonly hasAuthorizer: boolean
}

export function answerView(one: ClusterDescription): ClusterAnswer {
  const { clusterId, metadataVersion, controllerId, brokers, hasAuthorizer } = one
  return {
    clusterId,
    mode: metadataVersion === undefined ? 'zookeeper' : 'kraft',
    metadataVersion: metadataVersion ?? null,
    controllerId: controllerId ?? null,
    brokers: brokers.map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack: rack ?? null })),
    hasAuthorizer,
  }
}

export function versionText({ mode, metadataVersion }: Pick<ClusterAnswer, 'mode' | 'metadataVersion'>): string {
  return mode === 'kraft' ? `KRaft, metadata.version ${metadataVersion ?? 'unknown'}` : 'ZooKeeper'
}
