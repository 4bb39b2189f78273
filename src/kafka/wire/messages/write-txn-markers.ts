import { message } from '../message.ts'
import { array, bool, int16, int32, int64, string, struct } from '../schema.ts'

/** KIP-98. One result a producer id comes back, whatever the number of markers: observe the effect, do not count answers. */
export const writeTxnMarkers = message({
  name: 'WriteTxnMarkers',
  apiKey: 27,
  version: 1,
  request: struct({
    markers: array(
      struct({
        producerId: int64,
        producerEpoch: int16,
        isCommit: bool,
        topics: array(struct({ name: string, partitions: array(int32) })),
        coordinatorEpoch: int32,
      }),
    ),
  }),
  response: struct({
    markers: array(
      struct({
        producerId: int64,
        topics: array(struct({ name: string, partitions: array(struct({ partition: int32, error: int16 })) })),
      }),
    ),
  }),
})
