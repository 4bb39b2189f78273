import type { Effect } from '../../core/offset-plan.ts'
import type { Style } from '../style.ts'
import { table } from '../table.ts'
import { outcomeCell } from '../verdict.ts'
import type { GroupRow, MovesView } from './moves-view.ts'

// Loaded by whoever prints a table.

const rowsInTable = 100

/** One row a group, and below them one a commit that moves. Where not all are shown, what has to be seen to comes first. */
export function renderMoves(view: MovesView, style: Style, options: { readonly all: boolean }): string {
  const right = 'right'
  const { groups, moves } = options.all || leftOutText(view) === undefined ? view : troubledFirst(view)
  const limited = <T>(rows: readonly T[]): readonly T[] => (options.all ? rows : rows.slice(0, rowsInTable))
  const head = table(
    [
      { title: 'GROUP' },
      { title: 'OUTCOME' },
      { title: 'MOVES', align: right },
      { title: 'READS-AGAIN', align: right },
      { title: 'SKIPS', align: right },
      { title: 'WHY' },
    ],
    limited(groups).map(({ group, outcome, why, moves: count, rereads, skips }) => [
      group,
      outcomeCell(outcome, style),
      count,
      rereads ?? '-',
      { text: skips?.toString() ?? '-', paint: skips === null || skips === 0n ? style.dim : style.bad },
      why ?? '',
    ]),
  )
  const moved = limited(moves.filter(({ effect }) => effect !== 'none'))
  if (moved.length === 0) return head
  const rows = moved.map(({ group, topic, partition, from, to, effect, records }) => [
    group,
    topic,
    partition,
    from ?? 'none',
    to ?? 'none',
    effect === null ? '' : `${effectWords[effect]}${records === null ? '' : ` ${records.toString()}`}`,
  ])
  return `${head}\n${table([{ title: 'GROUP' }, { title: 'TOPIC' }, { title: 'PARTITION', align: right }, { title: 'FROM', align: right }, { title: 'TO', align: right }, { title: 'EFFECT' }], rows)}` // prettier-ignore
}

/** Says on stderr what the table leaves out; undefined when nothing. */
export function leftOutText({ groups, moves }: MovesView): string | undefined {
  const moved = moves.filter(({ effect }) => effect !== 'none').length
  if (groups.length <= rowsInTable && moved <= rowsInTable) return undefined
  return `the first ${rowsInTable} of ${groups.length} groups and ${moved} moves; --all for the others\n`
}

/** Groups that cannot be moved, or were not, and their moves before those of the others; otherwise as they are. */
function troubledFirst({ groups, moves }: MovesView): Pick<MovesView, 'groups' | 'moves'> {
  const troubled = new Set(groups.filter(({ outcome }) => !fine.has(outcome)).map(({ group }) => group))
  const sorted = <T extends { readonly group: string }>(rows: readonly T[]): readonly T[] => rows.toSorted((a, b) => Number(troubled.has(b.group)) - Number(troubled.has(a.group))) // prettier-ignore
  return { groups: sorted(groups), moves: sorted(moves) }
}

const fine: ReadonlySet<GroupRow['outcome']> = new Set(['movable', 'unchanged', 'applied'])

const effectWords: Readonly<Record<Effect['kind'], string>> = {
  none: 'stays',
  rereads: 'reads again',
  skips: 'SKIPS',
  intoTheLog: 'into the log',
  forgets: 'no place any more',
}
