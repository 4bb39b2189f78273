import { message } from '../message.ts'
import { array, int8, int16, int32, int64, string, struct } from '../schema.ts'

/** Timestamp -1 is the end (high watermark, or last stable offset when read committed), -2 the log start. */
export const listOffsets = message({
  name: 'ListOffsets',
  apiKey: 2,
  version: 7,
  isQuery: true,
  request: struct({
    replicaId: int32,
    isolation: int8,
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ partition: int32, currentLeaderEpoch: int32, timestamp: int64 })),
      }),
    ),
  }),
  response: struct({
    throttleMs: int32,
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({ partition: int32, error: int16, timestamp: int64, offset: int64, leaderEpoch: int32 }),
        ),
      }),
    ),
  }),
})
