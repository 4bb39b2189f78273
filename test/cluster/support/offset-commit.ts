import { committedOffset } from '../../../src/kafka/wire/committed-offset.ts'
import { message } from '../../../src/kafka/wire/message.ts'
import { array, int16, int32, nullableString, string, struct } from '../../../src/kafka/wire/schema.ts'

/** What georep itself never sends: it commits in transactions. Generation -1 commits for a group that has no members. */
export const offsetCommit = message({
  name: 'OffsetCommit',
  apiKey: 8,
  version: 8,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullableString,
    topics: array(struct({ name: string, partitions: array(committedOffset) })),
  }),
  response: struct({
    throttleMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ partition: int32, error: int16 })) })),
  }),
})
