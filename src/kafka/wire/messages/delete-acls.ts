import { message } from '../message.ts'
import { array, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

/** KIP-140, KIP-290. What a filter matches is deleted and comes back; one result a filter, in their order. */
export const deleteAcls = message({
  name: 'DeleteAcls',
  apiKey: 31,
  version: 2,
  request: struct({
    filters: array(
      struct({
        type: int8,
        name: nullableString,
        patternType: int8,
        principal: nullableString,
        host: nullableString,
        operation: int8,
        permission: int8,
      }),
    ),
  }),
  response: struct({
    throttleMs: int32,
    results: array(
      struct({
        error: int16,
        errorMessage: nullableString,
        matching: array(
          struct({
            error: int16,
            errorMessage: nullableString,
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
    ),
  }),
})
