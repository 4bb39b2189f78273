import { message } from '../message.ts'
import { array, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

/** KIP-140, KIP-290. One result a creation, in their order. */
export const createAcls = message({
  name: 'CreateAcls',
  apiKey: 30,
  version: 2,
  request: struct({
    creations: array(
      struct({
        type: int8,
        name: string,
        patternType: int8,
        principal: string,
        host: string,
        operation: int8,
        permission: int8,
      }),
    ),
  }),
  response: struct({
    throttleMs: int32,
    results: array(struct({ error: int16, errorMessage: nullableString })),
  }),
})
