import { canaryNames } from './canary-names.ts'
import type { DrillSite } from './site.ts'

/** What drills have made on clusters that stay, and not taken away. Another one may be at work on it still. */
export interface LeftCanary {
  readonly topic: string
  /** The clusters that have a topic of that name. */
  readonly on: readonly string[]
  /** The link mirrors it. */
  readonly isMirrored: boolean
}

const prefix = canaryNames('').topic

/** Looks for canaries of drills before this one, which has made none yet: one that was killed takes nothing away. */
export async function leftCanaries(
  { target }: Pick<DrillSite, 'target'>,
  options: { readonly signal: AbortSignal },
): Promise<readonly LeftCanary[]> {
  const { source, destination, state, link } = target
  const on = new Map<string, readonly string[]>()
  for (const cluster of [source, destination]) {
    const { topics } = await cluster.metadata('all', options)
    for (const name of topics.keys()) if (name.startsWith(prefix)) on.set(name, [...(on.get(name) ?? []), cluster.name])
  }
  const mirrored = state.mirrors(link.name).map(({ mirrorTopic }) => mirrorTopic).filter((topic) => topic.startsWith(prefix)) // prettier-ignore
  const names = [...new Set([...on.keys(), ...mirrored])].sort()
  return names.map((topic) => ({ topic, on: on.get(topic) ?? [], isMirrored: mirrored.includes(topic) }))
}
