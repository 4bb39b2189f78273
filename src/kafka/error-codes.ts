/** Broker error codes that georep decides on. Kafka protocol guide, "Error Codes". */
export const Code = {
  unknownServerError: -1,
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeaderOrFollower: 6,
  requestTimedOut: 7,
  offsetMetadataTooLarge: 12,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  invalidTopic: 17,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  unknownMemberId: 25,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  topicAlreadyExists: 36,
  notController: 41,
  outOfOrderSequenceNumber: 45,
  duplicateSequenceNumber: 46,
  invalidProducerEpoch: 47,
  invalidTxnState: 48,
  invalidProducerIdMapping: 49,
  concurrentTransactions: 51,
  transactionalIdAuthorizationFailed: 53,
  securityDisabled: 54,
  operationNotAttempted: 55,
  nonEmptyGroup: 68,
  groupIdNotFound: 69,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  offsetNotAvailable: 78,
  producerFenced: 90,
  unknownTopicId: 100,
  inconsistentTopicId: 103,
} as const

const names: Readonly<Record<number, string>> = Object.fromEntries(
  (
    `-1 UNKNOWN_SERVER_ERROR|1 OFFSET_OUT_OF_RANGE|2 CORRUPT_MESSAGE|3 UNKNOWN_TOPIC_OR_PARTITION|4 INVALID_FETCH_SIZE|` +
    `5 LEADER_NOT_AVAILABLE|6 NOT_LEADER_OR_FOLLOWER|7 REQUEST_TIMED_OUT|8 BROKER_NOT_AVAILABLE|9 REPLICA_NOT_AVAILABLE|` +
    `10 MESSAGE_TOO_LARGE|12 OFFSET_METADATA_TOO_LARGE|13 NETWORK_EXCEPTION|14 COORDINATOR_LOAD_IN_PROGRESS|15 COORDINATOR_NOT_AVAILABLE|` +
    `16 NOT_COORDINATOR|17 INVALID_TOPIC_EXCEPTION|18 RECORD_LIST_TOO_LARGE|19 NOT_ENOUGH_REPLICAS|` +
    `20 NOT_ENOUGH_REPLICAS_AFTER_APPEND|22 ILLEGAL_GENERATION|24 INVALID_GROUP_ID|25 UNKNOWN_MEMBER_ID|` +
    `27 REBALANCE_IN_PROGRESS|29 TOPIC_AUTHORIZATION_FAILED|30 GROUP_AUTHORIZATION_FAILED|` +
    `31 CLUSTER_AUTHORIZATION_FAILED|32 INVALID_TIMESTAMP|33 UNSUPPORTED_SASL_MECHANISM|35 UNSUPPORTED_VERSION|` +
    `36 TOPIC_ALREADY_EXISTS|37 INVALID_PARTITIONS|38 INVALID_REPLICATION_FACTOR|39 INVALID_REPLICA_ASSIGNMENT|` +
    `40 INVALID_CONFIG|41 NOT_CONTROLLER|42 INVALID_REQUEST|43 UNSUPPORTED_FOR_MESSAGE_FORMAT|44 POLICY_VIOLATION|` +
    `45 OUT_OF_ORDER_SEQUENCE_NUMBER|46 DUPLICATE_SEQUENCE_NUMBER|47 INVALID_PRODUCER_EPOCH|48 INVALID_TXN_STATE|` +
    `49 INVALID_PRODUCER_ID_MAPPING|51 CONCURRENT_TRANSACTIONS|52 TRANSACTION_COORDINATOR_FENCED|` +
    `53 TRANSACTIONAL_ID_AUTHORIZATION_FAILED|54 SECURITY_DISABLED|55 OPERATION_NOT_ATTEMPTED|56 KAFKA_STORAGE_ERROR|` +
    `58 SASL_AUTHENTICATION_FAILED|59 UNKNOWN_PRODUCER_ID|68 NON_EMPTY_GROUP|69 GROUP_ID_NOT_FOUND|` +
    `73 TOPIC_DELETION_DISABLED|74 FENCED_LEADER_EPOCH|75 UNKNOWN_LEADER_EPOCH|78 OFFSET_NOT_AVAILABLE|` +
    `81 GROUP_MAX_SIZE_REACHED|82 FENCED_INSTANCE_ID|83 ELIGIBLE_LEADERS_NOT_AVAILABLE|86 GROUP_SUBSCRIBED_TO_TOPIC|` +
    `87 INVALID_RECORD|88 UNSTABLE_OFFSET_COMMIT|89 THROTTLING_QUOTA_EXCEEDED|90 PRODUCER_FENCED|` +
    `100 UNKNOWN_TOPIC_ID|103 INCONSISTENT_TOPIC_ID|113 STALE_MEMBER_EPOCH|120 TRANSACTION_ABORTABLE`
  )
    .split('|')
    .map((entry) => entry.split(' ') as [string, string]),
)

/** The protocol's name of a code, as Kafka's own tools print it. */
export function codeName(code: number): string {
  return names[code] ?? `error code ${code}`
}

const moved: ReadonlySet<number> = new Set([
  Code.leaderNotAvailable,
  Code.notLeaderOrFollower,
  Code.fencedLeaderEpoch,
  Code.unknownLeaderEpoch,
  Code.offsetNotAvailable, // its followers have not told it yet how far they are
  9,
  56,
])

/** The partition has, will soon have, or has just got another leader: refresh the metadata and ask again. */
export function isLeaderMoved(code: number): boolean {
  return moved.has(code)
}

/** Nobody takes an append to the partition at present: its leader moves, or too few replicas are in sync. Where a repeat adds nothing the same may be sent again. */
export function isNotWritable(code: number): boolean {
  return isLeaderMoved(code) || code === Code.notEnoughReplicas || code === Code.notEnoughReplicasAfterAppend
}

/** Of the metadata of a topic: there is none of that name, or none can have it. */
export function isNoTopic(code: number): boolean {
  return code === Code.unknownTopicOrPartition || code === Code.invalidTopic
}

/** The coordinator is elsewhere or still loading: look it up again. */
export function isCoordinatorMoved(code: number): boolean {
  return (
    code === Code.coordinatorLoadInProgress || code === Code.coordinatorNotAvailable || code === Code.notCoordinator
  )
}

/** The principal lacks a right. */
export function isDenied(code: number): boolean {
  return code === 29 || code === 30 || code === 31 || code === 53 || code === 65
}

/** A newer producer with the same id took over, or the broker has forgotten this one, so that one may have. */
export function isFenced(code: number): boolean {
  return code === Code.producerFenced || code === Code.invalidProducerEpoch || code === Code.invalidProducerIdMapping
}

/** A broker's answer that is an error, where no more special error fits. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly errorCode: number

  constructor(what: string, errorCode: number, detail: string | null = null) {
    super(`${what}: ${codeName(errorCode)}${detail === null || detail === '' ? '' : ` (${detail})`}`)
    this.errorCode = errorCode
  }
}
