import Table from 'cli-table3'
import type { Paint } from './style.ts'
import { printable } from './printable.ts'

export interface Column {
  /** Upper case, as kubectl prints it. */
  readonly title: string
  /** Numbers go to the right. */
  readonly align?: 'left' | 'right'
}

/** Text of a cell; with `paint`, coloured after it was made harmless for the terminal. */
export type Cell = string | bigint | number | { readonly text: string; readonly paint: Paint }

/** Columns without borders, one line a row, for people and for `awk`. No ANSI of its own, and no blanks at the end of a line. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const grid = borderless(columns.map((column) => column.align ?? 'left'))
  grid.push(columns.map((column) => column.title))
  for (const row of rows) grid.push(row.map(textOf))
  return textOfGrid(grid)
}

/** `Name: value` lines, the values under each other, for one thing that is described. */
export function facts(pairs: readonly (readonly [name: string, value: Cell])[]): string {
  const grid = borderless(['left', 'left'])
  for (const [name, value] of pairs) grid.push([`${name}:`, textOf(value)])
  return textOfGrid(grid)
}

function borderless(colAligns: ('left' | 'right')[]): Table.Table {
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
  }
  return new Table({
    chars: {
      ...none,
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '   ',
    },
    // Without these cli-table3 writes ANSI even into a pipe and under NO_COLOR.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns,
  })
}

function textOf(cell: Cell): string {
  if (typeof cell === 'object') return cell.paint(printable(cell.text))
  return printable(cell.toString())
}

function textOfGrid(grid: Table.Table): string {
  if (grid.length === 0) return ''
  return grid
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}
