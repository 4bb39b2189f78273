import type { KafkaRecord, RecordHeader } from '../../../kafka/records/record.ts'

// A record as it is saved in a topic: as it was, with one header more, the last, which says where it stood.

const offsetHeader = Buffer.from('georep.offset')

/** The headers with which the record is saved. */
export function savedHeaders({ offset, headers }: KafkaRecord): readonly RecordHeader[] {
  return [...headers, { key: offsetHeader, value: Buffer.from(offset.toString()) }]
}

/** The record as it was before it was saved; undefined of one that does not say where it stood. */
export function asItWas(saved: KafkaRecord): KafkaRecord | undefined {
  const last = saved.headers.at(-1)
  const offset = last?.key.equals(offsetHeader) === true ? (last.value?.toString() ?? '') : ''
  if (!/^\d{1,19}$/.test(offset)) return undefined
  return { ...saved, offset: BigInt(offset), headers: saved.headers.slice(0, -1) }
}
