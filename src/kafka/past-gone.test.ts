import { afterEach, expect, it, vi } from 'vitest'
import type { Cluster } from './cluster.ts'
import { groupMembers } from './group-members.ts'
import { commitsOfGroups, listGroups } from './groups.ts'
import { heldRights } from './held-rights.ts'
import { askPastGone } from './past-gone.ts'
import { TransportError } from './wire/connection.ts'
import { describeCluster } from './wire/messages/describe-cluster.ts'

const { signal } = new AbortController()
const gone = new TransportError('b2:9092: connection refused', { mayHaveActed: false })
let nowMs = 0
const wait = (ms: number): Promise<void> => {
  nowMs += ms
  return Promise.resolve()
}

afterEach(() => { vi.restoreAllMocks() }) // prettier-ignore

it('asks again while a broker that is gone is named, and takes the first answer', async () => {
  const ask = vi.fn().mockRejectedValueOnce(gone).mockRejectedValueOnce(gone).mockResolvedValue('all of them')
  expect(await askPastGone({ wait }, ask, { signal })).toBe('all of them')
  expect(ask).toHaveBeenCalledTimes(3)
})

it('does not ask for ever, and not again where a broker has answered, or nobody waits any more', async () => {
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  const ask = vi.fn().mockRejectedValue(gone)
  await expect(askPastGone({ wait }, ask, { signal })).rejects.toBe(gone)
  expect(ask.mock.calls.length).toBeGreaterThan(10)
  const refused = vi.fn().mockRejectedValue(new Error('refused'))
  await expect(askPastGone({ wait }, refused, { signal })).rejects.toThrow('refused')
  expect(refused).toHaveBeenCalledOnce()
  const stopped = vi.fn().mockRejectedValue(gone)
  await expect(askPastGone({ wait }, stopped, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop')
  expect(stopped).toHaveBeenCalledOnce()
})

/** Broker 2 is gone, and is named for some time more: in the metadata, and as the coordinator of every group. */
function withoutBroker2(times = 2): Cluster {
  const named = Array.from({ length: times }, () => 2)
  const groups = [{ groupId: 'billing', protocolType: 'consumer', state: 'Empty', error: 0, members: [], topics: [], authorizedOperations: 1 << 3 }] // prettier-ignore
  const coordinator = (nodeId: number | undefined) => ({ key: 'billing', nodeId, error: 0, errorMessage: null })
  return {
    name: 'east',
    wait,
    metadata: () => Promise.resolve({ brokers: [{ nodeId: named.shift() ?? 1 }] }),
    sendToAny: (message: unknown) =>
      Promise.resolve(
        message === describeCluster
          ? { error: 0, authorizedOperations: -2147483648 }
          : { coordinators: [coordinator(named.shift() ?? 1)] },
      ),
    sendTo: (nodeId: number) => (nodeId === 2 ? Promise.reject(gone) : Promise.resolve({ error: 0, groups })),
  } as unknown as Cluster
}

it('what is asked about groups waits for the broker that takes them over', async () => {
  const group = { type: 'group', name: 'billing', pattern: 'literal' } as const
  expect(await listGroups(withoutBroker2(), { signal })).toEqual([{ group: 'billing', protocolType: 'consumer', state: 'Empty' }]) // prettier-ignore
  expect(await groupMembers(withoutBroker2(), ['billing'], { signal })).toEqual(new Map([['billing', []]]))
  const right = { operation: 'Read', resource: group } as const
  expect((await heldRights(withoutBroker2(), [right], { signal }))(right)).toBe(true)
})

it('commits are waited for as long as it takes until a broker is noticed to be gone, wherever the group was found before', async () => {
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  const coordinators = new Map([['billing', 2]])
  const commits = await commitsOfGroups(withoutBroker2(60), ['billing'], { signal, coordinators })
  expect(commits).toEqual(new Map([['billing', new Map()]]))
  expect(coordinators).toEqual(new Map([['billing', 1]]))
})
