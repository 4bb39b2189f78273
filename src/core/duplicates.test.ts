import { describe, expect, it } from 'vitest'
import { duplicatesFrom, type GroupPosition } from './duplicates.ts'
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
