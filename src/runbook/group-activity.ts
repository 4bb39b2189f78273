import { z } from 'zod'
import { matcherFromGlobs } from '../core/glob.ts'
import { isConsumerGroup, listGroups } from '../kafka/groups.ts'
import { isIdle } from '../links/group-sync.ts'
import type { Site } from './site.ts'

/** Which groups a step is about: on a side of the link; those of the link unless globs are given. */
export const groupFields = {
  side: z.enum(['source', 'destination']),
  groups: z.array(z.string().min(1)).min(1).optional(),
}

export interface GroupsAsked {
  readonly side: 'source' | 'destination'
  readonly groups?: readonly string[] | undefined
}

/** `groups "orders-*" on the source`. */
export function groupsText({ side, groups }: GroupsAsked): string {
  const which = groups === undefined ? "the link's groups" : `groups ${groups.map((one) => `"${one}"`).join(', ')}`
  return `${which} on the ${side}`
}

export interface Activity {
  /** With members. */
  readonly active: readonly string[]
  readonly idle: readonly string[]
}

export async function groupActivity(
  { target }: Site,
  asked: GroupsAsked,
  options: { readonly signal: AbortSignal },
): Promise<Activity> {
  const isWanted = matcherFromGlobs(asked.groups ?? target.link.groups)
  const listed = (await listGroups(target[asked.side], options)).filter((one) => isConsumerGroup(one) && isWanted(one.group)) // prettier-ignore
  const names = (isWantedIdle: boolean): readonly string[] =>
    listed
      .filter(({ state }) => isIdle(state) === isWantedIdle)
      .map(({ group }) => group)
      .toSorted()
  return { active: names(false), idle: names(true) }
}
