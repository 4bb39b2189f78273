import { type Cancel, isSourceOpen, type LinkTarget, type LinkView } from '../engine.ts'
import { reachedOrRefused } from '../reachable.ts'
import { carriedAnyhow } from './carried-anyhow.ts'
import { carriedBesides, unmirroredBesides } from './carried-besides.ts'
import { isExactlyOnce } from './connector.ts'
import { connectorsWithin, linkStateOf } from './connectors-seen.ts'
import { seeMirrors } from './mirror-views.ts'
import { toldByTopics } from './told-by-topics.ts'

/** See `ReplicationEngine.observe`. */
export async function observeLink(target: LinkTarget, options: Cancel): Promise<LinkView> {
  const { state, source, destination, connect } = target
  await state.glance(options)
  const link = state.link(target.link.name) ?? target.link
  if (link.engine !== 'mm2') throw new TypeError(`link "${link.name}" is not of MirrorMaker 2`)
  const records = state.mirrors(link.name)
  // Positions first and the source's ends second, so that a difference below zero cannot come of the order.
  const [seen, answer] = await Promise.all([
    connectorsWithin(connect, link, options),
    reachedOrRefused(source, link, options),
  ])
  const configs = 'why' in seen ? {} : seen.configs
  const [found, told] = await Promise.all([
    seeMirrors({ ...target, link }, records, { seen, isSourceReachable: isSourceOpen(answer) }, options),
    toldByTopics(destination, link, configs.checkpoint, options),
  ])
  const mirrors = found.mirrors.map(({ view }) => view)
  const troubles = found.mirrors.flatMap((mirror) => mirror.troubles.map(({ why }) => why))
  const warnings = [...troubles, ...carriedAnyhow(link, records, seen)]
  const { source: config } = configs
  return {
    link,
    state: linkStateOf(link, seen, mirrors, found.isSourceRead),
    runner: undefined,
    ...answer,
    mirrors,
    unmirrored: 'why' in seen ? [] : unmirroredBesides(carriedBesides(state, link, seen.taskOf.keys()), link),
    connect: {
      url: link.mm2.connectUrl,
      version: 'why' in seen ? undefined : seen.version,
      why: 'why' in seen ? seen.why : undefined,
      isExactlyOnce: config === undefined ? undefined : isExactlyOnce(config),
      connectors: 'why' in seen ? [] : seen.connectors,
      told,
      warnings: [...new Set(warnings)],
    },
  }
}
