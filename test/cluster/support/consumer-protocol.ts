import { encodeRequest } from '../../../src/kafka/wire/message.ts'
import { Reader } from '../../../src/kafka/wire/reader.ts'
import {
  array,
  int16,
  int32,
  nullableArray,
  nullableString,
  skipTaggedFields,
  string,
  struct,
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

/** Joins as a consumer of the new protocol, in a cluster of one broker. The group keeps the member until its session times out. */
export async function joinByNewProtocol(bootstrap: string, groupId: string, topic: string): Promise<void> {
  const [host = '', port] = bootstrap.split(':')
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
  const asked = { apiKey: 68, version: 0, body: Buffer.concat(body) }
  const [answer] = await sendRaw({ host, port: Number(port) }, [asked])
  const reader = new Reader(answer ?? Buffer.alloc(0))
  skipTaggedFields(reader)
  int32.read(reader)
  const error = int16.read(reader)
  if (error !== 0) throw new Error(`the group answered ${error}: ${String(nullableString.read(reader))}`)
}
