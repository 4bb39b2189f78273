import { committedOffset } from '../committed-offset.ts'
import { message } from '../message.ts'
import { array, int16, int32, int64, nullableString, string, struct } from '../schema.ts'

/** KIP-447. */
export const txnOffsetCommit = message({
  name: 'TxnOffsetCommit',
  apiKey: 28,
  version: 3,
  request: struct({
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullableString,
    topics: array(struct({ name: string, partitions: array(committedOffset) })),
  }),
  response: struct({
    throttleMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ partition: int32, error: int16 })) })),
  }),
})
