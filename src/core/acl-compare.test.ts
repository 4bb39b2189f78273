import { expect, it } from 'vitest'
import { type AclBinding, type AclPattern, bindingKey, bindingText, type BoundOperation } from './acl-binding.ts'
import { compareAcls, type OthersAcl, type OwnAcls, type SourceAcls, type WrittenAcl } from './acl-compare.ts'
import type { AclScope } from './acl-scope.ts'

const literal = (type: AclPattern['type'], name: string): AclPattern => ({ type, name, pattern: 'literal' })
const prefixed = (type: AclPattern['type'], name: string): AclPattern => ({ type, name, pattern: 'prefixed' })
const topic = (name: string): AclPattern => literal('topic', name)
const allow = (operation: BoundOperation, resource: AclPattern, principal = 'User:app'): AclBinding => ({ resource, principal, host: '*', operation, permission: 'Allow' }) // prettier-ignore
const deny = (...of: Parameters<typeof allow>): AclBinding => ({ ...allow(...of), permission: 'Deny' })

const scope: AclScope = {
  mirrors: [{ sourceTopic: 'orders', mirrorTopic: 'orders' }],
  closedTopics: ['orders'],
  groups: ['billing-*'],
  ownPrincipal: 'User:georep',
  ownDenials: { source: new Set<string>(), destination: new Set<string>() },
  fencedTopics: new Set(),
}
const opened: AclScope = { ...scope, closedTopics: [] }

function compared(
  source: readonly AclBinding[] | 'dead',
  destination: readonly AclBinding[],
  more: {
    readonly scope?: AclScope
    readonly written?: readonly WrittenAcl[]
    readonly others?: readonly OthersAcl[]
    readonly own?: OwnAcls
  } = {},
): ReturnType<typeof compareAcls> & { readonly lines: readonly string[] } {
  const seen: SourceAcls = source === 'dead' ? { seen: 'written' } : { seen: 'now', bindings: source }
  const found = compareAcls({ source: seen, destination, scope: more.scope ?? scope, written: more.written ?? [], others: more.others ?? [], own: more.own }) // prettier-ignore
  const lines = found.rows.map(({ fate, source: from, destination: to, madeBy }) => [fate, ...(to === null ? [] : [bindingText(to)]), ...(to === null && from !== null ? [`(${bindingText(from)})`] : []), ...(madeBy === null ? [] : [`by ${madeBy}`])].join(' ')) // prettier-ignore
  return { ...found, lines }
}

it('what reads is created at once, and what would change a mirror is held back until it is opened', () => {
  const source = [allow('Read', topic('orders')), allow('Write', topic('orders')), allow('All', topic('orders'), 'User:ops'), allow('Read', topic('other'))] // prettier-ignore
  const { lines, rows, outside } = compared(source, [])
  expect(lines).toEqual(['create ALLOW Read on topic "orders"', 'held ALLOW Write on topic "orders"', 'held ALLOW All on topic "orders"']) // prettier-ignore
  expect(rows[1]?.why).toBe('mirrored still: "orders"')
  expect(outside).toEqual({ source: 1, destination: 0 })
  expect(compared(source, [], { scope: opened }).lines).toEqual([
    'create ALLOW Read on topic "orders"',
    'create ALLOW Write on topic "orders"',
    'create ALLOW All on topic "orders"',
  ])
})

it('what protects a mirror is copied from no source, and is nobody else\'s on the destination', () => {
  const denial = deny('Write', topic('orders'))
  const other = deny('Write', topic('orders'), 'User:ops')
  const keys = new Set([bindingKey(denial)])
  const ownDenials = { source: keys, destination: new Set<string>() }
  expect(compared([denial, other], [], { scope: { ...opened, ownDenials } }).lines).toEqual([
    'create DENY Write on topic "orders"',
    'left (DENY Write on topic "orders")',
  ])
  const there = compared([], [denial, other], { scope: { ...scope, ownDenials: { source: new Set(), destination: keys } } })
  expect(there.lines).toEqual(['beyond DENY Write on topic "orders" by georep', 'beyond DENY Write on topic "orders"'])
  expect(there.rows.map(({ why }) => why)).toEqual([expect.stringContaining('--protect acl'), null])
  // The source denies the same: what is there goes when the mirror is opened, and this is to come then, with the source dead as well.
  const both = { ...scope, ownDenials: { source: new Set<string>(), destination: keys } }
  expect(compared([denial], [denial], { scope: both }).lines).toEqual(['held DENY Write on topic "orders"'])
  const written = [{ source: denial, destination: denial, is: 'held' }] as const
  expect(compared('dead', [], { scope: opened, written }).lines).toEqual(['create DENY Write on topic "orders"'])
}) // prettier-ignore

