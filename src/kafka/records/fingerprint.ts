import { hash } from 'node:crypto'
import type { SeenRecord } from '../../core/fingerprint.ts'
import type { KafkaRecord } from './record.ts'

const lengthBytes = 4

/** Key, value and headers, each with its length in front: what is null, what is empty, and where one ends is part of it. */
export function fingerprintOf(record: KafkaRecord, isLogAppendTime: boolean): SeenRecord {
  const { offset, timestampMs, key, value, headers } = record
  const parts = headers.length === 0 ? [key, value] : [key, value, ...headers.flatMap((one) => [one.key, one.value])] // prettier-ignore
  // In one piece: of a record of some bytes, an object that hashes takes longer to make than the hash.
  const all = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + lengthBytes + (part?.length ?? 0), 0))
  let at = 0
  for (const part of parts) {
    at = all.writeInt32BE(part?.length ?? -1, at)
    if (part !== null) at += part.copy(all, at)
  }
  return { offset, timestampMs, isLogAppendTime, hash: hash('sha256', all, 'hex').slice(0, 32) }
}
