import { message } from '../message.ts'
import { array, int8, int16, int32, nullableString, string, struct } from '../schema.ts'

/** Batched: KIP-699. Key type 0 is a group, 1 a transactional id. */
export const findCoordinator = message({
  name: 'FindCoordinator',
  apiKey: 10,
  version: 4,
  isQuery: true,
  request: struct({ keyType: int8, keys: array(string) }),
  response: struct({
    throttleMs: int32,
    coordinators: array(
      struct({ key: string, nodeId: int32, host: string, port: int32, error: int16, errorMessage: nullableString }),
    ),
  }),
})
