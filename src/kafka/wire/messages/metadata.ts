import { message } from '../message.ts'
import { array, bool, int16, int32, nullableArray, nullableString, string, struct, uuid } from '../schema.ts'

/** Topic ids: KIP-516. */
export const metadata = message({
  name: 'Metadata',
  apiKey: 3,
  version: 12,
  isQuery: true,
  request: struct({
    /** null: every topic. */
    topics: nullableArray(struct({ topicId: uuid, name: nullableString })),
    allowAutoTopicCreation: bool,
    includeTopicAuthorizedOperations: bool,
  }),
  response: struct({
    throttleMs: int32,
    brokers: array(struct({ nodeId: int32, host: string, port: int32, rack: nullableString })),
    clusterId: nullableString,
    controllerId: int32,
    topics: array(
      struct({
        error: int16,
        name: nullableString,
        topicId: uuid,
        isInternal: bool,
        partitions: array(
          struct({
            error: int16,
            partition: int32,
            leader: int32,
            leaderEpoch: int32,
            replicas: array(int32),
            isr: array(int32),
            offline: array(int32),
          }),
        ),
        authorizedOperations: int32,
      }),
    ),
  }),
})
