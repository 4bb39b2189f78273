import type { Config } from '../config/load.ts'
import { GeorepError } from '../core/errors.ts'
import { totalLoss, whyOf } from '../core/loss.ts'
import { type LinkTarget, type LinkView, type MirrorView, openMirrors } from '../engines/engine.ts'
import type { Cluster } from '../kafka/cluster.ts'
import type { LinkRecord } from '../links/records.ts'
import { LinkState } from '../links/state.ts'
import { connectOf } from './connect-of.ts'
import type { Context } from './context.ts'
import { explained } from './explained.ts'
import { openClusters, openConfig, type OpenClusters } from './open-clusters.ts'
import { engineOf, openLink } from './open.ts'
import { printable } from './printable.ts'
import type { GlobalOptions } from './wiring.ts'

export type ObservedLink =
  | { readonly kind: 'observed'; readonly link: LinkRecord; readonly view: LinkView }
  /** The link is on record, and how it is could not be found out. */
  | { readonly kind: 'unknown'; readonly link: LinkRecord; readonly why: string }

export interface Observed {
  readonly links: readonly ObservedLink[]
  /** Clusters that could not be asked for the links they are the destination of. */
  readonly unasked: readonly { readonly cluster: string; readonly why: string }[]
}

/** Looks closer at a link while its clusters are open. */
export type Look = (target: LinkTarget, view: LinkView) => Promise<void>

/**
 * One link, or without a name every link that has one of the file's clusters as its destination.
 *
 * One link throws as `openLink` does. Of all links, those that could not be asked come back as such: print them, and end with exit 4.
 */
export async function observeLinks(
  context: Context,
  options: Pick<GlobalOptions, 'config'>,
  name: string | undefined,
  look: Look = () => Promise.resolve(),
): Promise<Observed> {
  await using observer = await openObserver(context, options, name)
  return await observer.observe(look)
}

/** Looks as often as it is asked, over connections that stay. */
export interface Observer extends AsyncDisposable {
  /** Throws, and returns, as `observeLinks` does. */
  readonly observe: (look: Look) => Promise<Observed>
}

/** @throws as `openLink` does, of one link; of all, when there is no georep.yaml that is good */
export async function openObserver(
  context: Context,
  options: Pick<GlobalOptions, 'config'>,
  name: string | undefined,
): Promise<Observer> {
  if (name === undefined) return observerOfAll(context, await openConfig(options, context))
  const opened = await openLink(context, options, name)
  return {
    observe: async (look) => {
      const view = await opened.engine.observe(opened.target, { signal: context.signal })
      await look(opened.target, view)
      return { links: [{ kind: 'observed', link: view.link, view }], unasked: [] }
    },
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]()
    },
  }
}

/** As if the links had these mirrors only. */
export function withMirrors({ links, unasked }: Observed, isWanted: (mirror: MirrorView) => boolean): Observed {
  const cut = (one: ObservedLink): ObservedLink =>
    one.kind === 'unknown' ? one : { ...one, view: { ...one.view, mirrors: one.view.mirrors.filter(isWanted) } }
  return { links: links.map(cut), unasked }
}

/** Reasons that stderr gives one by one. */
const toldApart = 20

/** Says on stderr what is missing from the answer. */
export function warnOfUnknown(observed: Observed, { io }: Pick<Context, 'io'>): void {
  const { links, unasked } = observed
  for (const { cluster, why } of unasked) {
    io.err(`warning: links to cluster "${printable(cluster)}" are not known: ${printable(why)}\n`)
  }
  for (const one of links) {
    if (one.kind === 'unknown') io.err(`warning: link "${printable(one.link.name)}": ${printable(one.why)}\n`)
  }
  for (const { link, refusal } of refusals(observed)) {
    io.err(`warning: link "${printable(link)}": the source cannot be asked, and what was known last is shown: ${printable(refusal)}\n`) // prettier-ignore
  }
  for (const { link, why } of unseenRunners(observed)) {
    io.err(`warning: link "${printable(link)}": whether it has a runner is not known: ${printable(why)}\n`)
  }
  const unread = unreadMirrors(observed)
  for (const { link, topic, why } of unread.slice(0, toldApart)) {
    io.err(
      `warning: link "${printable(link)}": the lag of mirror "${printable(topic)}" is not known: ${printable(why)}\n`,
    )
  }
  const more = unread.length - toldApart
  if (more > 0) io.err(`warning: and of ${more.toString()} more mirrors, all of which -o json tells with the reason\n`)
}

export function isIncomplete(observed: Observed): boolean {
  const { links, unasked } = observed
  return unasked.length > 0 || links.some(({ kind }) => kind === 'unknown') || refusals(observed).length > 0 || unseenRunners(observed).length > 0 || unreadMirrors(observed).length > 0 // prettier-ignore
}

/** Sources that answer, and cannot be asked. */
function refusals({ links }: Observed): readonly { readonly link: string; readonly refusal: string }[] {
  return links.flatMap((one) =>
    one.kind === 'unknown' || one.view.sourceRefusal === undefined
      ? []
      : [{ link: one.link.name, refusal: one.view.sourceRefusal }],
  )
}

