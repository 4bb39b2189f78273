import { expect, it, vi } from 'vitest'
import type { Cluster } from './cluster.ts'
import { Code } from './error-codes.ts'
import { askLeaders, leadersOf } from './leaders.ts'
import { TransportError } from './wire/connection.ts'

const signal = AbortSignal.timeout(10_000)
const partitions = [0, 1].map((partition) => ({ topic: 'orders', partition }))

function cluster() {
  let leader = 1
  const asked: string[] = []
  const topic = () => ({ name: 'orders', topicId: 'id', isInternal: false, partitions: partitions.map(({ partition }) => ({ partition, leader, leaderEpoch: leader })) }) // prettier-ignore
  return {
    asked,
    move: () => { leader++ }, // prettier-ignore
    cluster: {
      name: 'east',
      metadata: async () => {
        asked.push('metadata')
        return await Promise.resolve({ topics: new Map([['orders', topic()]]), denied: new Map() })
      },
      wait: async () => { await Promise.resolve() },
    } as unknown as Cluster,
    ask: async (at: number, own: readonly { readonly topic: string; readonly partition: number }[]) => {
      asked.push(`${own.length} of ${at}`)
      return await Promise.resolve(own.map((one) => ({ ...one, error: at === leader ? 0 : Code.notLeaderOrFollower, value: at }))) // prettier-ignore
    },
  } // prettier-ignore
}

it('who was told to lead is asked at once, and asked for anew when that is not so any more', async () => {
  const { asked, move, cluster: east, ask } = cluster()
  const leaders = await leadersOf(east, partitions, { signal })
  const first = await askLeaders(east, partitions, 'Describe', ask, { signal, leaders })
  expect([...first.values()]).toEqual([1, 1])
  expect(asked).toEqual(['metadata', '2 of 1'])
  move()
  const second = await askLeaders(east, partitions, 'Describe', ask, { signal, leaders })
  expect([...second.values()]).toEqual([2, 2])
  expect(asked.slice(2)).toEqual(['2 of 1', 'metadata', '2 of 2'])
})

it('who was not told is asked for', async () => {
  const { asked, cluster: east, ask } = cluster()
  const leaders = await leadersOf(east, partitions.slice(1), { signal })
  await askLeaders(east, partitions, 'Describe', ask, { signal, leaders })
  expect(asked).toEqual(['metadata', 'metadata', '2 of 1'])
})

it('one that is frozen, and stays named as the leader, is not asked for minutes', async () => {
  const { cluster: east } = cluster()
  let nowMs = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  let asked = 0
  const silent = async (): Promise<never> => {
    nowMs += 2_500
    asked++
    return await Promise.reject(new TransportError('no answer within 2500 ms', { mayHaveActed: false }))
  }
  const answers = await askLeaders(east, partitions, 'Describe', silent, { signal })
  clock.mockRestore()
  expect(asked).toBe(6)
  expect([...answers.values()]).toMatchObject([{ errorCode: Code.leaderNotAvailable }, { errorCode: Code.leaderNotAvailable }]) // prettier-ignore
})

it('one without a leader that was waited for in vain is not waited for with each further question, until it had one, or ten seconds later', async () => {
  let [leader, waits, nowMs] = [-1, 0, 0]
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  const east = {
    name: 'east',
    metadata: async () => await Promise.resolve({ topics: new Map([['orders', { topicId: 'id', partitions: [{ leader: 1, leaderEpoch: 1 }, { leader, leaderEpoch: 1 }] }]]), denied: new Map() }),
    wait: async (ms: number) => { waits++; nowMs += ms; await Promise.resolve() },
  } as unknown as Cluster // prettier-ignore
  const question = async (): Promise<readonly unknown[]> => {
    waits = 0
    const ask = async (_: number, own: readonly { readonly topic: string; readonly partition: number }[]) => await Promise.resolve(own.map((one) => ({ ...one, error: 0, value: 7 }))) // prettier-ignore
    const answers = await askLeaders(east, partitions, 'Describe', ask, { signal })
    return [...[...answers.values()].map((one) => (typeof one === 'number' ? one : 'unknown')), waits]
  }
  expect(await question()).toEqual([7, 'unknown', 50])
  expect(await question()).toEqual([7, 'unknown', 0])
  nowMs += 9_000
  expect(await question()).toEqual([7, 'unknown', 0])
  nowMs += 10_000
  expect(await question()).toEqual([7, 'unknown', 50])
  leader = 1
  expect(await question()).toEqual([7, 7, 0])
  leader = -1
  expect(await question()).toEqual([7, 'unknown', 50])
  clock.mockRestore()
})
