import kafkajs from 'kafkajs'
import { messageOf } from '../core/errors.ts'
import type { SendOutcome } from '../core/ledger.ts'

export type Refusal = Extract<SendOutcome, { kind: 'fail' | 'unknown' }>

/**
 * Errors that a broker gives before it appends anything. Every other error may follow an append that some replicas keep: even
 * NOT_LEADER_OR_FOLLOWER is the answer to an append whose leader stepped down while it waited for the followers.
 */
const refusedBeforeAppend: ReadonlySet<string> = new Set([
  'CORRUPT_MESSAGE',
  'MESSAGE_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'RECORD_LIST_TOO_LARGE',
  'NOT_ENOUGH_REPLICAS',
  'INVALID_REQUIRED_ACKS',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'POLICY_VIOLATION',
  'INVALID_RECORD',
])

/**
 * What a rejected send of kafkajs means for the record.
 *
 * The error alone does not tell. kafkajs reconnects and reloads metadata before it reports a failed send, and when that fails, too, reports only
 * the second error: ECONNREFUSED may hide a connection that was lost after the request had been written. So a record that was encoded is
 * unknown unless the broker refused it.
 *
 * @param wasEncoded whether kafkajs had taken the record to put it into a request
 */
export function outcomeFromError(error: unknown, wasEncoded: boolean): Refusal {
  const root = rootCause(error)
  const type = root instanceof kafkajs.KafkaJSProtocolError ? root.type : undefined
  if (type !== undefined && refusedBeforeAppend.has(type)) return { kind: 'fail', why: `refused: ${type}` }
  const why = type ?? messageOf(root)
  return wasEncoded ? { kind: 'unknown', why: `may be written: ${why}` } : { kind: 'fail', why: `not sent: ${why}` }
}

function rootCause(error: unknown): unknown {
  let root = error
  for (let depth = 0; depth < 8 && root instanceof Error && root.cause instanceof Error; depth++) root = root.cause
  return root
}
