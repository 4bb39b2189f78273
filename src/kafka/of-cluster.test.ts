import { expect, it } from 'vitest'
import { GeorepError } from '../core/errors.ts'
import { BrokerError, Code } from './error-codes.ts'
import { FencedError } from './held-id.ts'
import { isOfCluster } from './of-cluster.ts'
import { OldFormatError } from './records/batch.ts'
import { CompressedError } from './records/record.ts'
import { TransportError } from './wire/connection.ts'
import { MalformedError } from './wire/reader.ts'

it.each([
  new GeorepError('unreachable', 'GR-CLUSTER-UNREACHABLE', 'cluster "east" does not answer'),
  new BrokerError('partition 0', Code.unknownTopicOrPartition),
  new FencedError('taken over'),
  new TransportError('closed', { mayHaveActed: false }),
  new MalformedError('a batch of 3 bytes'),
  new CompressedError('an unknown codec'),
  new OldFormatError('message format 1'),
])('$name is of a cluster', (error) => {
  expect(isOfCluster(error)).toBe(true)
})

it.each([new TypeError('x is not a function'), new Error('no answer'), 'text', undefined])(
  '%s is a defect of ours',
  (thrown) => {
    expect(isOfCluster(thrown)).toBe(false)
  },
)
