import { describe, expect, it } from 'vitest'
import { type Copies, duplicatesFrom, type GroupPosition } from './duplicates.ts'
import { offset } from './offset.ts'

const base: GroupPosition = {
  group: 'g',
  topic: 't',
  partition: 0,
  sourceCommit: offset(100n),
  translated: offset(80n),
  arrivedEnd: offset(200n),
}

describe('duplicates', () => {
  it('are what lies between the translated offset and the commit', () => {
    const found = duplicatesFrom([
      { ...base, sourceCommitTimestampMs: 5_000, translatedTimestampMs: 3_000 },
      { ...base, partition: 1, translated: offset(100n) },
    ])
    expect([found.again.value, found.againMs.value, found.skipped.value]).toEqual([20, 2_000, 0])
  })

  it('are not counted for records that never arrived', () => {
    const found = duplicatesFrom([{ ...base, translated: offset(90n), arrivedEnd: offset(90n) }])
    expect([found.again.value, found.skipped.value]).toEqual([0, 0])
    expect(duplicatesFrom([{ ...base, arrivedEnd: offset(95n) }]).again.value).toBe(15)
  })

  it('report a skip as a skip, not as negative duplicates', () => {
    const found = duplicatesFrom([{ ...base, translated: offset(130n) }])
    expect([found.again.value, found.skipped.value]).toEqual([0, 30])
  })

  it('are unknown in total when one is, and known where they are', () => {
    const found = duplicatesFrom([base, { ...base, partition: 1, sourceCommit: undefined }])
    expect(found.again.value).toBeNull()
    expect(found.again.why).toBe(
      'the committed offset on the source of group "g" for partition 1 of topic "t" is not known',
    )
    expect(found.skipped.value).toBeNull()
    expect(found.perPartition[0]?.again.value).toBe(20)
  })

  it('have no seconds without timestamps, and are unknown without groups', () => {
    expect(duplicatesFrom([base]).againMs.value).toBeNull()
    expect(duplicatesFrom([]).again.value).toBeNull()
  })
})

describe('where offsets are not the same on both sides', () => {
  const copy = (source: bigint, ...destination: readonly bigint[]): Copies => ({ source: offset(source), destination: destination.map(offset) }) // prettier-ignore
  // A marker at 3 and 6, the record of 2 twice, the last one not there.
  const copies = [copy(0n, 0n), copy(1n, 1n), copy(2n, 2n, 4n), copy(3n, 5n), copy(4n, 7n), copy(5n)]
  const at = (sourceCommit: bigint, translated: bigint): GroupPosition => ({ group: 'g', topic: 't', partition: 0, sourceCommit: offset(sourceCommit), translated: offset(translated), arrivedEnd: offset(8n), copies }) // prettier-ignore
  it.each([
    ['goes on at the next record', 3n, 5n, 0, 0],
    ['goes on at a marker before it', 4n, 6n, 0, 0],
    ['reads records again, and one of them twice', 3n, 1n, 3, 0],
    ['reads the second copy again', 3n, 4n, 1, 0],
    ['skips what it has not read', 2n, 7n, 0, 2],
    ['does not skip what has a second copy ahead', 2n, 4n, 0, 0],
    ['does not skip what never arrived', 5n, 8n, 0, 0],
  ] as const)('a group %s', (_, sourceCommit, translated, again, skipped) => {
    const found = duplicatesFrom([at(sourceCommit, translated)])
    expect([found.again.value, found.skipped.value]).toEqual([again, skipped])
  })
})
