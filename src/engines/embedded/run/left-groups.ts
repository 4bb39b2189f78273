import { stateKey, type StateRecord } from '../../../links/records.ts'
import type { LeftGroupsRecord } from '../../../links/runner-notes.ts'
import type { LinkState } from '../../../links/state.ts'

/** A name has up to 249 bytes, and a record is to stay far below what a broker takes. */
const maxNames = 500

/** What is to be written down of the groups that were left alone; empty where the state says so already. */
export function leftGroupsRecords(
  state: Pick<LinkState, 'leftGroups'>,
  link: string,
  active: readonly string[],
  now: Date,
): ReadonlyMap<string, StateRecord | null> {
  const key = stateKey.leftGroups(link)
  const before = state.leftGroups(link)
  if (active.length === 0) return new Map(before === undefined ? [] : [[key, null]])
  const groups = active.toSorted().slice(0, maxNames)
  const record: LeftGroupsRecord = { v: 1, kind: 'leftgroups', groups, count: active.length, at: now.toISOString() }
  return isSame(before, record) ? new Map() : new Map([[key, record]])
}

function isSame(before: LeftGroupsRecord | undefined, now: LeftGroupsRecord): boolean {
  return before?.count === now.count && before.groups.every((group, index) => group === now.groups[index])
}
