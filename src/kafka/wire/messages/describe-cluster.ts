import { message } from '../message.ts'
import { array, bool, int16, int32, nullableString, string, struct } from '../schema.ts'

/** KIP-700, KIP-430. */
export const describeCluster = message({
  name: 'DescribeCluster',
  apiKey: 60,
  version: 0,
  isQuery: true,
  request: struct({ includeAuthorizedOperations: bool }),
  response: struct({
    throttleMs: int32,
    error: int16,
    errorMessage: nullableString,
    clusterId: string,
    controllerId: int32,
    brokers: array(struct({ nodeId: int32, host: string, port: int32, rack: nullableString })),
    /** Bit n is the operation of code n; -2147483648 when it was not asked or is not known. */
    authorizedOperations: int32,
  }),
})
