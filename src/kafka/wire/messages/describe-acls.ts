import { message } from '../message.ts'
import { array, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

/** KIP-140; patterns of resources: KIP-290. A broker answers with what it has itself heard of, so that each can be asked. */
export const describeAcls = message({
  name: 'DescribeAcls',
  apiKey: 29,
  version: 2,
  isQuery: true,
  request: struct({
    type: int8,
    name: nullableString,
    patternType: int8,
    principal: nullableString,
    host: nullableString,
    operation: int8,
    permission: int8,
  }),
  response: struct({
    throttleMs: int32,
    error: int16,
    errorMessage: nullableString,
    resources: array(
      struct({
        type: int8,
        name: string,
        patternType: int8,
        acls: array(struct({ principal: string, host: string, operation: int8, permission: int8 })),
      }),
    ),
  }),
})
