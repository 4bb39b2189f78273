import { message } from '../message.ts'
import { array, bool, int16, int32, int64, nullableArray, nullableString, string, struct } from '../schema.ts'

/** Many groups in one request: KIP-709. */
export const offsetFetch = message({
  name: 'OffsetFetch',
  apiKey: 9,
  version: 8,
  isQuery: true,
  request: struct({
    groups: array(
      struct({
        groupId: string,
        /** null: every topic with a commit. */
        topics: nullableArray(struct({ name: string, partitions: array(int32) })),
      }),
    ),
    requireStable: bool,
  }),
  response: struct({
    throttleMs: int32,
    groups: array(
      struct({
        groupId: string,
        topics: array(
          struct({
            name: string,
            partitions: array(
              struct({
                partition: int32,
                offset: int64,
                leaderEpoch: int32,
                metadata: nullableString,
                error: int16,
              }),
            ),
          }),
        ),
        error: int16,
      }),
    ),
  }),
})
