import { message } from '../message.ts'
import { array, int16, int32, int64, nullableString, string, struct } from '../schema.ts'

/** KIP-664. */
export const describeProducers = message({
  name: 'DescribeProducers',
  apiKey: 61,
  version: 0,
  isQuery: true,
  request: struct({ topics: array(struct({ name: string, partitions: array(int32) })) }),
  response: struct({
    throttleMs: int32,
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partition: int32,
            error: int16,
            errorMessage: nullableString,
            producers: array(
              struct({
                producerId: int64,
                producerEpoch: int32,
                lastSequence: int32,
                lastTimestampMs: int64,
                coordinatorEpoch: int32,
                currentTxnStartOffset: int64,
              }),
            ),
          }),
        ),
      }),
    ),
  }),
})
