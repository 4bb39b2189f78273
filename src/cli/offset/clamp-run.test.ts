import { expect, it } from 'vitest'
import { run } from '../../../test/support/context.ts'
import { effectOf } from '../../core/offset-plan.ts'
import { offset } from '../../core/offset.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { target } from '../../../test/support/links.ts'
import { groupClamp, isAllKnown } from '../../links/clamp.ts'
import { clampsOf, groupFlags } from './clamp-run.ts'
import { clampView } from './clamp-view.ts'

it('the command that goes on names each group so that one with a dash is no option', async () => {
  const words = groupFlags({ group: ['orders-app', '-lead', '--odd'] })
  expect(words).toEqual(['--group', 'orders-app', '--group', '-lead', '--group', '--odd'])
  expect(groupFlags({ group: undefined })).toEqual([])
  const { err } = await run(['offset', 'clamp', '--link', 'east-west', ...words, '--plan', 'p', '--apply'])
  expect(err).toContain('--plan and --apply exclude each other')
})

const orders = { topic: 'orders', partition: 0 }
const log = { start: offset(5n), end: offset(20n) }
const key = partitionKey(orders)
const read = { partitions: [orders], starts: new Map([[key, log.start]]), ends: new Map([[key, log.end]]) } // prettier-ignore

it.each([
  ['to where it stood on the source', 7n, 12n, true],
  ['there from nothing', undefined, 12n, true],
  ['into the log from before it', 4n, undefined, false],
  ['into the log from behind it', 21n, undefined, false],
] as const)('a plan that moves a group %s can be applied: it says so where that passes records', (_, committed, known, maySkip) => {
  const commits = new Map(committed === undefined ? [] : [[key, { offset: offset(committed), metadata: '' }] as const]) // prettier-ignore
  const places = known === undefined ? undefined : new Map([[key, offset(known)]])
  const planned = clampsOf([groupClamp('app', 'Empty', commits, { ...read, places })])
  const effects = planned.groups.flatMap(({ moves }) => moves.map((move) => effectOf(move, log).kind))
  expect(effects).toEqual([maySkip ? 'skips' : 'intoTheLog'])
  expect(planned.maySkip).toBe(maySkip)
}) // prettier-ignore

it.each([
  ['known', undefined, true, 'every commit is where it is to be'],
  ['not all known', 'no offset sync', false, 'every commit lies in its log; where it stood on the source is not all known'],
] as const)('where it is %s where groups stood on the source, it is said so, and is no success otherwise', (_, untold, isKnown, why) => {
  const stays = groupClamp('app', 'Empty', new Map([[key, { offset: offset(7n), metadata: '' }]]), { ...read, places: undefined }) // prettier-ignore
  const plan = { groups: [stays], untold, lastTold: undefined }
  expect(isAllKnown(plan)).toBe(isKnown)
  expect(clampView(target, plan, [], undefined)).toMatchObject({ untold: untold ?? null, groups: [{ outcome: 'unchanged', why }] })
}) // prettier-ignore
