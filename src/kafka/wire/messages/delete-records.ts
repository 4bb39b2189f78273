import { message } from '../message.ts'
import { array, int16, int32, int64, string, struct } from '../schema.ts'

/** KIP-107. To the leader; a log start that is there already, or further, stays. */
export const deleteRecords = message({
  name: 'DeleteRecords',
  apiKey: 21,
  version: 2,
  request: struct({
    topics: array(struct({ name: string, partitions: array(struct({ partition: int32, offset: int64 })) })),
    timeoutMs: int32,
  }),
  response: struct({
    throttleMs: int32,
    topics: array(
      struct({ name: string, partitions: array(struct({ partition: int32, lowWatermark: int64, error: int16 })) }),
    ),
  }),
})
