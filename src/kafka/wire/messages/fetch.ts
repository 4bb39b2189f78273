import { message } from '../message.ts'
import {
  array,
  int8,
  int16,
  int32,
  int64,
  nullableArray,
  nullableBytes,
  string,
  struct,
  uuid,
  type ValueOf,
} from '../schema.ts'

const divergingEpoch = struct({ epoch: int32, endOffset: int64 })
/** Set when the log at the asked offset is not the one that was read before: it was truncated in between. */
export type DivergingEpoch = ValueOf<typeof divergingEpoch>

const partitionFields = {
  partition: int32,
  error: int16,
  highWatermark: int64,
  lastStableOffset: int64,
  logStartOffset: int64,
  abortedTransactions: nullableArray(struct({ producerId: int64, firstOffset: int64 })),
  preferredReadReplica: int32,
  records: nullableBytes,
}

/** By topic id, so that a topic created anew under the old name is an error and not other data: KIP-516. Diverging epochs: KIP-595. */
export const fetch = message({
  name: 'Fetch',
  apiKey: 1,
  version: 13,
  isQuery: true,
  request: struct({
    replicaId: int32,
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32,
    /** 0 read uncommitted, 1 read committed. */
    isolation: int8,
    sessionId: int32,
    sessionEpoch: int32,
    topics: array(
      struct({
        topicId: uuid,
        partitions: array(
          struct({
            partition: int32,
            currentLeaderEpoch: int32,
            fetchOffset: int64,
            lastFetchedEpoch: int32,
            logStartOffset: int64,
            maxBytes: int32,
          }),
        ),
      }),
    ),
    forgotten: array(struct({ topicId: uuid, partitions: array(int32) })),
    rackId: string,
  }),
  response: struct({
    throttleMs: int32,
    error: int16,
    sessionId: int32,
    topics: array(
      struct({
        topicId: uuid,
        partitions: array(
          struct<typeof partitionFields, { readonly divergingEpoch?: DivergingEpoch }>(partitionFields, {
            0: { name: 'divergingEpoch', type: divergingEpoch },
          }),
        ),
      }),
    ),
  }),
})
