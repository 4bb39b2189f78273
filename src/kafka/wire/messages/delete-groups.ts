import { message } from '../message.ts'
import { array, int16, int32, string, struct } from '../schema.ts'

/** KIP-229. */
export const deleteGroups = message({
  name: 'DeleteGroups',
  apiKey: 42,
  version: 2,
  request: struct({ groups: array(string) }),
  response: struct({ throttleMs: int32, groups: array(struct({ groupId: string, error: int16 })) }),
})
