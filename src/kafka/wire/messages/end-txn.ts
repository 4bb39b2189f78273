import { message } from '../message.ts'
import { bool, int16, int32, int64, string, struct } from '../schema.ts'

/** KIP-98. Version 3, so that the producer epoch stays as it is (KIP-890 bumps it from version 5 on). */
export const endTxn = message({
  name: 'EndTxn',
  apiKey: 26,
  version: 3,
  request: struct({ transactionalId: string, producerId: int64, producerEpoch: int16, isCommitted: bool }),
  response: struct({ throttleMs: int32, error: int16 }),
})
