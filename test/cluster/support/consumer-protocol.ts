import { encodeRequest } from '../../../src/kafka/wire/message.ts'
import { Reader } from '../../../src/kafka/wire/reader.ts'
import {
  array,
  bool,
  int16,
  int32,
  nullableArray,
  nullableString,
  nullableStruct,
  skipTaggedFields,
  string,
  struct,
  uint16,
  uuid,
} from '../../../src/kafka/wire/schema.ts'
import { sendRaw } from './raw-client.ts'

/** ConsumerGroupHeartbeat, KIP-848: how a member joins a group and stays in it. georep is never one. */
const heartbeat = struct({
  groupId: string,
  memberId: string,
  memberEpoch: int32,
  instanceId: nullableString,
  rackId: nullableString,
  rebalanceTimeoutMs: int32,
  subscribedTopicNames: nullableArray(string),
  serverAssignor: nullableString,
  topicPartitions: nullableArray(struct({ topicId: uuid, partitions: array(int32) })),
})

const topology = struct({
  epoch: int32,
  subtopologies: array(
    struct({
      id: string,
      sourceTopics: array(string),
      sourceTopicRegex: array(string),
      changelogTopics: array(string),
      repartitionSinkTopics: array(string),
      repartitionSourceTopics: array(string),
      copartitionGroups: array(string),
    }),
  ),
})

/** StreamsGroupHeartbeat, KIP-1071, of a member without state. */
const streamsHeartbeat = struct({
  groupId: string,
  memberId: string,
  memberEpoch: int32,
  endpointEpoch: int32,
  instanceId: nullableString,
  rackId: nullableString,
  rebalanceTimeoutMs: int32,
  topology: nullableStruct(topology),
  activeTasks: nullableArray(string),
  standbyTasks: nullableArray(string),
  warmupTasks: nullableArray(string),
  processId: nullableString,
  userEndpoint: nullableStruct(struct({ host: string, port: uint16 })),
  clientTags: nullableArray(string),
  taskOffsets: nullableArray(string),
  taskEndOffsets: nullableArray(string),
  isShutdown: bool,
})

/** Joins as a consumer of the new protocol, in a cluster of one broker. The group keeps the member until its session times out. */
export async function joinByNewProtocol(bootstrap: string, groupId: string, topic: string): Promise<void> {
  const body = encodeRequest(
    { request: heartbeat },
    {
      groupId,
      memberId: '',
      memberEpoch: 0,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: 60_000,
      subscribedTopicNames: [topic],
      serverAssignor: null,
      topicPartitions: [],
    },
  )
  await beat(bootstrap, { apiKey: 68, version: 0 }, body)
}

/** Joins as an application of Kafka Streams with its own protocol, and leaves when it is told to; the group stays one of Streams. */
export async function joinAsStreams(bootstrap: string, groupId: string, topic: string): Promise<() => Promise<void>> {
  const lists = { sourceTopicRegex: [], changelogTopics: [], repartitionSinkTopics: [], repartitionSourceTopics: [], copartitionGroups: [] } // prettier-ignore
  const member = {
    groupId,
    memberId: 'member',
    endpointEpoch: 0,
    instanceId: null,
    rackId: null,
    userEndpoint: null,
    clientTags: null,
    taskOffsets: null,
    taskEndOffsets: null,
    isShutdown: false,
  }
  const joining = {
    ...member,
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    topology: { epoch: 0, subtopologies: [{ id: '0', sourceTopics: [topic], ...lists }] },
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    processId: 'process',
    userEndpoint: { host: 'app', port: 40_000 },
  }
  const leaving = { ...member, memberEpoch: -1, rebalanceTimeoutMs: -1, topology: null, activeTasks: null, standbyTasks: null, warmupTasks: null, processId: null } // prettier-ignore
  const head = { apiKey: 88, version: 0 }
  await beat(bootstrap, head, encodeRequest({ request: streamsHeartbeat }, joining))
  return async () => {
    await beat(bootstrap, head, encodeRequest({ request: streamsHeartbeat }, leaving))
  }
}

const shareHeartbeat = struct({
  groupId: string,
  memberId: string,
  memberEpoch: int32,
  rackId: nullableString,
  subscribedTopicNames: nullableArray(string),
})

/** Joins as a consumer of a share group, KIP-932. */
export async function joinShareGroup(bootstrap: string, groupId: string, topic: string): Promise<void> {
  const joining = { groupId, memberId: 'member', memberEpoch: 0, rackId: null, subscribedTopicNames: [topic] }
  await beat(bootstrap, { apiKey: 76, version: 1 }, encodeRequest({ request: shareHeartbeat }, joining))
}

async function beat(
  bootstrap: string,
  head: { readonly apiKey: number; readonly version: number },
  body: readonly Buffer[],
): Promise<void> {
  const [host = '', port] = bootstrap.split(':')
  const [answer] = await sendRaw({ host, port: Number(port) }, [{ ...head, body: Buffer.concat(body) }])
  const reader = new Reader(answer ?? Buffer.alloc(0))
  skipTaggedFields(reader)
  int32.read(reader)
  const error = int16.read(reader)
  if (error !== 0) throw new Error(`the group answered ${error}: ${String(nullableString.read(reader))}`)
}
