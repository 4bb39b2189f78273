import { expect, it } from 'vitest'
import type { AclBinding } from '../../core/acl-binding.ts'
import { ownAclsBy } from './own-acls.ts'

// What test/cluster/acls.test.ts sees a real MirrorMaker do.

const carried = [{ sourceTopic: 'orders', mirrorTopic: 'east.orders' }]
const read: AclBinding = {
  resource: { type: 'topic', name: 'orders', pattern: 'literal' },
  principal: 'User:app',
  host: '*',
  operation: 'Read',
  permission: 'Allow',
}
const { copyOf } = ownAclsBy({ 'sync.topic.acls.interval.seconds': '60' }, carried)
const renamed = { ...read.resource, name: 'east.orders' }

it.each<[string, Partial<AclBinding>, Partial<AclBinding>]>([
  ['Read', {}, {}],
  ['a denial of Write', { operation: 'Write', permission: 'Deny' }, { operation: 'Write', permission: 'Deny' }],
  ['All, as Read', { operation: 'All' }, { operation: 'Read' }],
  ['a denial of All', { operation: 'All', permission: 'Deny' }, { operation: 'All', permission: 'Deny' }],
  ['Delete', { operation: 'Delete' }, { operation: 'Delete' }],
])('copies %s', (_, from, to) => {
  expect(copyOf({ ...read, ...from })).toEqual({ kind: 'copies', to: { ...read, ...to, resource: renamed } })
})

it.each<[string, Partial<AclBinding>]>([
  ['Write', { operation: 'Write' }],
  ['prefixes', { resource: { type: 'topic', name: 'ord', pattern: 'prefixed' } }],
  ['what it does not carry', { resource: { type: 'topic', name: 'sales', pattern: 'literal' } }],
  ['every topic', { resource: { type: 'topic', name: '*', pattern: 'literal' } }],
  ['groups', { resource: { type: 'group', name: 'orders', pattern: 'literal' } }],
  ['transactional ids', { resource: { type: 'transactionalId', name: 'orders', pattern: 'literal' } }],
])('leaves out %s', (_, from) => {
  expect(copyOf({ ...read, ...from }).kind).toBe('leavesOut')
})

it('copies none where it is told not to, and says how often it looks', () => {
  const off = ownAclsBy({ 'sync.topic.acls.enabled': 'false' }, carried)
  expect(off.copyOf(read)).toEqual({ kind: 'leavesOut', why: 'sync.topic.acls.enabled is false' })
  expect(off.everyMs).toBe(600_000)
  expect(ownAclsBy({ 'sync.topic.acls.interval.seconds': '60' }, carried).everyMs).toBe(60_000)
})
