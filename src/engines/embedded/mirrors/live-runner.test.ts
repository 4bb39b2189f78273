import { describe, expect, it } from 'vitest'
import type { LinkState } from '../../../links/state.ts'
import { liveRunner, liveRunnerOrWhy } from './live-runner.ts'

const { signal } = new AbortController()
const runner = { host: 'ops-1', pid: 42, since: '2026-01-01T00:00:00.000Z' }

/** @param seen how many brokers have all of the state topic, of how many; `least` is undefined where its settings may not be seen */
function stateWith(seen: {
  readonly inSync: number
  readonly replicas: number
  readonly least?: number
  readonly isRenewed?: boolean
  readonly isLocked?: boolean
}): LinkState {
  let looks = 0
  const { inSync, replicas, least, isRenewed = false, isLocked = true } = seen
  const brokers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)
  const partition = { partition: 0, leader: 0, leaderEpoch: 0, replicas: brokers(replicas), isr: brokers(inSync) }
  const configs = [
    { name: 'min.insync.replicas', value: String(least), source: 5, isSensitive: false, isDefault: false },
  ]
  return {
    cluster: {
      name: 'west',
      principal: 'User:georep',
      wait: async () => { await Promise.resolve() }, // prettier-ignore
      metadata: async () => await Promise.resolve({ topics: new Map([['__georep', { partitions: [partition] }]]) }),
      sendToAny: async () => await Promise.resolve({ resources: [{ name: '__georep', error: least === undefined ? 29 : 0, errorMessage: null, configs: least === undefined ? [] : configs }] }), // prettier-ignore
    },
    glance: async () => { looks++; await Promise.resolve() }, // prettier-ignore
    lock: () => (isLocked ? { offset: isRenewed ? BigInt(looks) : 7n, value: runner } : undefined),
  } as unknown as LinkState
}

const look = async (...[seen]: Parameters<typeof stateWith>): Promise<unknown> =>
  await liveRunnerOrWhy(stateWith(seen), 'east-west', { signal })

describe('a runner', () => {
  it('lives whose lock is renewed, and is none where no lock is, whatever becomes of the topic', async () => {
    expect(await look({ inSync: 1, replicas: 3, isRenewed: true })).toEqual(runner)
    expect(await look({ inSync: 1, replicas: 3, isLocked: false })).toBeUndefined()
  })

  it('is gone whose lock is not renewed while it could be', async () => {
    expect(await look({ inSync: 2, replicas: 3, least: 2 })).toBeUndefined()
    expect(await look({ inSync: 2, replicas: 3 })).toBeUndefined()
    expect(await look({ inSync: 1, replicas: 1 })).toBeUndefined()
  })

  it('may live where too few replicas are in sync for any lock to be renewed', async () => {
    const why = (inSync: number, least: number): string =>
      `topic "__georep" on cluster "west" has ${inSync} of 3 replicas in sync and takes no writes with fewer than ${least}, so that no lock is renewed`
    expect(await look({ inSync: 1, replicas: 3, least: 2 })).toBe(why(1, 2))
    expect(await look({ inSync: 2, replicas: 3, least: 3 })).toBe(why(2, 3))
    expect(await look({ inSync: 1, replicas: 3 })).toBe(why(1, 2))
    const act = liveRunner(stateWith({ inSync: 1, replicas: 3, least: 2 }), 'east-west', { signal })
    await expect(act).rejects.toMatchObject({ kind: 'unknown', code: 'GR-RUNNER-UNKNOWN', stateNow: 'nothing was changed' }) // prettier-ignore
  })
})
