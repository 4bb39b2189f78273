import { GeorepError } from '../../core/errors.ts'
import { LinkState } from '../../links/state.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { openClusters, openConfig } from '../open-clusters.ts'
import type { GlobalOptions } from '../wiring.ts'

type Options = Pick<GlobalOptions, 'config'>

/** The one link of all clusters in the file. @throws GeorepError as `chosenLink` */
export async function onlyLink(options: Options, context: Context): Promise<string> {
  const config = await openConfig(options, context)
  const clusters = [...config.clusters.keys()]
  await using opened = await openClusters(config, clusters, context)
  const silent: string[] = []
  const found = await Promise.all(
    [...opened.clusters.values()].map(async (cluster) => {
      try {
        const state = new LinkState(cluster)
        await state.glance(context)
        return state.links().map(({ name }) => name)
      } catch (error) {
        context.signal.throwIfAborted()
        if (!(error instanceof GeorepError)) throw error
        silent.push(cluster.name)
        return []
      }
    }),
  )
  return chosenLink({ links: found.flat(), file: config.file, clusters, silent }, options)
}

export interface SeenLinks {
  readonly links: readonly string[]
  readonly file: string
  readonly clusters: readonly string[]
  /** Clusters that did not answer: they may hold links, too. */
  readonly silent: readonly string[]
}

/**
 * The only link that can be meant.
 *
 * @throws GeorepError "usage" when there is none or when it may be another one; "unreachable" when none was seen and not every cluster answered
 */
export function chosenLink({ links, file, clusters, silent }: SeenLinks, options: Options): string {
  const [only] = links
  const unseen = silent.length === 0 ? '' : `; not asked, because they do not answer: ${silent.join(', ')}`
  if (only === undefined) {
    const stateNow = `clusters of "${file}": ${clusters.join(', ')}${unseen}`
    if (silent.length > 0) {
      throw new GeorepError('unreachable', 'GR-LINKS-UNSEEN', 'it cannot be told which links there are', {
        stateNow,
        next: commandLine(options, 'drill', '--link', '<source>-<destination>'),
      })
    }
    throw new GeorepError('usage', 'GR-NO-LINK', 'there is no link to practise on', {
      stateNow,
      next: 'georep drill --sandbox --measure-rpo, or georep link create <source>-<destination>',
    })
  }
  if (links.length === 1 && silent.length === 0) return only
  throw new GeorepError('usage', 'GR-WHICH-LINK', 'several links could be meant, and --link names none', {
    stateNow: `links: ${links.join(', ')}${unseen}`,
    next: commandLine(options, 'drill', '--link', only),
  })
}
