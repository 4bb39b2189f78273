import { GeorepError } from '../../core/errors.ts'
import { historyFolder } from '../../history/folder.ts'
import { readHistory } from '../../history/read.ts'
import { type ComparedFigure, comparedFigures, comparisonNotes } from '../../report/compare.ts'
import { type DrillView, drillViewFrom } from '../../report/drill-view.ts'
import { errorText, type Figure, shortFigureText, valueText } from '../../report/figure-text.ts'
import { timeText, verdictWord } from '../../report/words.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { commandThere } from '../history/where.ts'
import { printable } from '../printable.ts'
import { type Style, styleOf } from '../style.ts'
import { facts, table } from '../table.ts'
import { readDrill } from './read-drill.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface DrillCompareOptions extends GlobalOptions {
  readonly ids: readonly [a: string, b: string]
  readonly historyDir: string | undefined
  readonly output: OutputFormat
}

export async function runDrillCompare(options: DrillCompareOptions, context: Context): Promise<ExitCode> {
  const { io } = context
  const folder = historyFolder(options.historyDir, context)
  const history = await readHistory(folder)
  const read = async (id: string): Promise<{ readonly view: DrillView; readonly isPruned: boolean }> => {
    const { run, record } = await readDrill(folder, history, id, commandThere(options))
    return { view: drillViewFrom(record ?? { ...run }), isPruned: record === undefined }
  }
  const [first, second] = [await read(options.ids[0]), await read(options.ids[1])]
  const [a, b] = [first.view, second.view]
  if (a.mode !== b.mode) {
    throw new GeorepError(
      'refused',
      'GR-COMPARE-MODES',
      `run "${a.id}" has mode "${a.mode}" and run "${b.id}" mode "${b.mode}": figures of different modes are never mixed`,
      {
        stateNow: 'nothing was compared',
        next: commandThere(options)('history', 'list'),
      },
    )
  }
  const figures = comparedFigures(a, b)
  const notes = [
    ...comparisonNotes(a, b),
    ...[first, second].flatMap(({ view, isPruned }) =>
      isPruned ? [`run ${view.id} was pruned: only its RTO and RPO are left`] : [],
    ),
  ]
  if (options.output === 'table') io.out(renderDrillCompare({ a, b, figures }, styleOf(io)))
  else {
    const document = { mode: a.mode, a: headOf(a), b: headOf(b), figures: figures.map(figureDocument), notes }
    io.out(documentText(options.output, 'georep.drill-compare/1', document))
  }
  for (const note of notes) io.err(`note: ${printable(note)}\n`)
  return ExitCode.ok
}

export interface Comparison {
  readonly a: DrillView
  readonly b: DrillView
  readonly figures: readonly ComparedFigure[]
}

export function renderDrillCompare({ a, b, figures }: Comparison, style: Style): string {
  const head = facts([
    ['Mode', a.mode],
    ['A', aboutText(a)],
    ['B', aboutText(b)],
  ])
  const rows = table(
    [
      { title: 'FIGURE' },
      { title: 'A', align: 'right' },
      { title: 'B', align: 'right' },
      { title: 'B - A', align: 'right' },
      { title: 'BEYOND ERROR' },
    ],
    figures.map(({ title, a: ofA, b: ofB, difference, isBeyondError }) => [
      title,
      shortFigureText(ofA),
      shortFigureText(ofB),
      differenceText(difference),
      isBeyondError === null ? 'unknown' : isBeyondError ? { text: 'yes', paint: style.bold } : 'no',
    ]),
  )
  return `${head}\n${rows}`
}

function aboutText({ id, startedAt, verdict, scope }: DrillView): string {
  return `${id}, ${timeText(startedAt)}, ${verdictWord(verdict)}, ${scope}`
}

/** With its sign: whether it went up is what is asked. */
function differenceText(difference: Figure): string {
  const { value, unit } = difference
  if (value === null) return 'unknown'
  return `${value > 0 ? '+' : ''}${valueText(value, unit)} ${errorText(difference)}`.trimEnd()
}

function headOf({ id, scope, scenario, status, verdict, startedAt, endedAt }: DrillView): unknown {
  return { id, scope, scenario: scenario ?? null, status, verdict, startedAt, endedAt }
}

function figureDocument({ name, a, b, difference, isBeyondError }: ComparedFigure): unknown {
  return { name, a, b, difference, isBeyondError }
}
