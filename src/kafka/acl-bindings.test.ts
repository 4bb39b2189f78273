import { expect, it } from 'vitest'
import { at, clusterAt, never } from '../../test/support/cluster-at.ts'
import { answerOf, fakeBroker, ordinary } from '../../test/support/fake-broker.ts'
import type { AclBinding } from '../core/acl-binding.ts'
import { allAcls, createBindings, deleteBindings } from './acl-bindings.ts'
import type { Cluster } from './cluster.ts'
import { createAcls } from './wire/messages/create-acls.ts'
import { deleteAcls } from './wire/messages/delete-acls.ts'
import { describeAcls } from './wire/messages/describe-acls.ts'

// What real brokers of today cannot be made to answer. What they do answer: test/cluster/acls.test.ts.

const entry = { principal: 'User:app', host: '*' }
const read: AclBinding = { ...entry, resource: { type: 'topic', name: 'orders', pattern: 'literal' }, operation: 'Read', permission: 'Allow' } // prettier-ignore
const acl = (operation: number, permission = 3) => ({ ...entry, operation, permission })

async function answered<T>(answer: Buffer, ask: (cluster: Cluster) => Promise<T>): Promise<T> {
  const keys: readonly number[] = [describeAcls, createAcls, deleteAcls].map(({ apiKey }) => apiKey)
  await using broker = await fakeBroker(ordinary(({ apiKey }) => (keys.includes(apiKey) ? answer : 'as usual')))
  await using cluster = clusterAt(at(broker))
  return await ask(cluster)
}

it('ACLs of kinds that are not known are told of one by one, and none is dropped', async () => {
  const resources = [
    { type: 2, name: 'orders', patternType: 3, acls: [acl(3), acl(99), acl(4, 2), acl(3, 7)] },
    { type: 9, name: 'vault', patternType: 3, acls: [acl(3)] },
    { type: 3, name: 'app', patternType: 8, acls: [acl(3)] },
    { type: 5, name: 'app-', patternType: 4, acls: [acl(15)] },
  ]
  const answer = answerOf(describeAcls, { throttleMs: 0, error: 0, errorMessage: null, resources })
  const { bindings, unknown } = await answered(answer, async (cluster) => await allAcls(cluster, { signal: never }))
  expect(bindings).toEqual([
    read,
    { ...read, operation: 'Write', permission: 'Deny' },
    { ...read, resource: { type: 'transactionalId', name: 'app-', pattern: 'prefixed' }, operation: 'TwoPhaseCommit' },
  ])
  expect(unknown).toEqual([
    'User:app: permission 3, operation 99 on resource type 2 "orders", pattern type 3',
    'User:app: permission 7, operation 3 on resource type 2 "orders", pattern type 3',
    'User:app: permission 3, operation 3 on resource type 9 "vault", pattern type 3',
    'User:app: permission 3, operation 3 on resource type 3 "app", pattern type 8',
  ])
})

it.each([
  [54, { kind: 'unsupported', code: 'GR-ACL-NO-AUTHORIZER' }],
  [31, { message: expect.stringContaining('needs Describe on the cluster') as string }],
  [-1, { kind: 'failed', code: 'GR-BROKER-REFUSED' }],
])('error %i is an error, and never "none"', async (error, wanted) => {
  const answer = answerOf(describeAcls, { throttleMs: 0, error, errorMessage: null, resources: [] })
  const asked = answered(answer, async (cluster) => await allAcls(cluster, { signal: never }))
  await expect(asked).rejects.toMatchObject(wanted)
})

it('one ACL that is refused does not hide what became of the others', async () => {
  const results = [{ error: 0, errorMessage: null }, { error: 42, errorMessage: 'no such principal' }] // prettier-ignore
  const answer = answerOf(createAcls, { throttleMs: 0, results })
  const outcomes = await answered(answer, async (cluster) => await createBindings(cluster, [read, read, read], { signal: never })) // prettier-ignore
  expect(outcomes).toEqual([
    { kind: 'applied' },
    { kind: 'failed', why: 'INVALID_REQUEST: no such principal' },
    { kind: 'unknown', why: 'the broker did not tell what became of it' },
  ])
})

it('a deletion that failed for what it matched is not taken for done', async () => {
  const matching = [{ error: 42, errorMessage: null, type: 2, name: 'orders', patternType: 3, ...acl(3) }]
  const answer = answerOf(deleteAcls, { throttleMs: 0, results: [{ error: 0, errorMessage: null, matching }, { error: 0, errorMessage: null, matching: [] }] }) // prettier-ignore
  const outcomes = await answered(answer, async (cluster) => await deleteBindings(cluster, [read, read], { signal: never })) // prettier-ignore
  expect(outcomes).toEqual([{ kind: 'failed', why: 'INVALID_REQUEST' }, { kind: 'applied' }])
})
