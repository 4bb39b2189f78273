import { describe, expect, it } from 'vitest'
import { styleOf } from '../style.ts'
import { renderMoves } from './moves-table.ts'
import type { GroupRow, MovesView } from './moves-view.ts'

const outcomeOf = (index: number): Pick<GroupRow, 'outcome' | 'why'> => {
  if (index === 120) return { outcome: 'unknown', why: 'no leader' }
  return index === 130 ? { outcome: 'refused', why: 'it has members' } : { outcome: 'movable', why: null }
}

function viewOf(count: number): MovesView {
  const names = Array.from({ length: count }, (_, index) => `g${index + 1000}`)
  return {
    act: 'reset',
    phase: 'planned',
    cluster: { name: 'west', clusterId: 'WEST-ID', bootstrap: ['west:9092'] },
    link: null,
    plan: null,
    undo: null,
    groups: names.map((group, index) => ({ group, ...outcomeOf(index), moves: 1, rereads: 1n, skips: 0n })),
    moves: names.map((group) => ({ group, topic: 'orders', partition: 0, from: 1n, to: 0n, effect: 'rereads', records: 1n })), // prettier-ignore
  }
}

describe('a table of moves that has not all of them', () => {
  const rowsOf = (view: MovesView, all: boolean): readonly (readonly string[])[] =>
    renderMoves(view, styleOf({ hasColor: false }), { all })
      .split('\n\n')
      .map((one) => one.split('\n').slice(1).map((line) => line.split(' ')[0] ?? '').filter((name) => name !== '')) // prettier-ignore

  it('has the groups that cannot be moved before the others, with what they would do', () => {
    for (const rows of rowsOf(viewOf(200), false)) {
      expect(rows.length).toBe(100)
      expect(rows.slice(0, 3)).toEqual(['g1120', 'g1130', 'g1000'])
    }
  })

  it('and has its order, where it has all', () => {
    expect(rowsOf(viewOf(200), true)[0]?.slice(0, 2)).toEqual(['g1000', 'g1001'])
    expect(rowsOf(viewOf(100), false)[0]?.slice(0, 2)).toEqual(['g1000', 'g1001'])
  })
})
