import { message } from '../message.ts'
import { array, bool, int16, int32, nullableArray, nullableString, string, struct } from '../schema.ts'

/** KIP-195. */
export const createPartitions = message({
  name: 'CreatePartitions',
  apiKey: 37,
  version: 3,
  request: struct({
    topics: array(
      struct({
        name: string,
        /** How many it has then, those that are there counted. */
        count: int32,
        assignments: nullableArray(struct({ brokers: array(int32) })),
      }),
    ),
    timeoutMs: int32,
    validateOnly: bool,
  }),
  response: struct({
    throttleMs: int32,
    results: array(struct({ name: string, error: int16, errorMessage: nullableString })),
  }),
})
