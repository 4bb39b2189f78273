import { message } from '../message.ts'
import { array, int16, int32, string, struct } from '../schema.ts'

/** KIP-518. Each broker answers for the groups that it coordinates. */
export const listGroups = message({
  name: 'ListGroups',
  apiKey: 16,
  version: 4,
  isQuery: true,
  request: struct({ states: array(string) }),
  response: struct({
    throttleMs: int32,
    error: int16,
    groups: array(struct({ groupId: string, protocolType: string, state: string })),
  }),
})
