import { AnswerBuffers } from '../../../src/kafka/wire/answer-buffers.ts'
import { Connection } from '../../../src/kafka/wire/connection.ts'
import type { Message, RequestOf } from '../../../src/kafka/wire/message.ts'
import { addOffsetsToTxn } from '../../../src/kafka/wire/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../../src/kafka/wire/messages/add-partitions-to-txn.ts'
import { createAcls } from '../../../src/kafka/wire/messages/create-acls.ts'
import { createPartitions } from '../../../src/kafka/wire/messages/create-partitions.ts'
import { createTopics } from '../../../src/kafka/wire/messages/create-topics.ts'
import { deleteAcls } from '../../../src/kafka/wire/messages/delete-acls.ts'
import { deleteRecords } from '../../../src/kafka/wire/messages/delete-records.ts'
import { deleteGroups } from '../../../src/kafka/wire/messages/delete-groups.ts'
import { deleteTopics } from '../../../src/kafka/wire/messages/delete-topics.ts'
import { describeAcls } from '../../../src/kafka/wire/messages/describe-acls.ts'
import { describeCluster } from '../../../src/kafka/wire/messages/describe-cluster.ts'
import { describeConfigs } from '../../../src/kafka/wire/messages/describe-configs.ts'
import { consumerGroupDescribe } from '../../../src/kafka/wire/messages/consumer-group-describe.ts'
import { describeGroups } from '../../../src/kafka/wire/messages/describe-groups.ts'
import { describeProducers } from '../../../src/kafka/wire/messages/describe-producers.ts'
import { describeTransactions } from '../../../src/kafka/wire/messages/describe-transactions.ts'
import { endTxn } from '../../../src/kafka/wire/messages/end-txn.ts'
import { fetch } from '../../../src/kafka/wire/messages/fetch.ts'
import { findCoordinator } from '../../../src/kafka/wire/messages/find-coordinator.ts'
import { incrementalAlterConfigs } from '../../../src/kafka/wire/messages/incremental-alter-configs.ts'
import { initProducerId } from '../../../src/kafka/wire/messages/init-producer-id.ts'
import { listGroups } from '../../../src/kafka/wire/messages/list-groups.ts'
import { listOffsets } from '../../../src/kafka/wire/messages/list-offsets.ts'
import { listTransactions } from '../../../src/kafka/wire/messages/list-transactions.ts'
import { metadata } from '../../../src/kafka/wire/messages/metadata.ts'
import { offsetDelete } from '../../../src/kafka/wire/messages/offset-delete.ts'
import { offsetFetch } from '../../../src/kafka/wire/messages/offset-fetch.ts'
import { offsetForLeaderEpoch } from '../../../src/kafka/wire/messages/offset-for-leader-epoch.ts'
import { produce } from '../../../src/kafka/wire/messages/produce.ts'
import { streamsGroupDescribe } from '../../../src/kafka/wire/messages/streams-group-describe.ts'
import { txnOffsetCommit } from '../../../src/kafka/wire/messages/txn-offset-commit.ts'
import { writeTxnMarkers } from '../../../src/kafka/wire/messages/write-txn-markers.ts'
import { batchFromRecords } from '../../../src/kafka/records/record.ts'
import { noUuid } from '../../../src/kafka/wire/schema.ts'
import { joinAsStreams, joinByNewProtocol } from './consumer-protocol.ts'

/**
 * Sends every message that is declared at least once, in an order in which a broker accepts each of them from a super user, and fails on the
 * first answer that carries an error. The values are chosen so that no field of a request stands at its default throughout.
 *
 * @param port of what listens in
 * @param suffix makes the names of this run unique
 * @param bootstrap of the broker, where nobody listens in, for what is not georep's
 */
