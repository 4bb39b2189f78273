import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import type { Message } from '../../../src/kafka/wire/message.ts'
import type { GoldenExchange } from '../../support/wire-golden.ts'

/** A field, by georep's name, and its value as text. */
export type Leaf = readonly [name: string, value: string]

export interface KafkasReading {
  /** In the order of the schema. */
  readonly leaves: readonly Leaf[]
  /** What Kafka writes for the message that it has read. */
  readonly hex: string
}

/** What Kafka's own Java classes read from the golden requests and responses, in that order, two for each exchange. */
export async function readByKafka(
  { java, classpath }: { readonly java: string; readonly classpath: readonly string[] },
  exchanges: readonly GoldenExchange[],
  messages: ReadonlyMap<string, Message<unknown, unknown>>,
): Promise<readonly KafkasReading[]> {
  const lines = exchanges.flatMap(({ message, version, request, response }) => {
    const { apiKey, hasPlainRequestHeader, hasPlainResponseHeader } = messages.get(message)!
    return [
      `request ${apiKey} ${version} ${bodyHex(request.hex, hasPlainRequestHeader)}`,
      `response ${apiKey} ${version} ${bodyHex(response.hex, hasPlainResponseHeader)}`,
    ]
  })
  const out = await new Promise<string>((resolve, reject) => {
    const program = join(import.meta.dirname, 'WireCheck.java')
    const child = execFile(
      java,
      ['-cp', classpath.join(delimiter), program],
      { timeout: 60_000, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(`WireCheck: ${stderr}`, { cause: error }))
      },
    )
    child.stdin?.end(`${lines.join('\n')}\n`)
  })
  return out
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [json, hex] = line.split('\t') as [string, string]
      return { leaves: leavesOfKafka(JSON.parse(json)), hex }
    })
}

/** Without the tag section of the header. */
export function bodyHex(hex: string, hasPlainHeader = false): string {
  return hasPlainHeader ? hex : hex.slice(2)
}

/** Tagged fields of ApiVersions, which georep does not read. */
const notRead = new Set(['supportedFeatures', 'finalizedFeaturesEpoch', 'finalizedFeatures', 'zkMigrationReady'])

/** georep's names of fields, where Kafka's are others. */
const names: Readonly<Record<string, string>> = {
  brokerId: 'nodeId',
  brokerIds: 'brokers',
  clusterAuthorizedOperations: 'authorizedOperations',
  committed: 'isCommitted',
  committedLeaderEpoch: 'leaderEpoch',
  committedMetadata: 'metadata',
  committedOffset: 'offset',
  configOperation: 'operation',
  configSource: 'source',
  configType: 'type',
  configurationKeys: 'keys',
  coordinatorKeys: 'keys',
  errorCode: 'error',
  filterResults: 'results',
  generationIdOrMemberEpoch: 'generationId',
  groupState: 'state',
  groupsNames: 'groups',
  hostFilter: 'host',
  includeClusterAuthorizedOperations: 'includeAuthorizedOperations',
  index: 'partition',
  isolationLevel: 'isolation',
  isrNodes: 'isr',
  lastTimestamp: 'lastTimestampMs',
  leaderId: 'leader',
  matchingAcls: 'matching',
  maxVersion: 'max',
  minVersion: 'min',
  numPartitions: 'partitions',
  partitionErrorCode: 'error',
  partitionIndex: 'partition',
  partitionIndexes: 'partitions',
  partitionMaxBytes: 'maxBytes',
  patternTypeFilter: 'patternType',
  permissionType: 'permission',
  principalFilter: 'principal',
  producerIdFilters: 'producerIds',
  readOnly: 'isReadOnly',
  recordsSizeInBytes: 'records',
  replicaNodes: 'replicas',
  resourceName: 'name',
  resourceNameFilter: 'name',
  resourcePatternType: 'patternType',
  resourceType: 'type',
  resourceTypeFilter: 'type',
  stateFilters: 'states',
  statesFilter: 'states',
  throttleTimeMs: 'throttleMs',
  topic: 'name',
  topicAuthorizedOperations: 'authorizedOperations',
  transactionResult: 'isCommit',
  transactionStartTimeMs: 'startTimeMs',
  transactionState: 'state',
  unknownStateFilters: 'unknownStates',
  v3AndBelowProducerEpoch: 'producerEpoch',
  v3AndBelowProducerId: 'producerId',
  v3AndBelowTransactionalId: 'transactionalId',
}

function leavesOfKafka(json: unknown, name = ''): readonly Leaf[] {
  if (Array.isArray(json)) return json.flatMap((one) => leavesOfKafka(one, name))
  if (typeof json !== 'object' || json === null) return [[name, String(json)]]
  const entries = Object.entries(json).filter(([key]) => !notRead.has(key))
  // georep puts tagged fields behind the others.
  const tagged = entries.filter(([key]) => key === 'divergingEpoch')
  const ordered = [...entries.filter((entry) => !tagged.includes(entry)), ...tagged]
  return ordered.flatMap(([key, value]) => leavesOfKafka(value, names[key] ?? key))
}

/** The leaves of a golden value, with the values in the form in which Kafka's JSON has them. */
export function leavesOf(plain: unknown, name = ''): readonly Leaf[] {
  if (Array.isArray(plain)) return plain.flatMap((one) => leavesOf(one, name))
  if (typeof plain === 'object' && plain !== null) {
    return Object.entries(plain).flatMap(([key, value]) => leavesOf(value, key))
  }
  return [[name, textOf(plain)]]
}

function textOf(plain: unknown): string {
  if (typeof plain !== 'string') return String(plain)
  if (/^-?\d+n$/.test(plain)) return plain.slice(0, -1)
  if (plain.startsWith('hex:')) return String((plain.length - 4) / 2)
  return /^[0-9a-f]{32}$/.test(plain) ? Buffer.from(plain, 'hex').toString('base64url') : plain
}
