import { appliesTo, bindingKey } from './acl-binding.ts'
import type { AclRow, WrittenAcl } from './acl-compare.ts'
import { isAclNamed } from './acl-filter.ts'

/**
 * Which ACLs are brought over without being asked about each. Of those that apply to a topic that was opened, and of groups and ids once one was, only what
 * was held back until then: the source says no more what clients may do there, and what it loses when it is put away must not be taken from them.
 */
export function isAclFollowed(
  resources: readonly string[],
  { opened, written }: { readonly opened: readonly string[]; readonly written: readonly WrittenAcl[] },
): (row: Pick<AclRow, 'source' | 'destination'>) => boolean {
  const isNamed = isAclNamed({ resources })
  const held = new Set(written.filter(({ is }) => is === 'held').map(({ destination }) => bindingKey(destination)))
  return (row) => {
    const { destination } = row
    if (destination === null || !isNamed(row)) return false
    const { resource } = destination
    const isOpened = opened.some((topic) => resource.type !== 'topic' || appliesTo(resource, topic))
    return !isOpened || held.has(bindingKey(destination))
  }
}