export async function runWireScenario(port: number, suffix: string, bootstrap: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000)
  const connection = await Connection.open(
    { host: '127.0.0.1', port, tls: undefined, sasl: undefined },
    { timeoutMs: 5_000, signal, buffers: new AnswerBuffers() },
  )
  /** Asks again while a coordinator loads or still ends the transaction before, and then insists on an answer without errors. */
  async function call<Request, Response>(message: Message<Request, Response>, request: Request): Promise<Response> {
    for (;;) {
      const answer = await connection.send(message, request, { timeoutMs: 15_000, signal })
      const errors = errorsIn(answer)
      if (errors.length === 0) return answer
      if (!errors.every((code) => passing.has(code))) {
        throw new Error(`${message.name} was answered with error ${errors.join(', ')}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  try {
    await converse(call, suffix, bootstrap)
  } finally {
    connection.close()
  }
}

type Call = <Request, Response>(message: Message<Request, Response>, request: Request) => Promise<Response>

// A topic just made (UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER), coordinators that load, CONCURRENT_TRANSACTIONS,
// UNSTABLE_OFFSET_COMMIT.
const passing: ReadonlySet<number> = new Set([3, 5, 6, 14, 15, 16, 51, 88])

async function converse(call: Call, suffix: string, bootstrap: string): Promise<void> {
  // Not one far from the broker's clock: it would begin a new segment for the marker, and a fetch ends with its segment.
  const timestampMs = BigInt(Date.now())
  const orders = `golden-orders-${suffix}`
  const placed = `golden-placed-${suffix}`
  const group = `golden-group-${suffix}`
  const transactionalId = `golden-txn-${suffix}`

  const { controllerId, brokers } = await call(describeCluster, { includeAuthorizedOperations: true })
  const [broker] = brokers
  if (broker === undefined) throw new Error('a cluster without brokers')
  const created = await call(createTopics, {
    topics: [
      {
        name: orders,
        partitions: 2,
        replicationFactor: 1,
        assignments: [],
        configs: [
          { name: 'retention.ms', value: '7200000' },
          { name: 'cleanup.policy', value: 'delete' },
        ],
      },
      {
        name: placed,
        partitions: -1,
        replicationFactor: -1,
        assignments: [{ partition: 0, brokers: [broker.nodeId] }],
        configs: [],
      },
    ],
    timeoutMs: 30_000,
    validateOnly: false,
  })
  const topicId = created.topics[0]?.topicId ?? noUuid
  const placedId = created.topics[1]?.topicId ?? noUuid
  const byNames = [orders, placed].map((name) => ({ topicId: noUuid, name }))
  await call(metadata, { topics: byNames, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true })
  await call(describeConfigs, {
    resources: [
      { type: 2, name: orders, keys: ['retention.ms', 'cleanup.policy'] },
      { type: 4, name: String(controllerId), keys: ['node.id'] },
    ],
    includeSynonyms: true,
    includeDocumentation: true,
  })
  await call(describeConfigs, {
    resources: [{ type: 2, name: placed, keys: null }],
    includeSynonyms: false,
    includeDocumentation: false,
  })
  await call(incrementalAlterConfigs, {
    resources: [
      {
        type: 2,
        name: orders,
        configs: [
          { name: 'max.message.bytes', operation: 0, value: '2000000' },
          { name: 'retention.ms', operation: 1, value: null },
        ],
      },
    ],
    validateOnly: false,
  })
  await call(createPartitions, {
    topics: [{ name: placed, count: 2, assignments: [{ brokers: [broker.nodeId] }] }],
    timeoutMs: 30_000,
    validateOnly: true,
  })
  await call(findCoordinator, { keyType: 0, keys: [group, `${group}-other`] })
  await call(findCoordinator, { keyType: 1, keys: [transactionalId] })

  await produceAndMark(call, { orders, timestampMs })
  await transact(call, { orders, group, transactionalId, timestampMs })
  await readBack(call, { orders, topicId, group, timestampMs, bootstrap })
  const acl = { type: 2, name: orders, patternType: 3, principal: 'User:naïve', host: '10.0.0.1', operation: 4, permission: 2 } as const // prettier-ignore
  await call(createAcls, { creations: [acl, { ...acl, name: `${orders}-`, patternType: 4, host: '*', permission: 3 }] }) // prettier-ignore
  await call(describeAcls, { ...acl, patternType: 2, principal: null, host: null, operation: 1, permission: 1 })
  await call(describeAcls, { ...acl, name: null })
  await call(deleteAcls, { filters: [acl, { ...acl, name: `${orders}-`, patternType: 4, principal: null, host: null, operation: 1, permission: 1 }] }) // prettier-ignore
  await call(deleteRecords, {
    topics: [{ name: orders, partitions: [{ partition: 0, offset: 1n }] }],
    timeoutMs: 30_000,
  })
  await call(offsetDelete, { groupId: group, topics: [{ name: orders, partitions: [{ partition: 1 }, { partition: 0 }] }] }) // prettier-ignore
  await call(deleteGroups, { groups: [group, `${group}-other`] })
  const ids = [topicId, placedId].map((id) => ({ name: null, topicId: id }))
  await call(deleteTopics, { topics: ids, timeoutMs: 30_000 })
}

async function produceAndMark(
  call: Call,
  { orders, timestampMs }: { readonly orders: string; readonly timestampMs: bigint },
): Promise<void> {
  const idempotent = await call(initProducerId, {
    transactionalId: null,
    transactionTimeoutMs: 60_000,
    producerId: -1n,
    producerEpoch: -1,
  })
  const batch = (key: string): Buffer =>
    batchFromRecords(
      [
        { key: Buffer.from(key), value: Buffer.from('one') },
        { key: null, value: null },
      ],
      {
        timestampMs,
        producer: idempotent,
        baseSequence: 0,
        isTransactional: false,
      },
    )
  await call(produce, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 10_000,
    topics: [
      {
        name: orders,
        partitions: [
          { partition: 0, records: batch('a') },
          { partition: 1, records: batch('b') },
        ],
      },
    ],
  })
  await call(writeTxnMarkers, {
    markers: [
      {
        producerId: idempotent.producerId,
        producerEpoch: idempotent.producerEpoch,
        isCommit: false,
        topics: [{ name: orders, partitions: [1, 0] }],
        coordinatorEpoch: 7,
      },
    ],
  })
}

/** One transaction that is aborted, with data; then one that is committed, with data and offsets. */
async function transact(
  call: Call,
  given: {
    readonly orders: string
    readonly group: string
    readonly transactionalId: string
    readonly timestampMs: bigint
  },
): Promise<void> {
  const { orders, group, transactionalId, timestampMs } = given
  const first = await call(initProducerId, {
    transactionalId,
    transactionTimeoutMs: 10_000,
    producerId: -1n,
    producerEpoch: -1,
  })
  // KIP-360: the broker gives the next epoch to whoever names the present one.
  const { producerId, producerEpoch } = await call(initProducerId, {
    transactionalId,
    transactionTimeoutMs: 10_000,
    producerId: first.producerId,
    producerEpoch: first.producerEpoch,
  })
  const ids = { transactionalId, producerId, producerEpoch }
  for (const [baseSequence, isCommitted] of [
    [0, false],
    [1, true],
  ] as const) {
    // prettier-ignore
    await call(addPartitionsToTxn, { ...ids, topics: [{ name: orders, partitions: [0] }] })
    const records = batchFromRecords([{ key: null, value: Buffer.from(isCommitted ? 'kept' : 'dropped') }], {
      timestampMs,
      producer: ids,
      baseSequence,
      isTransactional: true,
    })
    await call(produce, {
      transactionalId,
      acks: -1,
      timeoutMs: 10_000,
      topics: [{ name: orders, partitions: [{ partition: 0, records }] }],
    })
    if (isCommitted) {
      await call(addOffsetsToTxn, { ...ids, groupId: group })
      await call(txnOffsetCommit, {
        ...ids,
        groupId: group,
        generationId: -1,
        memberId: '',
        groupInstanceId: null,
        topics: [{ name: orders, partitions: [{ partition: 1, offset: 2n, leaderEpoch: -1, metadata: 'in a txn' }] }],
      })
      await call(addOffsetsToTxn, { ...ids, groupId: `${group}-other` })
      await call(txnOffsetCommit, {
        ...ids,
        groupId: `${group}-other`,
        generationId: -1,
        memberId: '',
        groupInstanceId: null,
        topics: [
          {
            name: orders,
            partitions: [
              { partition: 0, offset: 3n, leaderEpoch: -1, metadata: 'by hand, naïve' },
              { partition: 1, offset: 0n, leaderEpoch: 0, metadata: null },
            ],
          },
        ],
      })
    }
    await call(listTransactions, { states: ['Ongoing', 'PrepareAbort'], producerIds: [producerId, 9_000_000_000n] })
    await call(describeTransactions, { transactionalIds: [transactionalId] })
    await call(endTxn, { ...ids, isCommitted })
  }
}

async function readBack(
  call: Call,
  given: {
    readonly orders: string
    readonly topicId: string
    readonly group: string
    readonly timestampMs: bigint
    readonly bootstrap: string
  },
): Promise<void> {
  const { orders, topicId, group, timestampMs } = given
  await call(offsetFetch, {
    groups: [
      { groupId: group, topics: null },
      { groupId: `${group}-other`, topics: [{ name: orders, partitions: [0, 1] }] },
    ],
    requireStable: true,
  })
  await call(listGroups, { states: ['Empty', 'Dead'] })
  await call(describeGroups, { groups: [group, `${group}-none`], includeAuthorizedOperations: true })
  const grouped = `${group}-new`
  await joinByNewProtocol(given.bootstrap, grouped, orders)
  await call(consumerGroupDescribe, { groupIds: [grouped], includeAuthorizedOperations: true })
  const leave = await joinAsStreams(given.bootstrap, `${group}-streams`, orders)
  await call(streamsGroupDescribe, { groupIds: [`${group}-streams`], includeAuthorizedOperations: true })
  await leave()
  for (const timestamp of [-1n, -2n, timestampMs]) {
    const asked = { partition: 0, currentLeaderEpoch: 0, timestamp }
    await call(listOffsets, { replicaId: -1, isolation: 1, topics: [{ name: orders, partitions: [asked] }] })
  }
  await call(offsetForLeaderEpoch, {
    replicaId: -1,
    topics: [{ name: orders, partitions: [{ partition: 1, currentLeaderEpoch: 0, leaderEpoch: 0 }] }],
  })
  await call(describeProducers, { topics: [{ name: orders, partitions: [0, 1] }] })
  const from = { partition: 0, currentLeaderEpoch: 0, logStartOffset: -1n, maxBytes: 1_048_576 }
  const common = { replicaId: -1, maxWaitMs: 100, minBytes: 1, maxBytes: 2_097_152, isolation: 1, sessionEpoch: -1 }
  const fetchOf = (partition: object): RequestOf<typeof fetch> => ({
    ...common,
    sessionId: 0,
    topics: [{ topicId, partitions: [{ ...from, fetchOffset: 0n, lastFetchedEpoch: -1, ...partition }] }],
    forgotten: [],
    rackId: '',
  })
  await call(fetch, fetchOf({}))
  // Beyond the log's end in an epoch that the log knows: answered with where that epoch ends.
  await call(fetch, fetchOf({ fetchOffset: 1_000n, lastFetchedEpoch: 0 }))
  await call(fetch, { ...fetchOf({}), topics: [], forgotten: [{ topicId, partitions: [0] }], rackId: 'rack-1' })
}

/** Every error code other than 0, however deep. */
function errorsIn(answer: unknown): readonly number[] {
  if (typeof answer !== 'object' || answer === null || Buffer.isBuffer(answer)) return []
  return Object.entries(answer).flatMap(([key, value]) =>
    key === 'error' && value !== 0 ? [value as number] : errorsIn(value),
  )
}
