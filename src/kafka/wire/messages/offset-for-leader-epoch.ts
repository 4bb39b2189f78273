import { message } from '../message.ts'
import { array, int16, int32, int64, string, struct } from '../schema.ts'

/** KIP-320. For the current epoch the answer is the leader's true log end. */
export const offsetForLeaderEpoch = message({
  name: 'OffsetForLeaderEpoch',
  apiKey: 23,
  version: 4,
  isQuery: true,
  request: struct({
    replicaId: int32,
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ partition: int32, currentLeaderEpoch: int32, leaderEpoch: int32 })),
      }),
    ),
  }),
  response: struct({
    throttleMs: int32,
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ error: int16, partition: int32, leaderEpoch: int32, endOffset: int64 })),
      }),
    ),
  }),
})
