import { clusterSettings } from '../config/cluster-settings.ts'
import { loadConfig, type Config } from '../config/load.ts'
import { GeorepError } from '../core/errors.ts'
import { splitLinkName, type LinkEnds } from '../core/link-name.ts'
import { embeddedEngine } from '../engines/embedded/embedded-engine.ts'
import type { LinkClusters, LinkTarget, ReplicationEngine } from '../engines/engine.ts'
import { Cluster } from '../kafka/cluster.ts'
import type { LinkRecord } from '../links/records.ts'
import { LinkState } from '../links/state.ts'
import { commandLine } from './command-line.ts'
import type { Context } from './context.ts'
import type { GlobalOptions } from './wiring.ts'

// The composition root: from georep.yaml to clusters, links and the engine that runs them. Nothing here connects before it is asked something.

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

export interface OpenLinkClusters extends LinkClusters, AsyncDisposable {
  readonly config: Config
}

/** Source and destination of a link, by its name. @throws GeorepError of kind "usage" when the name does not tell which clusters they are */
export async function openLinkClusters(
  context: Context,
  options: Pick<GlobalOptions, 'config'>,
  link: string,
): Promise<OpenLinkClusters> {
  const config = await openConfig(options, context)
  const ends = linkEnds(config, link, options)
  const opened = await openClusters(config, [ends.source, ends.destination], context)
  return {
    config,
    source: clusterOf(opened, ends.source),
    destination: clusterOf(opened, ends.destination),
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]()
    },
  }
}

export interface OpenLink extends AsyncDisposable {
  readonly config: Config
  readonly target: LinkTarget
  readonly engine: ReplicationEngine
}

/**
 * A link that exists, its state read from the destination. The source is not asked, and may be dead.
 *
 * @throws GeorepError "usage" or "config" before anybody is contacted; "unreachable" for the destination; "failed" GR-LINK-UNKNOWN; "refused"
 *   GR-WRONG-CLUSTER when the destination is not the cluster that the link was made with
 */
export async function openLink(
  context: Context,
  options: Pick<GlobalOptions, 'config'>,
  name: string,
): Promise<OpenLink> {
  const opened = await openLinkClusters(context, options, name)
  try {
    const { config, source, destination } = opened
    const { signal } = context
    const state = new LinkState(destination)
    await state.glance({ signal })
    // What was written a moment ago may be missing from a glance: before it is said that there is no link, all is read.
    if (state.link(name) === undefined) await state.refresh({ signal, link: name })
    const link = state.link(name)
    if (link === undefined) {
      throw new GeorepError(
        'failed',
        'GR-LINK-UNKNOWN',
        `there is no link "${name}" on its destination, cluster "${destination.name}"`,
        { next: commandLine(options, 'link', 'create', name) },
      )
    }
    const { clusterId } = await destination.metadata([], { signal })
    if (clusterId !== link.destination.clusterId) throw wrongDestination(link, destination, clusterId)
    return {
      config,
      target: { link, state, source, destination },
      engine: engineOf(link),
      [Symbol.asyncDispose]: async () => {
        await opened[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  }
}

/** The engine that moves the bytes of a link. */
export function engineOf({ engine }: Pick<LinkRecord, 'engine'>): ReplicationEngine {
  return { embedded: embeddedEngine }[engine]
}

function linkEnds(config: Config, link: string, options: Pick<GlobalOptions, 'config'>): LinkEnds {
  const names = [...config.clusters.keys()]
  const split = splitLinkName(link, names)
  const usage = (message: string): GeorepError =>
    new GeorepError('usage', 'GR-LINK-NAME', message, {
      stateNow: `"${config.file}" names ${names.join(', ')}; a link is named <source>-<destination>`,
      next: commandLine(options, 'config', 'show'),
    })
  switch (split.kind) {
    case 'ends':
      return split
    case 'unknown':
      throw usage(`link "${link}" does not name two clusters of the file`)
    case 'same':
      throw usage(`link "${link}" names cluster "${split.cluster}" on both sides`)
    case 'ambiguous': {
      const readings = split.splits.map(({ source, destination }) => `"${source}" to "${destination}"`)
      throw usage(`link "${link}" can be read in several ways: ${readings.join(', ')}`)
    }
  }
}

function clusterOf({ clusters }: OpenClusters, name: string): Cluster {
  const cluster = clusters.get(name)
  if (cluster === undefined) throw new TypeError(`cluster "${name}" was not opened`)
  return cluster
}

function wrongDestination(link: LinkRecord, destination: Cluster, clusterId: string): GeorepError {
  return new GeorepError(
    'refused',
    'GR-WRONG-CLUSTER',
    `cluster "${destination.name}" is not the destination that link "${link.name}" was made with`,
    {
      stateNow: `it has the id ${clusterId}, the link was made with ${link.destination.clusterId}; nothing was changed`,
      next: `check the bootstrap entry of cluster "${destination.name}" in georep.yaml`,
    },
  )
}