it.each([
  ['Write', true],
  ['All', true],
  ['Create', true],
  ['Delete', true],
  ['Alter', true],
  ['AlterConfigs', true],
  ['Read', false],
  ['Describe', false],
  ['DescribeConfigs', false],
] as const)(
  '%s by a prefix, and on every topic, is held back while one of them is mirrored: %s',
  (operation, isHeld) => {
    for (const resource of [prefixed('topic', 'ord'), topic('*')]) {
      for (const binding of [allow(operation, resource), deny(operation, resource)]) {
        expect(compared([binding], []).rows[0]?.fate).toBe(isHeld ? 'held' : 'create')
        expect(compared([binding], [], { scope: opened }).rows[0]?.fate).toBe('create')
        // A mirror of another link counts as well.
        const others = { ...scope, closedTopics: ['ord-2'] }
        expect(compared([binding], [], { scope: others }).rows[0]?.fate).toBe(isHeld ? 'held' : 'create')
      }
    }
  },
)

it('groups that are carried, and groups and ids of those who may do something with a mirrored topic, go along', () => {
  const source = [
    allow('Read', topic('orders')),
    allow('Read', literal('group', 'app-1')),
    allow('Write', prefixed('transactionalId', 'app-')),
    allow('Read', literal('group', 'billing-1'), 'User:books'),
    allow('Read', prefixed('group', 'bill'), 'User:books'),
    allow('Read', prefixed('group', 'billing-2-'), 'User:books'),
    allow('Read', literal('group', '*'), 'User:books'),
    allow('Read', literal('group', 'shipping'), 'User:books'),
    allow('Write', literal('transactionalId', 'books'), 'User:books'),
  ]
  const { lines, outside } = compared(source, [])
  expect(lines).toEqual([
    'create ALLOW Read on group "app-1"',
    'create ALLOW Read on topic "orders"',
    'create ALLOW Write on transactional ids that begin with "app-"',
    'create ALLOW Read on every group',
    'create ALLOW Read on group "billing-1"',
    'create ALLOW Read on groups that begin with "bill"',
    'create ALLOW Read on groups that begin with "billing-2-"',
  ])
  expect(outside.source).toBe(2)
})

it("rights on the cluster, georep's own, tokens and fences are left, with the reason", () => {
  const source = [
    allow('Read', topic('orders')),
    allow('Alter', literal('cluster', 'kafka-cluster')),
    allow('Describe', literal('delegationToken', 'x')),
    allow('Read', topic('orders'), 'User:georep'),
    deny('Write', topic('orders'), 'User:*'),
    deny('All', prefixed('topic', 'o'), 'User:*'),
  ]
  const { rows } = compared(source, [], { scope: { ...opened, fencedTopics: new Set(['orders']) } })
  expect(rows.filter(({ fate }) => fate === 'left').map(({ source: one, why }) => [one === null ? '' : bindingText(one), why])).toEqual([
    ['DENY All on topics that begin with "o"', 'it keeps all producers off, as a fence does: there it would do the same'],
    ['DENY Write on topic "orders"', "it is georep's own fence of the source"],
    ['ALLOW Alter on the cluster', expect.stringContaining('the whole cluster')],
    ['ALLOW Describe on delegation token "x"', expect.stringContaining('tokens')],
    ['ALLOW Read on topic "orders"', expect.stringContaining('the principal as which georep comes in')],
  ]) // prettier-ignore
  expect(rows.filter(({ fate }) => fate !== 'left')).toHaveLength(1)
})

it('names change as those of the mirrors do: a prefix, and every topic, become a prefix behind the alias', () => {
  const renamed = { ...opened, mirrors: [{ sourceTopic: 'orders', mirrorTopic: 'east.orders' }] }
  const source = [allow('Read', topic('orders')), allow('Read', prefixed('topic', 'ord')), allow('Read', topic('*'))]
  expect(compared(source, [], { scope: renamed }).lines).toEqual([
    'create ALLOW Read on topic "east.orders"',
    'create ALLOW Read on topics that begin with "east."',
    'create ALLOW Read on topics that begin with "east.ord"',
  ])
  const both = { ...renamed, mirrors: [...renamed.mirrors, { sourceTopic: 'ordeals', mirrorTopic: 'ordeals' }] }
  expect(compared([allow('Read', prefixed('topic', 'ord'))], [], { scope: both }).lines).toEqual([
    'create ALLOW Read on topics that begin with "east.ord"',
    'create ALLOW Read on topics that begin with "ord"',
  ])
  const odd = { ...opened, mirrors: [{ sourceTopic: 'orders', mirrorTopic: 'sales' }] }
  const [row] = compared([allow('Read', prefixed('topic', 'ord'))], [], { scope: odd }).rows
  expect(row).toMatchObject({ fate: 'left', why: expect.stringContaining('names that do not end') as string })
})

