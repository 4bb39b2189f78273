import { clusterSettings } from '../config/cluster-settings.ts'
import type { Config } from '../config/load.ts'
import { GeorepError, messageOf } from '../core/errors.ts'
import type { LinkNameSplit } from '../core/link-name.ts'
import { Cluster } from '../kafka/cluster.ts'
import type { ClusterSettings } from '../kafka/settings.ts'
import type { LinkRecord } from '../links/records.ts'
import { LinkState } from '../links/state.ts'
import { commandLine } from './command-line.ts'
import type { Context } from './context.ts'
import { explained } from './explained.ts'
import type { GlobalOptions } from './wiring.ts'

/** The clusters of the file, each made when it is asked for and then kept. None is connected to before it is asked something. */
export class LazyClusters implements AsyncDisposable {
  readonly config: Config
  readonly #context: Context
  readonly #made = new Map<string, Cluster>()

  constructor(config: Config, context: Context) {
    this.config = config
    this.#context = context
  }

  /** @throws GeorepError "config" when it is not in the file, or something of its entry is missing */
  async required(name: string): Promise<Cluster> {
    const made = this.#made.get(name)
    if (made !== undefined) return made
    if (!this.config.clusters.has(name)) {
      throw new GeorepError('config', 'GR-CLUSTER-UNKNOWN', `cluster "${name}" is not in "${this.config.file}"`)
    }
    const renewed = async (): Promise<ClusterSettings> => await clusterSettings(this.config, name, this.#context)
    const cluster = new Cluster(await renewed(), { wait: this.#context.time.wait, renewed })
    this.#made.set(name, cluster)
    return cluster
  }

  /** All whose entries are complete. */
  async all(): Promise<readonly Cluster[]> {
    const found: Cluster[] = []
    for (const name of this.config.clusters.keys()) {
      try {
        found.push(await this.required(name))
      } catch (error) {
        if (!(error instanceof GeorepError)) throw error
      }
    }
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#made.values()].map(async (cluster) => { await cluster[Symbol.asyncDispose]() })) // prettier-ignore
  }
}

export interface FoundLink {
  readonly link: LinkRecord
  readonly state: LinkState
  readonly destination: Cluster
}

/** The link of that name on the cluster that would be its destination. */
export async function linkOn(destination: Cluster, name: string, signal: AbortSignal): Promise<FoundLink | undefined> {
  const state = new LinkState(destination)
  await state.glance({ signal })
  // What was written a moment ago may be missing from a glance: before it is said that there is no link, all is read.
  if (state.link(name) === undefined) await state.refresh({ signal, link: name })
  const link = state.link(name)
  return link === undefined ? undefined : { link, state, destination }
}

/**
 * The link of that name, wherever it is kept.
 *
 * @throws GeorepError "usage" when several clusters keep one, or none does and the name does not tell where it should be; "failed" when it is not
 *   where the name says; "unreachable" when it was not found, and not every cluster could be asked
 */
export async function searchLink(
  clusters: LazyClusters,
  name: string,
  {
    split,
    options,
    signal,
  }: {
    readonly split: LinkNameSplit
    readonly options: Pick<GlobalOptions, 'config'>
    readonly signal: AbortSignal
  },
): Promise<FoundLink> {
  const answers = await Promise.all(
    (await clusters.all()).map(async (cluster): Promise<FoundLink | string | undefined> => {
      try {
        return await linkOn(cluster, name, signal)
      } catch (thrown) {
        signal.throwIfAborted()
        const error = explained(thrown)
        if (!(error instanceof GeorepError)) throw error
        return `"${cluster.name}" (${messageOf(error)})`
      }
    }),
  )
  // Two names of the file may stand for one cluster; the one that the link was made with goes first.
  const byId = new Map<string, FoundLink>()
  for (const answer of answers) {
    if (answer === undefined || typeof answer === 'string') continue
    const { clusterId, name: made } = answer.link.destination
    if (!byId.has(clusterId) || answer.destination.name === made) byId.set(clusterId, answer)
  }
  const [found, ...more] = byId.values()
  if (found !== undefined && more.length === 0) return found
  if (found !== undefined) {
    const names = [found, ...more].map(({ link }) => `"${link.destination.name}"`)
    throw new GeorepError('usage', 'GR-LINK-AMBIGUOUS', `several clusters keep a link "${name}": ${names.join(', ')}`, {
      next: 'use a georep.yaml (--config) that names the clusters of one of them only',
    })
  }
  const silent = answers.filter((answer) => typeof answer === 'string')
  const unasked = silent.length === 0 ? {} : { stateNow: `not asked: ${silent.join(', ')}` }
  if (split.kind === 'ends') {
    const message = `there is no link "${name}" on its destination, cluster "${split.destination}"`
    throw new GeorepError('failed', 'GR-LINK-UNKNOWN', message, {
      ...unasked,
      next: commandLine(options, 'link', 'create', name),
    })
  }
  if (silent.length === 0) throw linkNameError(clusters.config, name, split, options)
  const message = `link "${name}" was not found, and not every cluster could be asked`
  throw new GeorepError('unreachable', 'GR-LINK-UNSEEN', message, {
    ...unasked,
    next: commandLine(options, 'link', 'list'),
  })
}

/** For a name that does not tell two clusters, and belongs to no link. */
export function linkNameError(
  config: Config,
  link: string,
  split: Exclude<LinkNameSplit, { readonly kind: 'ends' }>,
  options: Pick<GlobalOptions, 'config'>,
): GeorepError {
  const names = [...config.clusters.keys()]
  const usage = (message: string): GeorepError =>
    new GeorepError('usage', 'GR-LINK-NAME', message, {
      stateNow: `"${config.file}" names ${names.join(', ')}; a link is named <source>-<destination>, or made with --source and --destination`,
      next: commandLine(options, 'config', 'show'),
    })
  switch (split.kind) {
    case 'unknown':
      return usage(`link "${link}" does not name two clusters of the file`)
    case 'same':
      return usage(`link "${link}" names cluster "${split.cluster}" on both sides`)
    case 'ambiguous': {
      const readings = split.splits.map(({ source, destination }) => `"${source}" to "${destination}"`)
      return usage(`link "${link}" can be read in several ways: ${readings.join(', ')}`)
    }
  }
}
