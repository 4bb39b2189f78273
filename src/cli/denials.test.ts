import { expect, it } from 'vitest'
import type { AclBinding } from '../core/acl-binding.ts'
import { topicRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import { DeniedError } from '../kafka/denied.ts'
import { toldOf } from './denials.ts'

const cluster = { name: 'west', bootstrap: ['b:1'], principal: 'User:ops' }
const refusal = (principal: string | undefined = 'User:ops'): DeniedError => new DeniedError({ ...cluster, principal }, topicRight('Write', 'orders'), 29) // prettier-ignore
const errorOf = (denied: DeniedError, before = ''): GeorepError => new GeorepError('denied', 'GR-DENIED', denied.message, { next: before + denied.next, cause: denied }) // prettier-ignore
const denial: AclBinding = { resource: { type: 'topic', name: 'orders', pattern: 'literal' }, principal: 'User:*', host: '*', operation: 'Write', permission: 'Deny' } // prettier-ignore

it('prints the command that takes a denial away in place of a grant that would not help', () => {
  const { next, stateNow } = toldOf(errorOf(refusal(), 'first:\n'), refusal(), [denial])
  expect(next).toBe(
    "first:\nkafka-acls.sh --bootstrap-server b:1 --command-config admin.properties --remove --force --deny-principal 'User:*' --operation Write --topic orders",
  )
  expect(stateNow).toContain('DENY Write on topic "orders" for User:* stands there, and wins over whatever is granted')
  expect(stateNow).toContain('georep mirror unfence')
})

it('leaves a refusal as it is where no denial stands, and says so where nobody could look, or as whom is not known', () => {
  const error = errorOf(refusal())
  expect(toldOf(error, refusal(), [])).toBe(error)
  for (const told of [
    toldOf(error, refusal(), undefined),
    toldOf(error, new DeniedError({ ...cluster, principal: undefined }, topicRight('Write', 'orders'), 29), []),
  ]) {
    // prettier-ignore
    expect(told.next).toBe(refusal().next)
    expect(told.stateNow).toBe('whether a DENY stands there, which wins over whatever is granted, could not be seen')
  }
})
