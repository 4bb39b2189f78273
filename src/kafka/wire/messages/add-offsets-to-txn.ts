import { message } from '../message.ts'
import { int16, int32, int64, string, struct } from '../schema.ts'

/** KIP-98. */
export const addOffsetsToTxn = message({
  name: 'AddOffsetsToTxn',
  apiKey: 25,
  version: 3,
  request: struct({ transactionalId: string, producerId: int64, producerEpoch: int16, groupId: string }),
  response: struct({ throttleMs: int32, error: int16 }),
})
