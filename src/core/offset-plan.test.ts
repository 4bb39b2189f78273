import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  effectOf,
  type GroupMoves,
  type OffsetPlan,
  type PlannedCommit,
  standingOf,
  undone,
  undoOf,
} from './offset-plan.ts'
import { offset } from './offset.ts'

const at = (value: bigint, metadata = ''): PlannedCommit => ({ offset: offset(value), metadata })
const log = (start: bigint, end: bigint): { start: ReturnType<typeof offset>; end: ReturnType<typeof offset> } => ({ start: offset(start), end: offset(end) }) // prettier-ignore

const aCommit = fc.record({
  offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(offset),
  metadata: fc.string({ unit: 'binary' }),
})
const mayBe = fc.option(aCommit, { nil: undefined })
const aMove = fc.record({ topic: fc.string({ minLength: 1 }), partition: fc.nat(), from: mayBe, to: mayBe })
const someGroups: fc.Arbitrary<readonly GroupMoves[]> = fc.array(fc.record({ group: fc.string(), moves: fc.array(aMove) })) // prettier-ignore

describe('standingOf', () => {
  it.each([
    ['as it was', at(3n), at(9n), at(3n), 'asBefore'],
    ['moved', at(3n), at(9n), at(9n), 'done'],
    ['committed by somebody else', at(3n), at(9n), at(4n), 'changed'],
    ['taken away by somebody else', at(3n), at(9n), undefined, 'changed'],
    ['none as before', undefined, at(9n), undefined, 'asBefore'],
    ['made by somebody else', undefined, at(9n), at(4n), 'changed'],
    ['at offset 0, where none was', undefined, at(9n), at(0n), 'changed'],
    ['taken away', at(3n), undefined, undefined, 'done'],
    ['not taken away yet', at(3n), undefined, at(3n), 'asBefore'],
    ['at its offset, with other metadata', at(3n, 'a'), at(9n), at(3n, 'b'), 'changed'],
    ['at the wanted offset, with other metadata', at(3n), at(9n, 'a'), at(9n, 'b'), 'changed'],
    ['where it is to stay', at(3n), at(3n), at(3n), 'done'],
    ['none where none is to be', undefined, undefined, undefined, 'done'],
  ] as const)('%s', (_, from, to, now, standing) => {
    expect(standingOf({ from, to }, now)).toBe(standing)
  })

  it('what is done is, undone, not begun, and the other way round; what changed stays changed', () => {
    fc.assert(
      fc.property(mayBe, mayBe, mayBe, (from, to, now) => {
        expect(standingOf({ from, to }, to)).toBe('done')
        expect(standingOf({ from: to, to: from }, from)).toBe('done')
        const [there, back] = [standingOf({ from, to }, now), standingOf({ from: to, to: from }, now)]
        expect(there === 'changed').toBe(back === 'changed')
        if (standingOf({ from, to }, from) !== 'done') expect(standingOf({ from: to, to: from }, to)).toBe('asBefore')
      }),
    )
  })
})

describe('undone', () => {
  it('twice is the same', () => {
    fc.assert(fc.property(someGroups, (groups) => { expect(undone(undone(groups))).toEqual(groups) })) // prettier-ignore
  })

  it('leads back from where each move leads to', () => {
    const moves = [
      { topic: 't', partition: 0, from: at(3n, 'mine'), to: at(9n) },
      { topic: 't', partition: 1, from: undefined, to: at(1n) },
    ]
    expect(undone([{ group: 'g', moves }])).toEqual([
      {
        group: 'g',
        moves: [
          { topic: 't', partition: 0, from: at(9n), to: at(3n, 'mine') },
          { topic: 't', partition: 1, from: at(1n), to: undefined },
        ],
      },
    ])
  })

  it('a plan that leads back has the id of the other, may skip, and does not expire', () => {
    const plan: OffsetPlan = {
      id: 'abc',
      act: 'reset',
      cluster: { name: 'west', clusterId: 'W' },
      link: undefined,
      createdAt: new Date(0),
      createdBy: 'tester',
      expiresAt: new Date(1),
      maySkip: false,
      topics: [{ topic: 't', topicId: '0'.repeat(32), partitions: 1 }],
      groups: [{ group: 'g', moves: [{ topic: 't', partition: 0, from: at(3n), to: at(9n) }] }],
    }
    const back = undoOf(plan)
    expect(back).toMatchObject({ id: 'abc', act: 'undo', maySkip: true, expiresAt: undefined, topics: plan.topics })
    expect(back.groups).toEqual(undone(plan.groups))
  })
})

describe('effectOf', () => {
  it.each([
    ['forward', at(5n), at(9n), [0n, 20n], { kind: 'skips', records: 4n }],
    ['back', at(9n), at(5n), [0n, 20n], { kind: 'rereads', records: 4n }],
    ['nowhere', at(9n), at(9n), [0n, 20n], { kind: 'none' }],
    ['nowhere, with other metadata', at(9n, 'a'), at(9n), [0n, 20n], { kind: 'none' }],
    ['nowhere, past the end', at(90n), at(90n), [0n, 20n], { kind: 'none' }],
    ['from none to the start', undefined, at(4n), [4n, 20n], { kind: 'intoTheLog' }],
    ['from none to the end', undefined, at(20n), [4n, 20n], { kind: 'skips', records: 16n }],
    ['from none to the end of an empty log', undefined, at(4n), [4n, 4n], { kind: 'intoTheLog' }],
    ['from before the start to the start', at(1n), at(4n), [4n, 20n], { kind: 'intoTheLog' }],
    ['from before the start, past records that are there', at(1n), at(6n), [4n, 20n], { kind: 'skips', records: 2n }],
    ['from past the end to the end', at(25n), at(20n), [4n, 20n], { kind: 'intoTheLog' }],
    ['from past the end, before it', at(25n), at(17n), [4n, 20n], { kind: 'rereads', records: 3n }],
    ['to none', at(5n), undefined, [4n, 20n], { kind: 'forgets' }],
    ['from none to none', undefined, undefined, [4n, 20n], { kind: 'none' }],
  ] as const)('%s', (_, from, to, [start, end], effect) => {
    expect(effectOf({ from, to }, log(start, end))).toEqual(effect)
  })

  it('within the log: as many are skipped as are read again on the way back, and none is both', () => {
    const places = fc.tuple(...Array.from({ length: 4 }, () => fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })))
    fc.assert(
      fc.property(places, (some) => {
        const [start, a, b, end] = some.toSorted((one, other) => (one < other ? -1 : 1)) as [bigint, bigint, bigint, bigint] // prettier-ignore
        const there = effectOf({ from: at(a), to: at(b) }, log(start, end))
        const back = effectOf({ from: at(b), to: at(a) }, log(start, end))
        if (a === b) expect([there, back]).toEqual([{ kind: 'none' }, { kind: 'none' }])
        else expect([there, back]).toEqual([{ kind: 'skips', records: b - a }, { kind: 'rereads', records: b - a }]) // prettier-ignore
      }),
    )
  })
})
