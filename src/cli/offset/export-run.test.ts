import { expect, it } from 'vitest'
import { offset } from '../../core/offset.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { exportedOf } from './export-run.ts'

it('exports by topic and partition, as numbers are, in whatever order brokers tell them', () => {
  const at = { offset: offset(1n), metadata: '' }
  const told = [['orders', 10], ['bills', 3], ['orders', 2], ['orders', 0]] as const // prettier-ignore
  const exported = exportedOf(
    'app',
    new Map(told.map(([topic, partition]) => [partitionKey({ topic, partition }), at])),
  )
  expect(exported.map(({ topic, partition }) => `${topic}/${partition}`)).toEqual(['bills/3', 'orders/0', 'orders/2', 'orders/10']) // prettier-ignore
})
