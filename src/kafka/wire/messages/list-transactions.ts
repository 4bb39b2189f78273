import { message } from '../message.ts'
import { array, int16, int32, int64, string, struct } from '../schema.ts'

/** KIP-664. Each broker answers for the transactional ids that it coordinates, and leaves out those that may not be described. */
export const listTransactions = message({
  name: 'ListTransactions',
  apiKey: 66,
  version: 0,
  isQuery: true,
  request: struct({ states: array(string), producerIds: array(int64) }),
  response: struct({
    throttleMs: int32,
    error: int16,
    unknownStates: array(string),
    transactions: array(struct({ transactionalId: string, producerId: int64, state: string })),
  }),
})
