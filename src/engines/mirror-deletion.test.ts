import { expect, it } from 'vitest'
import { topicRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import { lacking } from '../kafka/denied.ts'
import { TransportError } from '../kafka/wire/connection.ts'
import { whileLeaving } from './mirror-deletion.ts'

const denied = lacking({ name: 'west', bootstrap: ['b:1'], principal: 'User:ops' }, topicRight('Read', 'orders'))
const now = 'mirror "orders" is PENDING, being taken off the link, and nothing is fetched for it any more'
async function thrownBy(error: Error): Promise<unknown> {
  try {
    await whileLeaving('orders', () => Promise.reject(error))
    return undefined
  } catch (thrown) {
    return thrown
  }
}

it.each([
  ['a right is lost', denied, 'incomplete', denied.message, denied.next],
  ['the topic may not be deleted any more', new GeorepError('refused', 'GR-MIRROR-DELETE-BLOCKED', 'it is the only copy'), 'incomplete', 'it is the only copy', 'without --with-topic it is taken off, and its topic stays; else:'],
  ['Kafka Connect went away', new GeorepError('unreachable', 'GR-CONNECT', 'no answer', { stateNow: 'it is told\na connector may be stopped' }), 'incomplete', 'no answer; it is told; a connector may be stopped', undefined],
  ['a broker went away', new TransportError('b:1: gone', { mayHaveActed: false }), 'incomplete', 'b:1: gone', undefined],
  ['no answer came', new TransportError('b:1: no answer', { mayHaveActed: true }), 'unknown', 'b:1: no answer', undefined],
] as const)('where %s once it is PENDING, that is said, and what comes next', async (_, error, kind, why, next) => {
  expect(await thrownBy(error)).toMatchObject({ kind, message: `${now}: ${why}`, next })
}) // prettier-ignore

it('of a link that was taken the rest is said beside it, and a bug stays one', async () => {
  const taken = new GeorepError('conflict', 'GR-LINK-TAKEN', 'taken over', { stateNow: 'ann holds it' })
  expect(await thrownBy(taken)).toMatchObject({ kind: 'conflict', stateNow: expect.stringContaining(now) as string })
  const bug = new TypeError('a bug')
  expect(await thrownBy(bug)).toBe(bug)
})
