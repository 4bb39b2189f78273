import { expect, it } from 'vitest'
import { aclsView, renderAcls } from '../../src/cli/acl/view.ts'
import { documentText } from '../../src/cli/document.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { styleOf } from '../../src/cli/style.ts'
import type { AclBinding, AclPattern } from '../../src/core/acl-binding.ts'
import type { AclRow } from '../../src/core/acl-compare.ts'
import type { AclsSeen } from '../../src/engines/acls.ts'
import { at, secondsAgo, target } from '../support/links.ts'
import { expectGolden } from './golden.ts'

// What the verbs of acl print, from rows that are fixed here.

const style = styleOf({ hasColor: false })
const topic = (name: string, pattern: AclPattern['pattern'] = 'literal'): AclPattern => ({
  type: 'topic',
  name,
  pattern,
})
const allow = (operation: AclBinding['operation'], resource: AclPattern, principal = 'User:app'): AclBinding => ({ resource, principal, host: '*', operation, permission: 'Allow' }) // prettier-ignore
const none = { why: null, madeBy: null, own: null } as const
const leftOut = (why: string) => ({ kind: 'leavesOut', why }) as const

const group: AclPattern = { type: 'group', name: 'app', pattern: 'literal' }
const rows: readonly AclRow[] = [
  { ...none, fate: 'create', source: allow('Read', group), destination: allow('Read', group), own: leftOut('not about a topic') },
  { ...none, fate: 'create', source: allow('Read', topic('ord', 'prefixed')), destination: allow('Read', topic('east.ord', 'prefixed')), own: leftOut('a prefix') },
  { ...none, fate: 'delete', source: null, destination: allow('Read', topic('east.orders'), 'User:gone'), why: 'the source has it no more', madeBy: 'georep' },
  { ...none, fate: 'held', source: allow('Write', topic('orders')), destination: allow('Write', topic('east.orders')), why: 'mirrored still: "east.orders"', own: leftOut('ALLOW Write') },
  { ...none, fate: 'engine', source: { ...allow('Describe', topic('orders')), host: '10.0.0.1', permission: 'Deny' }, destination: { ...allow('Describe', topic('east.orders')), host: '10.0.0.1', permission: 'Deny' }, why: 'MirrorMaker copies it within 60 s', own: { kind: 'copies', to: allow('Describe', topic('east.orders')) } },
  { ...none, fate: 'left', source: allow('Alter', { type: 'cluster', name: 'kafka-cluster', pattern: 'literal' }), destination: null, why: 'it is about the whole cluster', own: leftOut('not about a topic') },
  { ...none, fate: 'beyond', source: null, destination: allow('All', topic('*'), 'User:\u001b[2J') },
  { ...none, fate: 'same', source: allow('Read', topic('orders')), destination: allow('Read', topic('east.orders')), madeBy: 'georep' },
] // prettier-ignore
const seen: AclsSeen = {
  rows,
  outside: { source: 12, destination: 3 },
  obsolete: [],
  yielded: [],
  shared: [],
  sourceSeen: 'now',
  own: { by: 'MirrorMaker', everyMs: 60_000, copyOf: () => leftOut('') },
  unknown: { source: ['User:app: permission 3, operation 99 on resource type 9 "x", pattern type 3'], destination: [] },
}

it('list', () => {
  const byConnect = aclsView(target, seen, rows, at)
  const { own: _, ...embedded } = seen
  const dead = aclsView(target, { ...embedded, own: undefined, sourceSeen: secondsAgo(3_700), unknown: { source: [], destination: [] } }, rows.slice(1, 4).map((row) => ({ ...row, own: null })), at) // prettier-ignore
  const nothing = aclsView(target, { ...embedded, own: undefined }, rows.slice(-1), at)
  expectGolden('acl-list.txt', [byConnect, dead, nothing].map((view) => renderAcls(view, style)).join('\n'))
  expectGolden('acl-list-json.txt', jsonDocument('georep.acl-list/1', byConnect))
  const lines = documentText('tsv', 'georep.acl-list/1', byConnect).trimEnd().split('\n')
  expect(lines).toHaveLength(rows.length + 1)
})

it('sync', () => {
  const planned = aclsView(target, seen, rows, at, ({ fate }) => (fate === 'create' || fate === 'delete' ? 'planned' : undefined)) // prettier-ignore
  const done = aclsView(target, seen, rows, at, ({ fate }) => {
    if (fate === 'delete') return { kind: 'failed', why: 'INVALID_REQUEST' }
    return fate === 'create' ? { kind: 'applied' } : undefined
  })
  expectGolden('acl-sync.txt', [planned, done].map((view) => renderAcls(view, style)).join('\n'))
  expectGolden('acl-sync-json.txt', jsonDocument('georep.acl-sync/1', done))
})
