import type { MirrorRecord } from '../links/records.ts'
import { isStopped } from './mirrors.ts'
import type { Site } from './site.ts'

/** What has become of a mirror that was stopped, on the link that goes the other way. */
export interface GoneBack {
  readonly link: string
  /** That was switched as well, and later: clients write to the old source, and what this link's mirrors hold is old. */
  readonly isOpened: boolean
}

/**
 * Stopped mirrors whose topics have gone the way back: the old source is the mirror by now, and what comes to it is carried there by a runner that has to
 * write; or was switched back to. By their topics on the destination. Asks the source for its links, and nobody where no mirror is stopped.
 */
export async function goneBack(
  { engine, target }: Pick<Site, 'engine' | 'target'>,
  mirrors: readonly MirrorRecord[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, GoneBack>> {
  const stopped = mirrors.filter(isStopped)
  if (stopped.length === 0 || !engine.capabilities.canReverse) return new Map()
  const back = await engine.linksBack(target, options)
  return new Map(
    stopped.flatMap((record) => {
      const { sourceTopic, mirrorTopic } = record
      return back.flatMap(({ link, state }): readonly (readonly [string, GoneBack])[] => {
        const mirror = state.mirror(link.name, sourceTopic)
        if (mirror?.sourceTopic !== mirrorTopic) return []
        const gone: GoneBack = { link: link.name, isOpened: isStopped(mirror) }
        return !gone.isOpened || isStoppedLater(mirror, record) ? [[mirrorTopic, gone]] : []
      })
    }),
  )
}

/** Offsets are the same there and back, and go on only: the later switch is the one at the further end. Where none was written between them the clocks tell. */
function isStoppedLater(
  { state: one }: Pick<MirrorRecord, 'state'>,
  { state: other }: Pick<MirrorRecord, 'state'>,
): boolean {
  if (one.state !== 'STOPPED' || other.state !== 'STOPPED') return false
  const apart = one.ends.map((end, partition) => end - (other.ends[partition] ?? 0n)).find((by) => by !== 0n)
  return apart === undefined ? one.at > other.at : apart > 0n
}

/** For a sentence: `"orders" (on link "west-east")`. */
export function goneBackText(gone: ReadonlyMap<string, GoneBack>): string {
  return [...gone].map(([topic, { link: name, isOpened }]) => `"${topic}" (on link "${name}"${isOpened ? ', which was switched as well' : ''})`).join(', ') // prettier-ignore
}
