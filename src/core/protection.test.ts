import { expect, it } from 'vitest'
import type { AclBinding } from './acl-binding.ts'
import { denialOf, letWriteCommands, protectionOf, TopicBindings, whoIsDenied } from './protection.ts'

type Resource = AclBinding['resource']
const orders: Resource = { type: 'topic', name: 'orders', pattern: 'literal' }
const prefix: Resource = { type: 'topic', name: 'ord', pattern: 'prefixed' }
const every: Resource = { type: 'topic', name: '*', pattern: 'literal' }

const allow = (principal: string, resource = orders, more: Partial<AclBinding> = {}): AclBinding => ({ resource, principal, host: '*', operation: 'Write', permission: 'Allow', ...more }) // prettier-ignore
const deny = (principal: string, resource = orders, more: Partial<AclBinding> = {}): AclBinding => allow(principal, resource, { permission: 'Deny', ...more }) // prettier-ignore
const own = allow('User:runner', every)

function protection(bindings: readonly AclBinding[], isOpenByDefault = true) {
  return protectionOf('orders', new TopicBindings(bindings), { principal: 'User:runner', isOpenByDefault })
}

it.each<[string, readonly AclBinding[], readonly string[]]>([
  ['by its name', [allow('User:app')], ['User:app']],
  ['by a prefix', [allow('User:app', prefix)], ['User:app']],
  ['as one of all', [allow('User:app', every)], ['User:app']],
  ['of all operations', [allow('User:app', orders, { operation: 'All' })], ['User:app']],
  ['from one host', [allow('User:app', orders, { host: '10.0.0.1' })], ['User:app']],
  ['of other types', [allow('Service:app')], ['Service:app']],
  ['each once', [allow('User:b'), allow('User:a'), allow('User:b', prefix)], ['User:a', 'User:b']],
  ['denied elsewhere', [allow('User:app'), deny('User:app', { ...orders, name: 'other' })], ['User:app']],
  ['denied another operation', [allow('User:app'), deny('User:app', orders, { operation: 'Read' })], ['User:app']],
  ['denied from one host', [allow('User:app'), deny('User:app', orders, { host: '10.0.0.1' })], ['User:app']],
])('who is let in writes beside the runner: %s', (_, bindings, writers) => {
  expect(protection([own, ...bindings])).toEqual({ kind: 'open', writers })
})

it.each<[string, readonly AclBinding[]]>([
  ['nobody is let in', []],
  ['others may read', [allow('User:app', orders, { operation: 'Read' })]],
  ['others may write elsewhere', [allow('User:app', { ...orders, name: 'ord' }), allow('User:app', { ...prefix, name: 'pay' })]], // prettier-ignore
  ['a group of that name', [allow('User:app', { ...orders, type: 'group' })]],
  ['denied by name', [allow('User:app', prefix), denialOf('orders', 'User:app')]],
  ['denied all', [allow('User:app'), deny('User:app', prefix, { operation: 'All' })]],
  ['everybody is denied', [allow('User:app'), deny('User:*')]],
  ['denied from the host that is let in', [allow('User:app', orders, { host: 'h' }), deny('User:app', orders, { host: 'h' })]], // prettier-ignore
])('only the runner writes: %s', (_, bindings) => {
  expect(protection([own, ...bindings])).toEqual({ kind: 'protected' })
})

it('whom everybody is let in with cannot be denied it by name', () => {
  const found = protection([own, allow('User:app'), allow('User:*', prefix)])
  expect(found).toEqual({ kind: 'notPossible', why: expect.stringContaining('ALLOW Write on topics that begin with "ord" is for everybody (User:*)') as string }) // prettier-ignore
  expect(protection([own, deny('User:*'), allow('User:*', prefix)])).toEqual({ kind: 'protected' })
})

it('without an ACL the cluster decides, and what is not known is not taken for protected', () => {
  expect(protection([])).toMatchObject({
    kind: 'notPossible',
    why: expect.stringContaining('no ACL applies') as string,
  })
  expect(protection([], false)).toEqual({ kind: 'protected' })
})

it('denials are told by principal, and taken back by commands for exactly those', () => {
  const [app, both] = [['User:app'], ['User:app', "User:o'ps"]]
  const denied = [
    { topic: 'orders', principals: both },
    { topic: 'payments', principals: app },
    { topic: 'bills', principals: app },
  ]
  expect(whoIsDenied(denied)).toEqual(['User:app on "orders", "payments", "bills"', 'User:o\'ps on "orders"'])
  const many = Array.from({ length: 12 }, (_, index) => ({ topic: `t${index}`, principals: app }))
  expect(whoIsDenied(many)[0]).toMatch(/"t9" and 2 more$/)
  const head = 'kafka-acls.sh --bootstrap-server a:1,b:2 --command-config admin.properties --remove --force'
  expect(letWriteCommands(denied, { bootstrap: ['a:1', 'b:2'] })).toEqual([
    `${head} --deny-principal User:app --deny-principal 'User:o'\\''ps' --operation Write --topic orders`,
    `${head} --deny-principal User:app --operation Write --topic payments --topic bills`,
  ])
})
