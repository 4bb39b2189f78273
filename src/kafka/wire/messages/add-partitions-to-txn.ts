import { message } from '../message.ts'
import { array, int16, int32, int64, string, struct } from '../schema.ts'

/** KIP-98. */
export const addPartitionsToTxn = message({
  name: 'AddPartitionsToTxn',
  apiKey: 24,
  version: 3,
  request: struct({
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    topics: array(struct({ name: string, partitions: array(int32) })),
  }),
  response: struct({
    throttleMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ partition: int32, error: int16 })) })),
  }),
})
