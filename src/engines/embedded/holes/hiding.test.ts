import { beforeEach, describe, expect, it } from 'vitest'
import { FakeCluster } from '../../../../test/support/fake-cluster.ts'
import { fakeTime, type FakeTime, settled } from '../../../../test/support/fake-time.ts'
import { describeCluster } from '../../../kafka/wire/messages/describe-cluster.ts'
import { endTxn } from '../../../kafka/wire/messages/end-txn.ts'
import { findCoordinator } from '../../../kafka/wire/messages/find-coordinator.ts'
import { initProducerId } from '../../../kafka/wire/messages/init-producer-id.ts'
import type { Message } from '../../../kafka/wire/message.ts'
import { Hiding, type HidingWay, permittedHiding } from './hiding.ts'

const { signal } = new AbortController()
const [clusterAction, alter, describes] = [1 << 9, 1 << 7, 1 << 8]

class OneBroker extends FakeCluster {
  operations = describes
  isIdDenied = false
  readonly asked: string[] = []

  async sendToAny({ name }: Message<unknown, unknown>): Promise<object> {
    this.asked.push(name)
    const error = this.isIdDenied ? 53 : 0
    if (name === describeCluster.name) return await Promise.resolve({ error: 0, errorMessage: null, authorizedOperations: this.operations }) // prettier-ignore
    if (name === findCoordinator.name) return await Promise.resolve({ coordinators: [{ key: 'georep-hide-east-west', nodeId: 1, error: 0, errorMessage: null }] }) // prettier-ignore
    if (name === endTxn.name) return await Promise.resolve({ error: error === 0 ? 49 : error })
    throw new Error(`no answer to ${name}`)
  }

  override async sendTo<Request, Response>(_nodeId: number, { name }: Message<Request, Response>): Promise<Response> {
    this.asked.push(name)
    if (name !== initProducerId.name) throw new Error(`no answer to ${name}`)
    const answer = { throttleMs: 0, error: this.isIdDenied ? 53 : 0, producerId: 9n, producerEpoch: 1 }
    return await Promise.resolve(answer as Response)
  }
}

let time: FakeTime
let cluster: OneBroker
beforeEach(() => {
  time = fakeTime()
  cluster = new OneBroker(time.wait)
})

describe('permittedHiding', () => {
  it.each<[string, number, boolean, HidingWay | undefined]>([
    ['nobody is bound', -(2 ** 31), true, 'markers'],
    ['Alter is permitted', describes | alter, true, 'markers'],
    ['ClusterAction is permitted', describes | clusterAction, true, 'markers'],
    ['only the id is permitted', describes, false, 'transactions'],
    ['neither is', describes, true, undefined],
  ])('where %s', async (_, operations, isIdDenied, wanted) => {
    Object.assign(cluster, { operations, isIdDenied })
    expect(await permittedHiding(cluster.asCluster, 'east-west', { signal })).toBe(wanted)
  })
})

describe('Hiding', () => {
  const hidingOf = (way: HidingWay, wereTransactions: boolean): Hiding => new Hiding({ destination: cluster.asCluster, link: 'east-west', way, wereTransactions, monotonic: time.monotonic }) // prettier-ignore

  it('by markers is ready at once where no runner ever had a transaction, and asks for nothing', async () => {
    const hiding = hidingOf('markers', false)
    expect(hiding.isReady).toBe(true)
    await hiding.claim({ signal })
    expect({ asked: cluster.asked, most: hiding.most, warning: hiding.warning }).toEqual({ asked: [], most: 10_000_000n, warning: undefined }) // prettier-ignore
  })

  it.each<[HidingWay, boolean]>([
    ['transactions', false],
    ['markers', true],
  ])('by %s is ready when the id was taken over and the state read since', async (way, wereTransactions) => {
    const hiding = hidingOf(way, wereTransactions)
    expect(hiding.isReady).toBe(false)
    const stateWasRead = await hiding.claim({ signal })
    expect({ asked: cluster.asked.at(-1), isReady: hiding.isReady }).toEqual({ asked: initProducerId.name, isReady: false })
    stateWasRead()
    expect(hiding.isReady).toBe(true)
    const before = cluster.asked.length
    await hiding.claim({ signal })
    expect(cluster.asked).toHaveLength(before)
  }) // prettier-ignore

  it('by markers waits half a minute where it may not take the id over, by transactions for ever', async () => {
    const [markers, transactions] = [hidingOf('markers', true), hidingOf('transactions', true)]
    cluster.isIdDenied = true
    await expect(markers.claim({ signal })).rejects.toThrow('needs Write on transactional id "georep-hide-east-west"')
    await time.pass(31_000)
    const stateWasRead = await markers.claim({ signal })
    stateWasRead()
    expect(markers.isReady).toBe(true)
    await expect(transactions.claim({ signal })).rejects.toThrow('needs Write')
    await settled()
    expect(transactions.isReady).toBe(false)
  })

  it('by transactions warns that it is slow, and hides fewer at once', () => {
    const { most, warning } = hidingOf('transactions', false)
    expect(most).toBe(100_000n)
    expect(warning).toContain('needs Alter on the cluster at cluster "fake"')
  })
})
