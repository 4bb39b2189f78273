import type { AclOperation } from '../core/acl.ts'
import type { BrokerNode, Cluster } from './cluster.ts'
import { clusterRights, hasAuthorizer } from './rights.ts'
import { message } from './wire/message.ts'
import { apiVersions } from './wire/messages/api-versions.ts'
import { array, int16, int32, string, struct } from './wire/schema.ts'

export interface ClusterDescription {
  readonly clusterId: string
  readonly brokers: readonly BrokerNode[]
  /** Of a cluster with ZooKeeper. Under KRaft clients are not told: a broker names any of them in its place. */
  readonly controllerId: number | undefined
  /** The level of `metadata.version` that the cluster has agreed on (KIP-778); undefined without KRaft. */
  readonly metadataVersion: number | undefined
  readonly hasAuthorizer: boolean
  /** What our principal may do with the cluster as a whole; undefined when it is not told. */
  readonly rights: ReadonlySet<AclOperation> | undefined
}

interface Features {
  readonly finalizedFeatures?: readonly { readonly name: string; readonly max: number }[]
}

/** ApiVersions once more, with the features that the answer carries behind the rest (KIP-584). */
const features = message({
  ...apiVersions,
  response: struct<{ error: typeof int16; apis: unknown; throttleMs: typeof int32 }, Features>(
    { error: int16, apis: array(struct({ apiKey: int16, min: int16, max: int16 })), throttleMs: int32 },
    { 2: { name: 'finalizedFeatures', type: array(struct({ name: string, max: int16, min: int16 })) } },
  ),
})

/** What a cluster says of itself. Needs no right but to be let in. */
export async function describe(
  cluster: Cluster,
  options: { readonly signal: AbortSignal },
): Promise<ClusterDescription> {
  const { clusterId, brokers, controllerId } = await cluster.metadata([], options)
  const metadataVersion = await metadataVersionOf(cluster, options)
  return {
    clusterId,
    brokers: brokers.toSorted((a, b) => a.nodeId - b.nodeId),
    controllerId: metadataVersion !== undefined || controllerId < 0 ? undefined : controllerId,
    metadataVersion,
    hasAuthorizer: await hasAuthorizer(cluster, options),
    rights: await clusterRights(cluster, options),
  }
}

/** The level of `metadata.version` that the cluster has agreed on (KIP-778); undefined without KRaft. */
export async function metadataVersionOf(
  cluster: Cluster,
  options: { readonly signal: AbortSignal },
): Promise<number | undefined> {
  const client = { clientSoftwareName: 'georep', clientSoftwareVersion: '0' }
  const { finalizedFeatures = [] } = await cluster.sendToAny(features, client, options)
  return finalizedFeatures.find(({ name }) => name === 'metadata.version')?.max
}
