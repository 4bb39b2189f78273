import type { Cluster } from '../../kafka/cluster.ts'
import type { Context } from '../context.ts'
import { openClusters, openConfig } from '../open-clusters.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface OpenCluster extends AsyncDisposable {
  readonly cluster: Cluster
  readonly clusterId: string
}

/** One cluster of the file, which answers. @throws GeorepError "usage" GR-CLUSTER-UNKNOWN, "unreachable" */
export async function openCluster(
  context: Context,
  options: Pick<GlobalOptions, 'config'>,
  name: string,
): Promise<OpenCluster> {
  const opened = await openClusters(await openConfig(options, context), [name], context)
  const [cluster] = opened.clusters.values()
  if (cluster === undefined) throw new TypeError(`cluster "${name}" was not opened`)
  try {
    const { clusterId } = await cluster.metadata([], { signal: context.signal })
    return { cluster, clusterId, [Symbol.asyncDispose]: async () => { await opened[Symbol.asyncDispose]() } } // prettier-ignore
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  }
}
