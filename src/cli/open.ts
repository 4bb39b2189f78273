import type { Config } from '../config/load.ts'
import { GeorepError } from '../core/errors.ts'
import { splitLinkName, type LinkEnds } from '../core/link-name.ts'
import { embeddedEngine } from '../engines/embedded/embedded-engine.ts'
import type { LinkClusters, LinkTarget, ReplicationEngine } from '../engines/engine.ts'
import { mm2Engine } from '../engines/mm2/mm2-engine.ts'
import type { Cluster } from '../kafka/cluster.ts'
import type { LinkRecord } from '../links/records.ts'
import { commandLine } from './command-line.ts'
import { connectOf } from './connect-of.ts'
import type { Context } from './context.ts'
import { type FoundLink, LazyClusters, linkNameError, linkOn, searchLink } from './find-link.ts'
import { openClusters, type OpenClusters, openConfig } from './open-clusters.ts'
import type { GlobalOptions } from './wiring.ts'

// The composition root: from georep.yaml to links and the engine that runs them. Nothing here connects before it is asked something.

export interface OpenLinkClusters extends LinkClusters, AsyncDisposable {
  readonly config: Config
}

/** What `link create` was told of the clusters; both or none. */
interface GivenEnds {
  readonly source?: string | undefined
  readonly destination?: string | undefined
}

/**
 * Source and destination of a link that is to be made: by its name, or as they are given where the name does not tell.
 *
 * @throws GeorepError of kind "usage" when that does not tell which clusters they are
 */
export async function openLinkClusters(
  context: Context,
  options: Pick<GlobalOptions, 'config'> & GivenEnds,
  link: string,
): Promise<OpenLinkClusters> {
  const config = await openConfig(options, context)
  const ends = endsOfNewLink(config, link, options)
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
 * Where the name does not split into two clusters of the file, or the link is not where it says, every cluster is asked for a link of that name.
 *
 * @throws GeorepError "usage" or "config" when it is not to be told which link is meant; "unreachable" for the destination; "failed"
 *   GR-LINK-UNKNOWN; "refused" GR-WRONG-CLUSTER when the destination is not the cluster that the link was made with
 */
export async function openLink(
  context: Context,
  options: Pick<GlobalOptions, 'config'>,
  name: string,
): Promise<OpenLink> {
  const config = await openConfig(options, context)
  const split = splitLinkName(name, [...config.clusters.keys()])
  if (split.kind === 'same') throw linkNameError(config, name, split, options)
  const clusters = new LazyClusters(config, context)
  try {
    const { signal } = context
    let found: FoundLink | undefined
    if (split.kind === 'ends') {
      // What the name tells must work, whatever is wrong with other entries of the file.
      await clusters.required(split.source)
      found = await linkOn(await clusters.required(split.destination), name, signal)
    }
    found ??= await searchLink(clusters, name, { split, options, signal })
    const { link, state, destination } = found
    const { clusterId } = await destination.metadata([], { signal })
    if (clusterId !== link.destination.clusterId) throw wrongDestination(link, destination, clusterId)
    const source = await clusters.required(config.clusters.has(link.source.name) || split.kind !== 'ends' ? link.source.name : split.source) // prettier-ignore
    const others = (await clusters.all()).filter((one) => one !== source && one !== destination)
    const connect = await connectOf(link, config, destination.name, context)
    return {
      config,
      target: { link, state, source, destination, others, ...connect },
      engine: engineOf(link),
      [Symbol.asyncDispose]: async () => {
        await clusters[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await clusters[Symbol.asyncDispose]()
    throw error
  }
}

/** The engine that moves the bytes of a link. */
export function engineOf({ engine }: Pick<LinkRecord, 'engine'>): ReplicationEngine {
  return { embedded: embeddedEngine, mm2: mm2Engine }[engine]
}

function endsOfNewLink(config: Config, link: string, options: Pick<GlobalOptions, 'config'> & GivenEnds): LinkEnds {
  const split = splitLinkName(link, [...config.clusters.keys()])
  const { source, destination } = options
  if (source === undefined || destination === undefined) {
    if (split.kind === 'ends') return split
    throw linkNameError(config, link, split, options)
  }
  const usage = (message: string): GeorepError =>
    new GeorepError('usage', 'GR-LINK-ENDS', message, { next: commandLine(options, 'config', 'show') })
  for (const name of [source, destination]) {
    if (!config.clusters.has(name)) throw usage(`cluster "${name}" is not in "${config.file}"`)
  }
  if (source === destination) throw usage(`"${source}" cannot be both source and destination of link "${link}"`)
  if (split.kind === 'ends' && (split.source !== source || split.destination !== destination)) {
    throw usage(`link "${link}" is by its name from "${split.source}" to "${split.destination}", not from "${source}" to "${destination}"`) // prettier-ignore
  }
  return { source, destination }
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
