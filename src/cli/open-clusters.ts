import { clusterSettings } from '../config/cluster-settings.ts'
import { loadConfig, type Config } from '../config/load.ts'
import { Cluster } from '../kafka/cluster.ts'
import type { Context } from './context.ts'
import type { GlobalOptions } from './wiring.ts'

// From georep.yaml to clusters, for verbs that know of no link: they do not load what runs one.

/** georep.yaml, by `--config` or by search. @throws GeorepError of kind "config" */
export async function openConfig(options: Pick<GlobalOptions, 'config'>, context: Context): Promise<Config> {
  return await loadConfig(options.config, context)
}

export interface OpenClusters extends AsyncDisposable {
  readonly clusters: ReadonlyMap<string, Cluster>
}

/** The named clusters of the file. Not connected yet: that one of them is dead shows when it is asked something. */
export async function openClusters(config: Config, names: readonly string[], context: Context): Promise<OpenClusters> {
  const settings = await Promise.all(
    [...new Set(names)].map(async (name) => await clusterSettings(config, name, context)),
  )
  const clusters = new Map(settings.map((one) => [one.name, new Cluster(one, { wait: context.time.wait })]))
  return {
    clusters,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...clusters.values()].map(async (cluster) => { await cluster[Symbol.asyncDispose]() })) // prettier-ignore
    },
  }
}