it("only what georep has created is deleted, and an operator's same-looking one stays", () => {
  const [read, write] = [allow('Read', topic('orders')), allow('Write', topic('orders'))]
  const other = allow('Describe', topic('orders'))
  const written = [
    { source: read, destination: read, is: 'created' },
    { source: write, destination: write, is: 'begun' },
  ] as const
  expect(compared([], [read, write, other], { written }).lines).toEqual([
    'delete ALLOW Read on topic "orders" by georep',
    'beyond ALLOW Describe on topic "orders"',
    'beyond ALLOW Write on topic "orders" by perhaps',
  ])
  // While the source has it, and while that is not known, nothing is deleted.
  expect(compared([read, write], [read, write], { written }).lines).toEqual([
    'same ALLOW Read on topic "orders" by georep',
    'same ALLOW Write on topic "orders" by perhaps',
  ])
  expect(compared('dead', [read, other], { written: written.slice(0, 1) }).lines).toEqual([
    'beyond ALLOW Describe on topic "orders"',
    'same ALLOW Read on topic "orders" by georep',
  ])
  // Of a topic that is carried no more, as long as the source has it.
  expect(compared([read], [read], { written, scope: { ...scope, mirrors: [] } }).lines).toEqual([])
  expect(compared([], [read], { written, scope: { ...scope, mirrors: [] } }).lines).toEqual(['delete ALLOW Read on topic "orders" by georep']) // prettier-ignore
})

it('what another link to the destination needs as well stays, and is that link\'s from then on', () => {
  const read = allow('Read', topic('orders'))
  const created = { source: read, destination: read, is: 'created' } as const
  const by = (is: WrittenAcl['is']) => [{ ...created, is, link: 'other' }]
  // It is there for the other link: found here as well, it is written down as of both.
  const found = compared([read], [read], { others: by('created') })
  expect({ lines: found.lines, shared: found.shared }).toEqual({ lines: ['same ALLOW Read on topic "orders" by georep'], shared: [created] }) // prettier-ignore
  expect(compared([read], [read], { others: by('created'), written: [created] }).shared).toEqual([])
  expect(compared([read], [read], { others: by('begun') }).shared).toEqual([])
  expect(compared('dead', [read], { others: by('created') }).shared).toEqual([])
  // Gone here: it stays, and what is written down of it here goes as soon as it is the other's to delete.
  for (const [is, obsolete] of [['created', [created]], ['held', []], ['begun', []]] as const) {
    const gone = compared([], [read], { others: by(is), written: [created] })
    expect({ is, fates: gone.rows.map(({ fate }) => fate), obsolete: gone.obsolete, yielded: gone.yielded }).toEqual({ is, fates: ['beyond'], obsolete, yielded: obsolete })
    expect(gone.rows[0]?.why).toBe('the source has it no more; it stays for link "other", whose source had it when it was asked last')
  }
  const left = compared([], [read], { others: [...by('created'), { ...created, link: 'another' }] })
  expect(left.rows).toMatchObject([{ fate: 'beyond', madeBy: 'georep', why: 'georep brought it over for link "another" and 1 more' }])
  expect(left.obsolete).toEqual([])
}) // prettier-ignore

it('what was written down stands for a source that is dead: what was held back is created when the topic is opened', () => {
  const write = allow('Write', topic('orders'))
  const written = [{ source: write, destination: write, is: 'held' }] as const
  expect(compared('dead', [], { written }).lines).toEqual(['held ALLOW Write on topic "orders"'])
  expect(compared('dead', [], { written, scope: opened }).lines).toEqual(['create ALLOW Write on topic "orders"'])
})

it('what is written down of an ACL that is gone on both sides, or was never created, means nothing any more', () => {
  const [read, write] = [allow('Read', topic('orders')), allow('Write', topic('orders'))]
  const written = [
    { source: read, destination: read, is: 'created' },
    { source: write, destination: write, is: 'held' },
  ] as const
  expect(compared([], [write], { written })).toMatchObject({ obsolete: written, yielded: [] })
  expect(compared([read, write], [], { written }).obsolete).toEqual([])
  expect(compared('dead', [], { written }).obsolete).toEqual([])
})

it('what the engine copies by itself is left to it, and what it has made of an ACL is explained by that', () => {
  const all = allow('All', topic('orders'))
  const read = allow('Read', topic('orders'))
  const describe = allow('Describe', topic('orders'))
  const own: OwnAcls = {
    by: 'MirrorMaker',
    everyMs: 60_000,
    copyOf: (binding) => (binding.resource.type === 'topic' ? { kind: 'copies', to: binding.operation === 'All' ? { ...binding, operation: 'Read' } : binding } : { kind: 'leavesOut', why: 'ACLs of topics alone' }),
  } // prettier-ignore
  const group = allow('Read', literal('group', 'app'))
  const { rows, lines } = compared([all, describe, group], [read], { own })
  expect(lines).toEqual(['create ALLOW Read on group "app"', 'held ALLOW All on topic "orders"', 'engine ALLOW Describe on topic "orders"']) // prettier-ignore
  expect(rows[2]?.why).toBe('MirrorMaker copies it within 60 s')
  expect(rows[0]?.own).toEqual({ kind: 'leavesOut', why: 'ACLs of topics alone' })
})

it('a fence on the destination is named as one', () => {
  const fence = deny('Write', topic('orders'), 'User:*')
  const { rows } = compared([], [fence])
  expect(rows[0]).toMatchObject({ fate: 'beyond', why: expect.stringContaining('keeps all producers off') as string })
})
