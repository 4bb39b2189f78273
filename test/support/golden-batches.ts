import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Compression } from '../../src/kafka/records/batch.ts'
import { writeJson } from './wire-golden.ts'

const file = join(import.meta.dirname, '../../src/kafka/records/golden-batches.json')

/** What kafkajs's producer was given, and the bytes in which a real broker then handed the partition out. */
export interface GoldenBatches {
  readonly title: string
  readonly batches: readonly GoldenBatch[]
  readonly hex: string
}

export interface GoldenBatch {
  readonly kind: 'data' | 'commit' | 'abort'
  readonly isTransactional: boolean
  readonly isLogAppendTime: boolean
  readonly compression: Compression
  readonly baseOffset: string
  /** Empty for a marker. */
  readonly records: readonly GoldenRecord[]
}

export interface GoldenRecord {
  readonly offset: string
  /** Null where the broker gave it. */
  readonly timestampMs: string | null
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [key: string, value: string])[]
}

export function readGoldenBatches(): readonly GoldenBatches[] {
  return JSON.parse(readFileSync(file, 'utf8')) as readonly GoldenBatches[]
}

export async function writeGoldenBatches(golden: readonly GoldenBatches[]): Promise<void> {
  await writeJson(file, golden)
}
