import { message } from '../message.ts'
import {
  array,
  bool,
  int16,
  int32,
  int64,
  nullableArray,
  nullableString,
  skipTaggedFields,
  string,
  struct,
} from '../schema.ts'

const anyCommit = struct({
  partition: int32,
  offset: int64,
  leaderEpoch: int32,
  metadata: nullableString,
  error: int16,
})

/** A struct as any other. There are tens of thousands in an answer: taken apart by name, they take half the time. */
const commit: typeof anyCommit = {
  write: anyCommit.write,
  read: (reader) => {
    const value = {
      partition: reader.int32(),
      offset: reader.int64(),
      leaderEpoch: reader.int32(),
      metadata: nullableString.read(reader),
      error: reader.int16(),
    }
    skipTaggedFields(reader)
    return value
  },
}

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
            partitions: array(commit),
          }),
        ),
        error: int16,
      }),
    ),
  }),
})
