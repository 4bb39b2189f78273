import { message } from '../message.ts'
import { array, bool, int8, int16, int32, nullableArray, nullableString, string, struct, uuid } from '../schema.ts'

/** KIP-4, KIP-516. */
export const createTopics = message({
  name: 'CreateTopics',
  apiKey: 19,
  version: 7,
  request: struct({
    topics: array(
      struct({
        name: string,
        partitions: int32,
        replicationFactor: int16,
        assignments: array(struct({ partition: int32, brokers: array(int32) })),
        configs: array(struct({ name: string, value: nullableString })),
      }),
    ),
    timeoutMs: int32,
    validateOnly: bool,
  }),
  response: struct({
    throttleMs: int32,
    topics: array(
      struct({
        name: string,
        topicId: uuid,
        error: int16,
        errorMessage: nullableString,
        partitions: int32,
        replicationFactor: int16,
        configs: nullableArray(
          struct({ name: string, value: nullableString, isReadOnly: bool, source: int8, isSensitive: bool }),
        ),
      }),
    ),
  }),
})
