import { message } from '../message.ts'
import { int16, int32, int64, nullableString, struct } from '../schema.ts'

/** KIP-98, KIP-360. */
export const initProducerId = message({
  name: 'InitProducerId',
  apiKey: 22,
  version: 4,
  request: struct({
    transactionalId: nullableString,
    transactionTimeoutMs: int32,
    producerId: int64,
    producerEpoch: int16,
  }),
  response: struct({ throttleMs: int32, error: int16, producerId: int64, producerEpoch: int16 }),
})
