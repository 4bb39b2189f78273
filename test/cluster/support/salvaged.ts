import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FullRecord } from './log-content.ts'

interface Saved {
  readonly offset: string
  readonly timestampMs: string
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly { readonly key: string; readonly value: string | null }[]
}

/** What a salvage holds, as a consumer would have seen it. */
export function salvaged(dir: string, topic: string, partitions: number): readonly FullRecord[] {
  return Array.from({ length: partitions }, (_, partition) => partition).flatMap((partition) => {
    const lines = readFileSync(join(dir, topic, `partition-${partition}.jsonl`), 'utf8')
      .split('\n')
      .slice(0, -1)
    const text = (bytes: string | null): string | null => bytes === null ? null : Buffer.from(bytes, 'base64').toString() // prettier-ignore
    return lines.map((line) => {
      const { offset, timestampMs, key, value, headers } = JSON.parse(line) as Saved
      const named = headers.map((one) => [one.key, text(one.value)])
      return { partition, offset, timestamp: timestampMs, key: text(key), value: text(value), headers: JSON.stringify(named) } // prettier-ignore
    })
  })
}
