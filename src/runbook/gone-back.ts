import type { MirrorRecord } from '../links/records.ts'
import { isStopped } from './mirrors.ts'
import type { Site } from './site.ts'

/**
 * Stopped mirrors whose topics have gone the way back: the old source is the mirror by now, and what comes to it is carried there by a runner that has to
 * write. By their topics on the destination, with the link that carries them. Asks the source for its links, and nobody where no mirror is stopped.
 */
export async function goneBack(
  { engine, target }: Pick<Site, 'engine' | 'target'>,
  mirrors: readonly MirrorRecord[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const stopped = mirrors.filter(isStopped)
  if (stopped.length === 0 || !engine.capabilities.canReverse) return new Map()
  const back = await engine.linksBack(target, options)
  return new Map(
    stopped.flatMap(({ sourceTopic, mirrorTopic }) => {
      const carried = back.find(({ link, state }) => {
        const mirror = state.mirror(link.name, sourceTopic)
        return mirror?.sourceTopic === mirrorTopic && !isStopped(mirror)
      })
      return carried === undefined ? [] : [[mirrorTopic, carried.link.name] as const]
    }),
  )
}

/** For a sentence: `"orders" (on link "west-east")`. */
export function goneBackText(gone: ReadonlyMap<string, string>): string {
  return [...gone].map(([topic, link]) => `"${topic}" (on link "${link}")`).join(', ')
}
