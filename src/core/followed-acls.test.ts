import { describe, expect, it } from 'vitest'
import type { AclBinding } from './acl-binding.ts'
import type { WrittenAcl } from './acl-compare.ts'
import { isAclFollowed } from './followed-acls.ts'

const binding = (type: 'topic' | 'group', name: string, pattern: 'literal' | 'prefixed' = 'literal'): AclBinding => ({
  resource: { type, name, pattern },
  principal: 'User:app',
  host: '*',
  operation: 'Write',
  permission: 'Allow',
})

function isFollowed(destination: AclBinding | null, opened: readonly string[] = [], is?: WrittenAcl['is']): boolean {
  const written = is === undefined || destination === null ? [] : [{ source: destination, destination, is }]
  return isAclFollowed(['orders*', 'app'], { opened, written })({ source: destination, destination })
}

describe('an ACL is brought over', () => {
  it('by the name that it is about', () => {
    expect(isFollowed(binding('topic', 'orders-eu'))).toBe(true)
    expect(isFollowed(binding('topic', 'bills'))).toBe(false)
    expect(isFollowed(null)).toBe(false)
  })

  it.each([
    ['of another topic', binding('topic', 'orders-us'), true],
    ['of the opened topic', binding('topic', 'orders-eu'), false],
    ['of a prefix that applies to it', binding('topic', 'orders', 'prefixed'), false],
    ['of a group', binding('group', 'app'), false],
  ] as const)('%s, where a topic was opened, or as it was held back', (_, one, expected) => {
    expect(isFollowed(one, ['orders-eu'])).toBe(expected)
    expect(isFollowed(one, ['orders-eu'], 'created')).toBe(expected)
    expect(isFollowed(one, ['orders-eu'], 'held')).toBe(true)
  })
})
