import { LinkState } from '../../../links/state.ts'
import type { Cancel, LinkTarget } from '../../engine.ts'
import { isReachable } from '../../reachable.ts'

/** See `ReplicationEngine.linksBack`. By the ids of the clusters; links back are kept on the source. */
export async function linksBack(
  { link, source, destination, others }: LinkTarget,
  options: Cancel,
): Promise<readonly LinkTarget[]> {
  await isReachable(source, link, options)
  const state = new LinkState(source)
  await state.refresh(options)
  return state
    .links()
    .filter(
      (one) =>
        one.engine === link.engine &&
        one.source.clusterId === link.destination.clusterId &&
        one.destination.clusterId === link.source.clusterId,
    )
    .map((one) => ({
      link: one,
      state,
      source: destination,
      destination: source,
      ...(others === undefined ? {} : { others }),
    }))
}
