import { describe, expect, it } from 'vitest'
import { offset } from './offset.ts'
import { SyncRuns } from './sync-runs.ts'

const sync = ([up, down]: readonly [number, number]): { up: ReturnType<typeof offset>; down: ReturnType<typeof offset> } => ({
  up: offset(BigInt(up)),
  down: offset(BigInt(down)),
}) // prettier-ignore
const runsOf = (...pairs: readonly (readonly [number, number])[]): SyncRuns => new SyncRuns(pairs.map(sync))

function stretchAt(runs: SyncRuns, place: number): readonly (readonly [bigint, bigint] | undefined)[] | undefined {
  const index = runs.indexFor(offset(BigInt(place)))
  if (index === undefined) return undefined
  const { from, to } = runs.stretch(index)
  return [[from.up, from.down], to === undefined ? undefined : [to.up, to.down]]
}

describe('the syncs of a partition', () => {
  it('bound a place by the one at or before it and the next', () => {
    const runs = runsOf([10, 0], [110, 101], [210, 201])
    expect(stretchAt(runs, 9)).toBeUndefined()
    expect(stretchAt(runs, 10)).toEqual([[10n, 0n], [110n, 101n]]) // prettier-ignore
    expect(stretchAt(runs, 109)).toEqual([[10n, 0n], [110n, 101n]]) // prettier-ignore
    expect(stretchAt(runs, 110)).toEqual([[110n, 101n], [210n, 201n]]) // prettier-ignore
    expect(stretchAt(runs, 5_000)).toEqual([[210n, 201n], undefined])
    // Nothing is said of records behind the last one: what stands before it is looked at, as long as it is near.
    expect(runs.suspects(0)).toEqual([0])
    expect(runsOf([10, 0], [110, 101], [600, 601]).suspects(1)).toEqual([1])
  })

  it('of a topic that was made anew begin with its first one', () => {
    const runs = runsOf([0, 0], [100, 100], [900, 900], [901, 0], [1_000, 99])
    expect([runs.first, runs.last]).toEqual([sync([901, 0]), sync([1_000, 99])])
    expect(stretchAt(runs, 500)).toBeUndefined()
    // The same said again is no other life.
    expect(runsOf([0, 0], [100, 100], [100, 100]).first).toEqual(sync([0, 0]))
    expect(runsOf([0, 0], [100, 100], [101, 100]).first).toEqual(sync([101, 100]))
  })

  it('of a worker that went back give the last copy, and what is in doubt until it has come further than before', () => {
    const before = [[0, 0], [100, 100], [200, 200]] as const // prettier-ignore
    // 49 records may stand behind the last sync of the first run.
    const repeating = runsOf(...before, [50, 250], [150, 350])
    expect(stretchAt(repeating, 120)).toEqual([[50n, 250n], [150n, 350n]]) // prettier-ignore
    expect(stretchAt(repeating, 30)).toEqual([[0n, 0n], [100n, 100n]]) // prettier-ignore
    expect(repeating.suspects(3)).toContain(2)
    expect(repeating.isTurn(2)).toBe(true)
    expect(repeating.suspects(0)).not.toContain(2)
    const past = runsOf(...before, [50, 250], [150, 350], [200, 400], [250, 450], [400, 600])
    expect(past.suspects(3)).not.toContain(2)
  })

  it('are none where none was told', () => {
    expect(new SyncRuns([]).last).toBeUndefined()
    expect(new SyncRuns([]).indexFor(offset(0n))).toBeUndefined()
  })
})
