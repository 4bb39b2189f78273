import { resolve } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import { salvagePlaceFrom, salvageTopicOf } from '../../core/salvage-place.ts'
import { salvageTopic } from '../../engines/embedded/back/salvage-topic.ts'
import type { SalvageStore } from '../../engines/engine.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import type { Context } from '../context.ts'
import { salvageFolder } from './salvage-folder.ts'

type Deps = Pick<Context, 'cwd' | 'newId' | 'time'>

/**
 * Where `--salvage` says: a folder, or a topic on the destination of the link, which is written to, or goes on. What is beside the records is in files either
 * way: with a topic in a folder of its name, where the command runs.
 *
 * @param said as it was typed
 * @throws GeorepError "config" GR-SALVAGE-NAME when it says a topic, and no name
 */
export function salvageStore(said: string, destination: Cluster, deps: Deps): SalvageStore {
  const place = salvagePlaceFrom(said)
  if (place === undefined) throw new GeorepError('config', 'GR-SALVAGE-NAME', `"${said}" is neither a folder nor topic:<name>`, { stateNow: 'nothing was changed' }) // prettier-ignore
  if (place.kind === 'folder') return salvageFolder(resolve(deps.cwd, place.folder), deps)
  const nameOf = (topic: string): string => salvageTopicOf(place.template, topic)
  const records = salvageTopic(destination, nameOf, deps)
  const beside = (topic: string): SalvageStore => salvageFolder(resolve(deps.cwd, nameOf(topic)), deps, nameOf(topic))
  return {
    look: async (about, options) => {
      await records.look(about, options)
      await beside(about.topic).look(about, options)
    },
    open: async (about, options) => {
      // The topic first: what would be refused is known before a file is made.
      const { write, read } = await records.open(about, options)
      const { keep, verified } = await beside(about.topic).open(about, options)
      return { keep, write, read, verified }
    },
  }
}

/** For whoever reads where it is: a folder as it is, whole, and a topic as it was said; null of none. */
export function salvageText(said: string | undefined, cwd: string): string | null {
  if (said === undefined) return null
  const place = salvagePlaceFrom(said)
  return place?.kind === 'folder' ? resolve(cwd, place.folder) : said
}
