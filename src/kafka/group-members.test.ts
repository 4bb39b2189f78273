import { expect, it } from 'vitest'
import { GeorepError } from '../core/errors.ts'
import type { Cluster } from './cluster.ts'
import { groupMembers } from './group-members.ts'
import { consumerGroupDescribe } from './wire/messages/consumer-group-describe.ts'
import { describeGroups } from './wire/messages/describe-groups.ts'
import { findCoordinator } from './wire/messages/find-coordinator.ts'
import { streamsGroupDescribe } from './wire/messages/streams-group-describe.ts'

const { signal } = new AbortController()
const classic = [{ groupId: 'classic', state: 'Stable', protocolType: 'consumer', members: [{ clientId: 'a', clientHost: '/10.0.0.1', memberMetadata: null }] }] // prettier-ignore
const consumers = { groupId: 'new', error: 0, members: [{ clientId: 'b', clientHost: '/10.0.0.2' }] }
const streams = { groupId: 'streams', error: 0, members: [{ clientId: 'c', clientHost: '/10.0.0.3' }] }
const names = ['classic', 'new', 'streams']

/** A broker on which each message knows the groups of its own kind alone. */
function clusterWith(known: ReadonlyMap<unknown, object>, asked: unknown[] = []): Cluster {
  return {
    name: 'east',
    sendToAny: (message: unknown) => {
      expect(message).toBe(findCoordinator)
      return Promise.resolve({ coordinators: names.map((key) => ({ key, nodeId: 1, error: 0, errorMessage: null })) })
    },
    sendTo: (
      _nodeId: number,
      message: { readonly name: string },
      request: { readonly groupIds?: readonly string[] },
    ) => {
      asked.push([message.name, request.groupIds])
      const groups = known.get(message)
      return groups === undefined
        ? Promise.reject(new GeorepError('unsupported', 'GR-BROKER-TOO-OLD', message.name))
        : Promise.resolve({ groups })
    },
  } as unknown as Cluster
}

const dead = (groupId: string): object => ({ groupId, state: 'Dead', protocolType: '', members: [] })
const none = (groupId: string): object => ({ groupId, error: 69, members: [] })
const toDescribe = [...classic, dead('new'), dead('streams')]

it('names the members of groups of every protocol, each asked for in the message that knows them', async () => {
  const asked: unknown[] = []
  const cluster = clusterWith(
    new Map<unknown, object>([
      [describeGroups, toDescribe],
      [consumerGroupDescribe, [consumers, none('streams')]],
      [streamsGroupDescribe, [streams]],
    ]),
    asked,
  )
  const members = await groupMembers(cluster, names, { signal })
  expect([...members].map(([group, [member]]) => [group, member?.clientId, member?.host])).toEqual([
    ['classic', 'a', '10.0.0.1'],
    ['new', 'b', '10.0.0.2'],
    ['streams', 'c', '10.0.0.3'],
  ])
  expect(asked.slice(1)).toEqual([
    ['ConsumerGroupDescribe', ['new', 'streams']],
    ['StreamsGroupDescribe', ['streams']],
  ])
})

it('goes on without members where a broker does not know the message of a protocol', async () => {
  const members = await groupMembers(clusterWith(new Map([[describeGroups, toDescribe]])), names, { signal })
  expect([...members].map(([group, found]) => [group, found.length])).toEqual([
    ['classic', 1],
    ['new', 0],
    ['streams', 0],
  ])
})
