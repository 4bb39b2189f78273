import { message } from '../message.ts'
import { plainArray, plainString, plainStruct } from '../plain.ts'
import { int16, int32 } from '../schema.ts'

/** KIP-496. It has no flexible version. Refused for topics that a member of the group is subscribed to. */
export const offsetDelete = message({
  name: 'OffsetDelete',
  apiKey: 47,
  version: 0,
  hasPlainRequestHeader: true,
  hasPlainResponseHeader: true,
  request: plainStruct({
    groupId: plainString,
    topics: plainArray(plainStruct({ name: plainString, partitions: plainArray(plainStruct({ partition: int32 })) })),
  }),
  response: plainStruct({
    error: int16,
    throttleMs: int32,
    topics: plainArray(
      plainStruct({ name: plainString, partitions: plainArray(plainStruct({ partition: int32, error: int16 })) }),
    ),
  }),
})
