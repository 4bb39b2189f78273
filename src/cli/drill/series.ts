import { textFromDurationMs } from '../../core/duration.ts'
import type { Distribution } from '../../core/distribution.ts'
import { type Series, type SeriesRun, seriesOf } from '../../core/drill-series.ts'
import { GeorepError, type ErrorKind } from '../../core/errors.ts'
import { phaseOf } from '../../drill/phase.ts'
import type { DrillResult } from '../../drill/drill-result.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import type { ExitCode } from '../exit.ts'
import { whereFlags } from '../history/where.ts'
import type { Progress } from '../progress.ts'
import { type Style, styleOf } from '../style.ts'
import { type Cell, table } from '../table.ts'
import { shortFigureText, shortLostText } from '../../report/figure-text.ts'
import { type DrillRun, exitCodeOfVerdict, saveDrill } from './conclude.ts'
import { oneDrill } from './one-drill.ts'
import type { DrillOptions } from './options.ts'
import type { Exercise } from './scenarios.ts'

/** After one of these the next run would end in the same way. */
const endsIt: ReadonlySet<ErrorKind> = new Set(['usage', 'config', 'refused', 'unsupported', 'conflict', 'denied', 'interrupted']) // prettier-ignore

/**
 * Runs one exercise several times, each with its fault at a phase of its own, and prints how the figures came out. Every run is on record by itself. In
 * a sandbox each has clusters of its own: what one run leaves behind is not to be measured by the next.
 *
 * @param drill one of them
 * @throws GeorepError when a run ended in a way that the next would, too; the runs until then are on record. "failed" GR-HISTORY-WRITE when one could not be
 *   saved; all is printed by then
 */
export async function drillSeries(
  exercise: Exercise,
  seed: string,
  options: DrillOptions,
  context: Context,
  progress: Progress,
  drill = oneDrill,
): Promise<ExitCode> {
  const { io } = context
  const { repeat: of, output } = options
  let unsaved: GeorepError | undefined
  const save = async (id: string, run: DrillRun): Promise<GeorepError | undefined> => {
    try {
      await saveDrill(run, id, options, context, progress)
      return undefined
    } catch (error) {
      if (!(error instanceof GeorepError)) throw error
      progress.note(`warning: ${error.message}`)
      return (unsaved ??= error)
    }
  }
  progress.note(`${of} runs of ${exercise.name}, with --seed ${seed}`)
  const runs: SeriesRun[] = []
  for (let run = 1; run <= of; run++) {
    progress.note(`run ${run} of ${of}`)
    const turn = { run, of, seed, phase: phaseOf(seed, run) }
    const one = await oneOf(run, async () => await drill(exercise, turn, options, context, progress), save, context, progress) // prettier-ignore
    progress.note(`run ${run} of ${of}: ${one.verdict}, RTO ${figureOf(one, 'rtoServiceMs')}, lost of the canary: ${figureOf(one, 'rpoRecords')}`) // prettier-ignore
    runs.push(one)
  }
  const series = seriesOf(runs)
  if (output === 'table') io.out(renderSeries(series, styleOf(io)))
  else {
    const { mode, name: scenario } = exercise
    io.out(documentText(output, 'georep.drill-series/1', seriesDocument(series, { mode, scenario, seed })))
  }
  if (unsaved !== undefined) throw unsaved
  // One that came to no verdict is on record under an id that is not known here.
  const worst = series.runs[0]?.id ?? ''
  const words = worst === '' ? ['list'] : ['show', worst]
  progress.note(`next: ${commandLine(options, 'history', ...words, ...whereFlags(options.historyDir))}`)
  return exitCodeOfVerdict(series.verdict)
}

async function oneOf(
  turn: number,
  drill: () => ReturnType<typeof oneDrill>,
  save: (id: string, run: DrillRun) => Promise<GeorepError | undefined>,
  { signal }: Pick<Context, 'signal'>,
  progress: Progress,
): Promise<SeriesRun> {
  try {
    const { id, run } = await drill()
    const failure = await save(id, run)
    const { verdict } = run.result
    return { id: failure === undefined ? id : '', verdict, error: failure?.code, figures: figuresOf(run.result) }
  } catch (error) {
    if (!(error instanceof GeorepError) || endsIt.has(error.kind) || signal.aborted) throw error
    progress.note(`warning: run ${turn} came to no verdict: ${error.message}`)
    return { id: '', verdict: 'unknown', error: error.code, figures: undefined }
  }
}

function figuresOf({ rto, rpo, duplicates }: DrillResult): NonNullable<SeriesRun['figures']> {
  return {
    rtoServiceMs: rto.service,
    rtoWriteMs: rto.write,
    rtoReadMs: rto.read,
    detectionMs: rto.detection,
    toolMs: rto.tool,
    rpoRecords: rpo.records,
    rpoMs: rpo.ms,
    readAgain: duplicates.again,
  }
}

export function seriesDocument(
  { verdict, runs, figures }: Series,
  head: { readonly mode: string; readonly scenario: string; readonly seed: string },
): unknown {
  return {
    ...head,
    verdict,
    figures,
    runs: runs.map(({ id, error, figures: own, ...run }) => ({
      id: id === '' ? null : id,
      ...run,
      error: error ?? null,
      figures: own ?? null,
    })),
  }
}

const names = {
  rtoServiceMs: 'RTO, service',
  rtoWriteMs: '  to first write',
  rtoReadMs: '  to first read',
  detectionMs: '  detection',
  toolMs: '  tool',
  rpoRecords: 'RPO, records',
  rpoMs: 'RPO, time',
  readAgain: 'Read again',
} as const satisfies Record<keyof Series['figures'], string>

/** The distribution of every figure, and the runs, the worst first. */
export function renderSeries({ verdict, runs, figures }: Series, style: Style): string {
  const right = (title: string): { readonly title: string; readonly align: 'right' } => ({ title, align: 'right' })
  const distributions = table(
    [{ title: 'FIGURE' }, ...['MIN', 'MEDIAN', 'P90', 'MAX', '±', 'UNKNOWN'].map(right)],
    (Object.keys(names) as (keyof typeof names)[]).map((name) => [names[name], ...cellsOf(figures[name])]),
  )
  const list = table(
    [{ title: 'RUN' }, { title: 'VERDICT' }, right('RTO'), right('LOST'), right('RPO')],
    runs.map((run) => [
      run.id === '' ? (run.error ?? '-') : run.id,
      verdictCell(run.verdict, style),
      ...(['rtoServiceMs', 'rpoRecords', 'rpoMs'] as const).map((name) => figureOf(run, name)),
    ]),
  )
  return `${distributions}\n${list}\nVerdict: ${verdict} (the worst of ${runs.length})\n`
}

function cellsOf({ unit, min, median, p90, max, error, unknown }: Distribution): readonly Cell[] {
  const text = (value: number | null): string =>
    value === null ? '-' : unit === 'ms' ? textFromDurationMs(value) : value.toString()
  return [min, median, p90, max, error].map(text).concat(unknown.toString())
}

function figureOf({ figures }: SeriesRun, name: keyof Series['figures']): string {
  if (figures === undefined) return 'unknown'
  return name === 'rpoRecords' ? shortLostText(figures[name]) : shortFigureText(figures[name])
}

function verdictCell(verdict: string, { ok, warn, bad }: Style): Cell {
  return { text: verdict, paint: verdict === 'pass' ? ok : verdict === 'unknown' ? warn : bad }
}
