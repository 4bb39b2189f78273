import { message } from '../message.ts'
import { array, int16, int32, nullableString, struct, uuid } from '../schema.ts'

/** By topic id, so that a topic that someone created anew under the name is left alone: KIP-516. */
export const deleteTopics = message({
  name: 'DeleteTopics',
  apiKey: 20,
  version: 6,
  request: struct({ topics: array(struct({ name: nullableString, topicId: uuid })), timeoutMs: int32 }),
  response: struct({
    throttleMs: int32,
    topics: array(struct({ name: nullableString, topicId: uuid, error: int16, errorMessage: nullableString })),
  }),
})
