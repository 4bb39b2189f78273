import { describe, expect, it } from 'vitest'
import { FakeCluster } from '../../../../test/support/fake-cluster.ts'
import { fakeTime, settled } from '../../../../test/support/fake-time.ts'
import { initProducerId } from '../../../kafka/wire/messages/init-producer-id.ts'
import type { LinkTarget } from '../../engine.ts'
import { endHiding } from './end-hiding.ts'

const id = 'georep-hide-east-west'

class OneBroker extends FakeCluster {
  async sendToAny(): Promise<object> {
    return await Promise.resolve({
      throttleMs: 0,
      coordinators: [{ key: id, nodeId: 1, error: 0, errorMessage: null }],
    })
  }
}

function targetOf(destination: OneBroker, isUsed: boolean): LinkTarget {
  const state = {
    glance: async () => await Promise.resolve(true),
    isHidingInTransactions: (link: string) => isUsed && link === 'east-west',
  }
  return { state, destination, link: { name: 'east-west' } } as unknown as LinkTarget
}

describe('endHiding', () => {
  const answered = async (error: number): Promise<string | undefined> => {
    const destination = new OneBroker(fakeTime().wait)
    const ended = endHiding(targetOf(destination, true), { signal: new AbortController().signal })
    await settled()
    const { request, answer } = destination.take(initProducerId)
    // Of whoever holds it, not only of ourselves.
    expect(request).toMatchObject({ transactionalId: id, producerId: -1n, producerEpoch: -1 })
    answer({ throttleMs: 0, error, producerId: 9n, producerEpoch: 4 })
    return await ended
  }

  it('asks nothing where no runner has hidden offsets in transactions', async () => {
    const destination = new OneBroker(fakeTime().wait)
    expect(await endHiding(targetOf(destination, false), { signal: new AbortController().signal })).toBeUndefined()
    expect(destination.held).toEqual([])
  })

  it('takes the id over', async () => {
    expect(await answered(0)).toBeUndefined()
  })

  it('says what may still come where that is not permitted, and goes on', async () => {
    expect(await answered(53)).toContain(`add an offset that no consumer sees to an opened topic: needs Write on transactional id "${id}"`) // prettier-ignore
  })

  it('ends with the signal', async () => {
    const destination = new OneBroker(fakeTime().wait)
    const stop = new AbortController()
    const ended = endHiding(targetOf(destination, true), { signal: stop.signal })
    await settled()
    stop.abort(new Error('stopped'))
    await expect(ended).rejects.toThrow('stopped')
  })
})
