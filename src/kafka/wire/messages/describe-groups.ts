import { message } from '../message.ts'
import { array, bool, int16, int32, nullableBytes, nullableString, string, struct } from '../schema.ts'

/** KIP-430. Up to this version a group that is not there is answered as one that is Dead (KIP-1043). */
export const describeGroups = message({
  name: 'DescribeGroups',
  apiKey: 15,
  version: 5,
  isQuery: true,
  request: struct({ groups: array(string), includeAuthorizedOperations: bool }),
  response: struct({
    throttleMs: int32,
    groups: array(
      struct({
        error: int16,
        groupId: string,
        state: string,
        protocolType: string,
        protocolData: string,
        members: array(
          struct({
            memberId: string,
            groupInstanceId: nullableString,
            clientId: string,
            clientHost: string,
            memberMetadata: nullableBytes,
            memberAssignment: nullableBytes,
          }),
        ),
        /** Bit n is the operation of code n; -2147483648 when it was not asked or is not known. */
        authorizedOperations: int32,
      }),
    ),
  }),
})
