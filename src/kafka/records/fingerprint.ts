import { createHash, type Hash } from 'node:crypto'
import type { SeenRecord } from '../../core/fingerprint.ts'
import type { KafkaRecord } from './record.ts'

/** Key, value and headers, each with its length in front: what is null, what is empty, and where one ends is part of it. */
export function fingerprintOf(record: KafkaRecord, isLogAppendTime: boolean): SeenRecord {
  const hash = createHash('sha256')
  add(hash, record.key)
  add(hash, record.value)
  for (const { key, value } of record.headers) {
    add(hash, Buffer.from(key))
    add(hash, value)
  }
  const { offset, timestampMs } = record
  return { offset, timestampMs, isLogAppendTime, hash: hash.digest('hex').slice(0, 32) }
}

function add(hash: Hash, bytes: Buffer | null): void {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes?.length ?? -1)
  hash.update(length)
  if (bytes !== null) hash.update(bytes)
}
