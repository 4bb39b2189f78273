import { expect, it } from 'vitest'
import { link } from '../../../../test/support/links.ts'
import { mirrorRecord } from '../../../../test/support/mirror.ts'
import { byProducer } from './link-producer.ts'

it('a mirror that goes the way back is appended to at an epoch of its own, under the same id', () => {
  const [orders, pay, back] = [
    mirrorRecord({ mirrorTopic: 'orders' }),
    mirrorRecord({ mirrorTopic: 'pay' }),
    mirrorRecord({ mirrorTopic: 'back', reversed: { ends: [3n], epoch: 2 } }),
  ]
  expect(byProducer(link, [orders, back, pay])).toEqual([
    { producer: { producerId: 1000n, producerEpoch: 0 }, records: [orders, pay] },
    { producer: { producerId: 1000n, producerEpoch: 2 }, records: [back] },
  ])
})
