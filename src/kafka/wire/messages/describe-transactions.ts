import { message } from '../message.ts'
import { array, int16, int32, int64, string, struct } from '../schema.ts'

/** KIP-664. Of the coordinator of each transactional id. */
export const describeTransactions = message({
  name: 'DescribeTransactions',
  apiKey: 65,
  version: 0,
  isQuery: true,
  request: struct({ transactionalIds: array(string) }),
  response: struct({
    throttleMs: int32,
    transactions: array(
      struct({
        error: int16,
        transactionalId: string,
        state: string,
        transactionTimeoutMs: int32,
        /** -1 when none is under way. */
        startTimeMs: int64,
        producerId: int64,
        producerEpoch: int16,
        topics: array(struct({ name: string, partitions: array(int32) })),
      }),
    ),
  }),
})
