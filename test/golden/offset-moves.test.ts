import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { clusterView } from '../../src/cli/figures.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { endPlanned } from '../../src/cli/offset/end-plan.ts'
import { renderMoves } from '../../src/cli/offset/moves-table.ts'
import { type MovesView, rowsOfPlan } from '../../src/cli/offset/moves-view.ts'
import { newPlan } from '../../src/cli/offset/new-plan.ts'
import { csvOfOffsets } from '../../src/cli/offset/offsets-csv.ts'
import { readPlan } from '../../src/cli/offset/plan-file.ts'
import { styleOf } from '../../src/cli/style.ts'
import { type Move, undoOf } from '../../src/core/offset-plan.ts'
import { offset } from '../../src/core/offset.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { MovesPlanned, PlannedGroup, PlannedMove } from '../../src/links/plan-moves.ts'
import { capturedContext } from '../support/context.ts'
import { target } from '../support/links.ts'
import { expectGolden } from './golden.ts'

// What the verbs print that move committed offsets, to its last line: previews as the verbs end them, and what became of plans.

const folder = mkdtempSync(join(tmpdir(), 'georep-moves-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const documentation = readFileSync(join(import.meta.dirname, '../../docs/offsets.md'), 'utf8')
const indented = (text: string): string => text.trimEnd().replaceAll(/^(?=.)/gm, '    ')

const style = styleOf({ hasColor: false })
const commit = (at: bigint): PlannedMove['from'] => ({ offset: offset(at), metadata: '' })
const move = (partition: number, from: bigint | undefined, to: bigint, effect: PlannedMove['effect']): PlannedMove => ({
  topic: 'orders',
  partition,
  from: from === undefined ? undefined : commit(from),
  to: commit(to),
  effect,
})
const group = (name: string, moves: readonly PlannedMove[], more: Partial<PlannedGroup> = {}): PlannedGroup => ({
  group: name,
  state: 'Empty',
  moves,
  blocker: undefined,
  ...more,
})
const planned = (groups: readonly PlannedGroup[]): MovesPlanned => ({
  seen: { commits: new Map(), coordinators: new Map() },
  topics: [
    { topic: 'orders', topicId: '0f'.repeat(16), logs: [0, 1].map(() => ({ start: offset(0n), end: offset(120n) })) },
  ],
  groups,
})
const movable = [
  group('billing', [
    move(0, 100n, 0n, { kind: 'rereads', records: 100n }),
    move(1, 80n, 0n, { kind: 'rereads', records: 80n }),
  ]),
  group('billing-audit', [move(0, undefined, 0n, { kind: 'intoTheLog' }), move(1, 0n, 0n, { kind: 'none' })]),
  group('billing-idle', [move(0, 0n, 0n, { kind: 'none' })]),
]
const members = [
  { clientId: 'orders-1', host: '10.0.0.7', metadata: Buffer.alloc(0) },
  { clientId: 'orders-2', host: '10.0.0.8', metadata: Buffer.alloc(0) },
]
const blocked = [
  ...movable,
  group('orders-app', [move(0, 100n, 120n, { kind: 'skips', records: 20n })]),
  group('orders-carried', [move(0, 100n, 0n, { kind: 'rereads', records: 100n })], { blocker: { kind: 'carried', link: 'east-west' } }), // prettier-ignore
  group('orders-far', [], { blocker: { kind: 'impossible', why: 'offset 130 lies outside of orders/0, which has 0 to 120' } }), // prettier-ignore
  group('orders-live', [move(0, 100n, 0n, { kind: 'rereads', records: 100n })], { blocker: { kind: 'active', state: 'Stable', members } }), // prettier-ignore
  group('orders-odd', [], { blocker: { kind: 'unknown', why: 'no leader' } }),
]

/** A verb from where it knows what it is to do: what it prints, as on a terminal, and what it ends with. */
async function ended(
  groups: readonly PlannedGroup[],
  more: { readonly plan?: string; readonly output?: 'json' } = {},
): Promise<{ readonly text: string; readonly out: string; readonly code: number }> {
  const { context, out, err } = capturedContext({ cwd: folder })
  const options = { config: undefined, color: true, plan: undefined, apply: false, undo: undefined, confirm: undefined, allowSkip: false, all: false, output: 'table', ...more } as const // prettier-ignore
  const intended = { act: 'reset', target: { cluster: target.destination }, clusterId: 'WEST-ID', link: undefined, planned: planned(groups), maySkip: false } as const // prettier-ignore
  const code = await endPlanned(intended, options, context)
  return { text: `${out()}${err()}`.replaceAll(`${folder}/`, '/ops/'), out: out(), code }
}

it('a preview, one of which all can be moved, and one with all that stands in the way', async () => {
  const preview = await ended(movable)
  expectGolden('offset-reset-preview.txt', preview.text)
  expect(documentation).toContain(indented(preview.text))
  expect(preview.code).toBe(0)
  const refused = await ended(blocked)
  expectGolden('offset-reset-refused.txt', refused.text)
  const reasons = refused.text.split('\n').filter((line) => /^orders-\S+ +(refused|unknown) /.test(line))
  expect(reasons).toHaveLength(5)
  expect(documentation).toContain(indented(reasons.join('\n')))
  expect(refused.code).toBe(4)
  const known = await ended(blocked.filter(({ group: name }) => name !== 'orders-odd'))
  expect(known.code).toBe(5)
  expectGolden('offset-reset-refused-json.txt', (await ended(blocked, { output: 'json' })).out)
})

it('a plan in a file, which is read as it was written; and no file where nothing has to be moved', async () => {
  const { text, code } = await ended(movable, { plan: 'billing.json' })
  expectGolden('offset-reset-plan.txt', text)
  expect(code).toBe(0)
  const file = readFileSync(join(folder, 'billing.json'), 'utf8')
  expectGolden('offset-plan-json.txt', `${JSON.stringify(withoutHash(file), null, 2)}\n`)
  const read = await readPlan(join(folder, 'billing.json'))
  expect(read.groups.map(({ group: name, moves }) => [name, moves.length])).toEqual([['billing', 2], ['billing-audit', 1]]) // prettier-ignore

  const none = await ended(movable.slice(2), { plan: 'none.json' })
  expectGolden('offset-reset-nothing.txt', none.text)
  expect(none.code).toBe(0)
  expect(() => readFileSync(join(folder, 'none.json'))).toThrow('ENOENT')
})

function withoutHash(text: string): unknown {
  const { sha256, ...document } = JSON.parse(text) as { readonly sha256: string }
  expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  return document
}

it('what became of a plan, and the way back', () => {
  const { context } = capturedContext()
  const groups = movable.slice(0, 2).map(({ group: name, moves }) => ({ group: name, moves: moves.flatMap(({ effect, ...one }): readonly Move[] => (effect.kind === 'none' ? [] : [one])) })) // prettier-ignore
  const of = { act: 'reset', cluster: { name: 'west', clusterId: 'WEST-ID' }, link: undefined, maySkip: false } as const
  const plan = newPlan({ ...of, topics: planned([]).topics, groups }, context)
  const base = { cluster: clusterView(target.destination, 'WEST-ID'), link: null, plan: '/ops/billing.json', undo: '/ops/billing.undo.json' } // prettier-ignore
  const outcomes = new Map<string, Outcome>([
    ['billing', { kind: 'applied' }],
    ['billing-audit', { kind: 'refused', why: 'it has members by now; stop its consumers' }],
  ])
  const done: MovesView = { ...base, act: plan.act, phase: 'done', ...rowsOfPlan(plan, outcomes) }
  expectGolden('offset-apply-done.txt', renderMoves(done, style, { all: false }))
  expectGolden('offset-apply-done-json.txt', jsonDocument('georep.offset-moves/1', done))
  const back = undoOf(plan)
  const looked: MovesView = { ...base, act: back.act, phase: 'planned', plan: base.undo, undo: null, ...rowsOfPlan(back, undefined) } // prettier-ignore
  expectGolden('offset-rollback-dry-run.txt', renderMoves(looked, style, { all: false }))
  expectGolden('offset-rollback-dry-run-json.txt', jsonDocument('georep.offset-moves/1', looked))
})

it('an export', () => {
  const offsets = [
    { group: 'billing', topic: 'orders', partition: 0, offset: offset(100n), metadata: '' },
    { group: 'billing, "EU"', topic: 'orders', partition: 1, offset: offset(80n), metadata: 'batch 7' },
  ]
  const data = { cluster: 'west', clusterId: 'WEST-ID', exportedAt: '2026-01-02T03:04:05.000Z', offsets }
  expectGolden('offset-export-json.txt', jsonDocument('georep.offset-export/1', data))
  expectGolden('offset-export.csv', csvOfOffsets(offsets, { hasGroup: true }))
  expectGolden('offset-export-one-group.csv', csvOfOffsets(offsets.slice(0, 1), { hasGroup: false }))
})
