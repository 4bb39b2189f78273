import { message } from '../message.ts'
import { array, bool, int16, int32, int64, nullableArray, nullableString, nullableStruct, string, struct, uint16 } from '../schema.ts' // prettier-ignore

const settings = array(struct({ key: string, value: string }))
const topics = array(struct({ name: string, partitions: int32, replicationFactor: int16, configs: settings }))
const tasks = array(struct({ subtopologyId: string, partitions: array(int32) }))
const taskOffsets = array(struct({ subtopologyId: string, partition: int32, offset: int64 }))
const assignment = struct({ activeTasks: tasks, standbyTasks: tasks, warmupTasks: tasks })

/** KIP-1071: groups of Kafka Streams in a protocol of their own, of which neither DescribeGroups nor ConsumerGroupDescribe tells anything. */
export const streamsGroupDescribe = message({
  name: 'StreamsGroupDescribe',
  apiKey: 89,
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
        topology: nullableStruct(
          struct({
            epoch: int32,
            subtopologies: nullableArray(
              struct({
                subtopologyId: string,
                sourceTopics: array(string),
                repartitionSinkTopics: array(string),
                stateChangelogTopics: topics,
                repartitionSourceTopics: topics,
              }),
            ),
          }),
        ),
        members: array(
          struct({
            memberId: string,
            memberEpoch: int32,
            instanceId: nullableString,
            rackId: nullableString,
            clientId: string,
            clientHost: string,
            topologyEpoch: int32,
            processId: string,
            userEndpoint: nullableStruct(struct({ host: string, port: uint16 })),
            clientTags: settings,
            taskOffsets,
            taskEndOffsets: taskOffsets,
            assignment,
            targetAssignment: assignment,
            isClassic: bool,
          }),
        ),
        /** Bit n is the operation of code n; -2147483648 when it was not asked or is not known. */
        authorizedOperations: int32,
      }),
    ),
  }),
})
