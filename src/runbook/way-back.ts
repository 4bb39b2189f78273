import { GeorepError } from '../core/errors.ts'
import { type Outcome, verdictOf } from '../core/outcome.ts'
import { linkBackOf, type LinkPair } from '../engines/engine.ts'
import { isStopped, quoted, type Topics, wantedMirrors } from './mirrors.ts'
import type { Site } from './site.ts'
import type { Observation } from './step.ts'

// What steps have in common that send topics back, on the link that goes the other way.

interface Cancel {
  readonly signal: AbortSignal
}

type Looked<Plan> =
  | { readonly blocked: string }
  /** Mirrors that are not stopped yet. */
  | { readonly open: readonly string[] }
  | LookedBack<Plan>

export interface LookedBack<Plan> {
  readonly pair: LinkPair
  readonly plan: Plan
}

export interface WayBack<Plan> {
  readonly topics: Topics
  /** The link that goes the other way, where there are several. */
  readonly onto: string | undefined
  /** What an engine does not that cannot do it. */
  readonly cannot: string
  /** Of an error when it is blocked. */
  readonly code: 'GR-REVERSE-BLOCKED' | 'GR-RESTORE-BLOCKED'
  readonly planOf: (pair: LinkPair, topics: readonly string[], options: Cancel) => Promise<Plan>
}

/** What will be done once all mirrors that are meant are stopped. */
export async function observeBack<Plan>(
  site: Site,
  way: WayBack<Plan>,
  observationOf: (looked: LookedBack<Plan>) => Observation,
  options: Cancel,
): Promise<Observation> {
  const looked = await look(site, way, options)
  if ('blocked' in looked) return { kind: 'blocked', why: looked.blocked }
  if ('open' in looked) return { kind: 'notDone', what: `would look at them once ${quoted(looked.open)} are STOPPED` }
  return observationOf(looked)
}

/** @throws GeorepError "refused" when something stands in the way of looking, or a mirror is not stopped */
export async function requireBack<Plan>(site: Site, way: WayBack<Plan>, options: Cancel): Promise<LookedBack<Plan>> {
  const looked = await look(site, way, options)
  if ('blocked' in looked) throw new GeorepError('refused', way.code, looked.blocked)
  if ('open' in looked) throw new GeorepError('refused', 'GR-MIRROR-STATE', `${quoted(looked.open)} are not STOPPED`)
  return looked
}

async function look<Plan>(site: Site, way: WayBack<Plan>, options: Cancel): Promise<Looked<Plan>> {
  const { engine } = site
  if (!engine.capabilities.canReverse) return { blocked: `the engine ${engine.name} does not ${way.cannot}` }
  const { mirrors, blocked } = await wantedMirrors(site, way.topics, options)
  if (blocked !== undefined) return { blocked: blocked.why }
  const open = mirrors.filter((one) => !isStopped(one)).map(({ mirrorTopic }) => mirrorTopic)
  if (open.length > 0) return { open }
  const pair = await pairOf(site, way.onto, options)
  if (typeof pair === 'string') return { blocked: pair }
  const named = mirrors.map(({ mirrorTopic }) => mirrorTopic)
  return { pair, plan: await way.planOf(pair, named, options) }
}

/** @throws GeorepError "incomplete" naming the topics that do not go back */
export function requireAllBack(
  outcomes: ReadonlyMap<string, Outcome>,
  code: 'GR-REVERSE-INCOMPLETE' | 'GR-RESTORE-INCOMPLETE',
): void {
  if (verdictOf([...outcomes.values()]) === 'done') return
  const left = [...outcomes].flatMap(([topic, one]) => (one.kind === 'applied' || one.kind === 'unchanged' ? [] : [`"${topic}": ${one.why}`])) // prettier-ignore
  throw new GeorepError('incomplete', code, `not all of it goes back: ${left.join('; ')}`)
}

/** The link with the one that goes the other way; a sentence where that is not one. */
async function pairOf(
  { engine, target }: Pick<Site, 'engine' | 'target'>,
  onto: string | undefined,
  options: Cancel,
): Promise<LinkPair | string> {
  const found = await engine.linksBack(target, options)
  const meant = linkBackOf(target.link, found, onto)
  if (meant !== undefined) return { from: target, onto: meant }
  const way = `from "${target.destination.name}" back to "${target.source.name}"`
  const others = found.length === 0 ? '' : `; there are, for onto: ${quoted(found.map(({ link }) => link.name))}`
  return `there is no link ${onto === undefined ? '' : `"${onto}" `}${way} between clusters of these names, or more than one${others}`
}