/** Links of which it could not be seen whether a runner carries them. */
function unseenRunners({ links }: Observed): readonly { readonly link: string; readonly why: string }[] {
  return links.flatMap((one) =>
    one.kind === 'unknown' || one.view.runnerUnknown === undefined
      ? []
      : [{ link: one.link.name, why: one.view.runnerUnknown }],
  )
}

/** Mirrors of which a cluster that answers did not tell an end: a topic is denied, or not there. */
function unreadMirrors({
  links,
}: Observed): readonly { readonly link: string; readonly topic: string; readonly why: string }[] {
  return links.flatMap((one) =>
    one.kind === 'unknown'
      ? []
      : openMirrors(one.view.mirrors).flatMap((mirror) => {
          const why = whyLagUnread(mirror)
          return why === undefined ? [] : [{ link: one.link.name, topic: mirror.record.mirrorTopic, why }]
        }),
  )
}

/** Undefined also where nobody was asked. */
export function whyLagUnread({ partitions }: MirrorView): string | undefined {
  return whyOf(totalLoss(partitions.map(({ loss }) => loss)))
}

function observerOfAll(context: Context, config: Config): Observer {
  const { signal } = context
  const opened = new Map<string, OpenClusters | string>()
  const states = new Map<Cluster, LinkState>()
  const clusterNamed = (name: string): Cluster | string => {
    const found = opened.get(name) ?? `cluster "${name}" is not in "${config.file}"`
    return typeof found === 'string' ? found : (found.clusters.get(name) ?? `cluster "${name}" was not opened`)
  }
  const stateOf = (destination: Cluster): LinkState => {
    const state = states.get(destination) ?? new LinkState(destination)
    states.set(destination, state)
    return state
  }
  return {
    observe: async (look) => {
      for (const name of config.clusters.keys()) {
        // What its entry refers to may be there by now.
        if (typeof (opened.get(name) ?? '') !== 'string') continue
        opened.set(name, await whyOr(openClusters(config, [name], context), signal))
      }
      const answers = await Promise.all(
        [...config.clusters.keys()].map(async (name) => {
          const destination = clusterNamed(name)
          const links = typeof destination === 'string' ? destination : await whyOr(linksTo(stateOf(destination), clusterNamed, look, { config, context }), signal) // prettier-ignore
          return { cluster: name, links }
        }),
      )
      const links = answers.flatMap((answer) => (typeof answer.links === 'string' ? [] : answer.links))
      return {
        links: withoutTwins(links),
        unasked: answers.flatMap(({ cluster, links: why }) => (typeof why === 'string' ? [{ cluster, why }] : [])),
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const one of opened.values()) if (typeof one !== 'string') await one[Symbol.asyncDispose]()
    },
  }
}

async function linksTo(
  state: LinkState,
  clusterNamed: (name: string) => Cluster | string,
  look: Look,
  { config, context }: { readonly config: Config; readonly context: Context },
): Promise<readonly ObservedLink[]> {
  const { cluster: destination } = state
  const { signal } = context
  await state.glance({ signal })
  return await Promise.all(
    state.links().map(async (link): Promise<ObservedLink> => {
      const source = clusterNamed(link.source.name)
      if (typeof source === 'string') return { kind: 'unknown', link, why: source }
      const seen = async (): Promise<LinkView> => {
        const target = {
          link,
          state,
          source,
          destination,
          ...(await connectOf(link, config, destination.name, context)),
        }
        const view = await engineOf(link).observe(target, { signal })
        await look(target, view)
        return view
      }
      const view = await whyOr(seen(), signal)
      return typeof view === 'string' ? { kind: 'unknown', link, why: view } : { kind: 'observed', link, view }
    }),
  )
}

/** Two names of the file may stand for one cluster: its links are told once, rather where they could be looked at. */
function withoutTwins(links: readonly ObservedLink[]): readonly ObservedLink[] {
  const byKey = new Map<string, ObservedLink>()
  for (const one of links) {
    const key = `${one.link.destination.clusterId}/${one.link.name}`
    if (byKey.get(key)?.kind !== 'observed') byKey.set(key, one)
  }
  return [...byKey.values()].toSorted((a, b) => (a.link.name < b.link.name ? -1 : 1))
}

/** What was asked for, or why it could not be had. What is no failure of a cluster or the file is thrown on. */
export async function whyOr<T>(asked: Promise<T>, signal: AbortSignal): Promise<T | string> {
  const answer = await failureOr(asked, signal)
  return answer instanceof GeorepError ? failureText(answer) : answer
}

/** The same, with the failure itself. */
export async function failureOr<T>(asked: Promise<T>, signal: AbortSignal): Promise<T | GeorepError> {
  try {
    return await asked
  } catch (thrown) {
    signal.throwIfAborted()
    const error = explained(thrown)
    if (!(error instanceof GeorepError)) throw error
    return error
  }
}

export function failureText({ message, stateNow }: GeorepError): string {
  return stateNow === undefined ? message : `${message} (${stateNow})`
}
