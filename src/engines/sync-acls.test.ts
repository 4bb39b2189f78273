import { expect, it } from 'vitest'
import type { AclBinding } from '../core/acl-binding.ts'
import type { WrittenAcl } from '../core/acl-compare.ts'
import type { LinkState } from '../links/state.ts'
import { leftByAll } from './sync-acls.ts'

const binding: AclBinding = { resource: { type: 'topic', name: 'orders', pattern: 'literal' }, principal: 'User:app', host: '*', operation: 'Read', permission: 'Allow' } // prettier-ignore
const acl: WrittenAcl = { source: binding, destination: binding, is: 'created' }

function stateWith(links: Readonly<Record<string, readonly WrittenAcl[]>>): Pick<LinkState, 'links' | 'acls'> {
  return { links: () => Object.keys(links).map((name) => ({ name })), acls: (name: string) => links[name] ?? [] } as unknown as Pick<LinkState, 'links' | 'acls'> // prettier-ignore
}

it.each([
  ['is taken back where the other has left it, too', { one: [], two: [] }, [acl]],
  ['stays left where the other has it', { one: [], two: [acl] }, []],
  ['is taken back where the other began to create it, which is nobody’s', { one: [], two: [{ ...acl, is: 'begun' }] }, [acl]],
  ['stays where the other link was deleted', { one: [] }, []],
] as const)('an ACL that a link leaves to another %s', (_, links, back) => {
  expect(leftByAll(stateWith(links), [acl], ['one', 'two'])).toEqual(back)
}) // prettier-ignore
