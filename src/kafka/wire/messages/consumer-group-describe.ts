import { message } from '../message.ts'
import { array, bool, int16, int32, nullableString, string, struct, uuid } from '../schema.ts'

const assignment = struct({
  topicPartitions: array(struct({ topicId: uuid, topicName: string, partitions: array(int32) })),
})

/** KIP-848: groups whose members are given their partitions by the broker, of which DescribeGroups tells nothing. */
export const consumerGroupDescribe = message({
  name: 'ConsumerGroupDescribe',
  apiKey: 69,
  version: 0,
  isQuery: true,
  request: struct({ groupIds: array(string), includeAuthorizedOperations: bool }),
  response: struct({
    throttleMs: int32,
    groups: array(
      struct({
        error: int16,
        errorMessage: nullableString,
        groupId: string,
        state: string,
        groupEpoch: int32,
        assignmentEpoch: int32,
        assignorName: string,
        members: array(
          struct({
            memberId: string,
            instanceId: nullableString,
            rackId: nullableString,
            memberEpoch: int32,
            clientId: string,
            clientHost: string,
            subscribedTopicNames: array(string),
            subscribedTopicRegex: nullableString,
            assignment,
            targetAssignment: assignment,
          }),
        ),
        /** Bit n is the operation of code n; -2147483648 when it was not asked or is not known. */
        authorizedOperations: int32,
      }),
    ),
  }),
})
