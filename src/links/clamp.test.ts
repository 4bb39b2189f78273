import { expect, it } from 'vitest'
import { offset, type Offset } from '../core/offset.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import type { Commits } from '../kafka/groups.ts'
import type { PartitionKey } from '../kafka/topic-partition.ts'
import { groupClamp } from './clamp.ts'

const offsets = (values: Readonly<Record<PartitionKey, bigint>>): ReadonlyMap<PartitionKey, Offset> =>
  new Map(Object.entries(values).map(([key, value]) => [key as PartitionKey, offset(value)]))

const commits = (values: Readonly<Record<PartitionKey, bigint>>): Commits =>
  new Map([...offsets(values)].map(([key, one]) => [key, { offset: one, metadata: 'of the client' }]))

const log = {
  partitions: [
    { topic: 'orders', partition: 0 },
    { topic: 'orders', partition: 1 },
  ],
  starts: offsets({ 'orders/0': 5n, 'orders/1': 0n }),
  ends: offsets({ 'orders/0': 10n, 'orders/1': 20n }),
  places: undefined,
}

it('a commit on either end of the log lies inside', () => {
  for (const commit of [5n, 10n]) {
    expect(groupClamp('g', 'Empty', commits({ 'orders/0': commit }), log)).toEqual({
      group: 'g',
      compared: 1,
      changes: [],
      blocker: undefined,
    })
  }
})

it('commits outside move to the nearer end, and say by how much', () => {
  const { changes, compared } = groupClamp(
    'g',
    'Empty',
    commits({ 'orders/0': 4n, 'orders/1': 21n, 'other/0': 99n }),
    log,
  )
  expect(compared).toBe(2)
  expect(changes).toEqual([
    {
      topic: 'orders',
      partition: 0,
      committed: 4n,
      metadata: 'of the client',
      logStart: 5n,
      logEnd: 10n,
      clamp: { kind: 'belowLogStart', to: 5n, lost: 1n },
    },
    {
      topic: 'orders',
      partition: 1,
      committed: 21n,
      metadata: 'of the client',
      logStart: 0n,
      logEnd: 20n,
      clamp: { kind: 'pastLogEnd', to: 20n, ahead: 1n },
    },
  ])
})

it.each(['Stable', 'PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling'])(
  'a group that is %s is blocked when something has to move, and only then',
  (state) => {
    expect(groupClamp('g', state, commits({ 'orders/0': 11n }), log).blocker).toEqual({ kind: 'active', state })
    expect(groupClamp('g', state, commits({ 'orders/0': 10n }), log).blocker).toBe(undefined)
  },
)

it('what could not be read blocks the whole group', () => {
  const refused = new BrokerError('partition 1', 6)
  const broken = { ...log, ends: new Map<PartitionKey, Offset | BrokerError>([...log.ends, ['orders/1', refused]]) }
  const committed = commits({ 'orders/0': 11n, 'orders/1': 0n })
  expect(groupClamp('g', 'Empty', committed, broken)).toMatchObject({ changes: [], blocker: { kind: 'unknown' } })
  expect(groupClamp('g', 'Empty', committed, { ...log, starts: new Map() })).toMatchObject({
    changes: [],
    blocker: { kind: 'unknown' },
  })
  expect(groupClamp('g', 'Empty', refused, log)).toMatchObject({ changes: [], blocker: { kind: 'unknown' } })
  expect(groupClamp('g', 'Empty', undefined, log)).toMatchObject({ changes: [], blocker: { kind: 'unknown' } })
  // A partition on which the group has nothing committed does not matter.
  expect(groupClamp('g', 'Empty', commits({ 'orders/0': 10n }), broken).blocker).toBe(undefined)
})

it('to a place that is known of the group it moves forward, out of what did not arrive, and from nothing; never back inside the log', () => {
  const places = offsets({ 'orders/0': 8n, 'orders/1': 12n })
  const movesOf = (committed: Readonly<Record<PartitionKey, bigint>>): readonly (bigint | undefined)[] => {
    const { changes } = groupClamp('g', 'Empty', commits(committed), { ...log, places })
    return [0, 1].map((partition) => changes.find((one) => one.partition === partition)?.clamp.to)
  }
  expect(movesOf({ 'orders/0': 6n, 'orders/1': 0n })).toEqual([8n, 12n])
  expect(movesOf({ 'orders/0': 4n, 'orders/1': 21n })).toEqual([8n, 12n])
  expect(movesOf({})).toEqual([8n, 12n])
  expect(movesOf({ 'orders/0': 9n, 'orders/1': 12n })).toEqual([undefined, undefined])
})

it('a place that lies outside of the log says nothing of it', () => {
  const places = offsets({ 'orders/0': 4n, 'orders/1': 21n })
  expect(groupClamp('g', 'Empty', commits({}), { ...log, places }).changes).toEqual([])
  const { changes } = groupClamp('g', 'Empty', commits({ 'orders/0': 3n, 'orders/1': 7n }), { ...log, places })
  expect(changes.map(({ clamp }) => clamp)).toEqual([{ kind: 'belowLogStart', to: 5n, lost: 2n }])
})
