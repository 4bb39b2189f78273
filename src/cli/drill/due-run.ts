import { basename } from 'node:path'
import { textFromDurationMs } from '../../core/duration.ts'
import { type DrillDue, drillDue } from '../../core/drill-due.ts'
import { GeorepError } from '../../core/errors.ts'
import type { Problem } from '../../history/chain.ts'
import { historyFolder } from '../../history/folder.ts'
import { type History, problemsOf, readHistory } from '../../history/read.ts'
import { type DrillView, drillViewFrom } from '../../report/drill-view.ts'
import { timeText } from '../../report/words.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { whereFlags } from '../history/where.ts'
import { printable } from '../printable.ts'
import { type Style, styleOf } from '../style.ts'
import { facts } from '../table.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface DrillDueOptions extends GlobalOptions {
  /** Milliseconds. */
  readonly every: number
  readonly link: string | undefined
  /** Undefined: every mode but the sandbox. */
  readonly mode: string | undefined
  readonly historyDir: string | undefined
  readonly output: OutputFormat
}

interface Passed {
  readonly endedAtMs: number
  readonly view: DrillView
}

/** What was looked for, and what was found. */
export interface Dueness {
  readonly folder: string
  readonly everyMs: number
  readonly link: string | undefined
  readonly mode: string | undefined
  readonly due: DrillDue<Passed> | { readonly kind: 'unknown'; readonly last: Passed | undefined; readonly why: string }
  readonly problems: readonly Problem[]
  /** Drills that passed in a sandbox, and were not asked for. */
  readonly sandboxLeftOut: number
}

const exitCodes = { done: ExitCode.ok, due: ExitCode.limitMissed, unknown: ExitCode.unknown } as const satisfies Record<
  DrillDue<Passed>['kind'],
  ExitCode
>

export async function runDrillDue(options: DrillDueOptions, context: Context): Promise<ExitCode> {
  const { io, time } = context
  const folder = historyFolder(options.historyDir, context)
  const dueness = await duenessOf(folder, options, time.now().getTime())
  const { due, problems, sandboxLeftOut } = dueness
  if (options.output === 'table') io.out(renderDrillDue(dueness, styleOf(io)))
  else io.out(documentText(options.output, 'georep.drill-due/1', documentOf(dueness)))
  for (const { name, what } of problems) io.err(`warning: ${printable(basename(name))}: ${printable(what)}\n`)
  if (due.kind === 'due' && sandboxLeftOut > 0) {
    io.err(`not counted: ${sandboxLeftOut} that passed in a sandbox; --mode sandbox counts those alone\n`)
  }
  const next = {
    done: undefined,
    due: commandLine(options, 'drill', ...drillThatCounts(options), ...whereFlags(options.historyDir)),
    unknown: commandLine(options, 'history', 'verify', ...whereFlags(options.historyDir)),
  }[due.kind]
  if (next !== undefined) io.err(`next: ${printable(next)}\n`)
  return exitCodes[due.kind]
}

export function renderDrillDue({ everyMs, link, mode, due }: Dueness, style: Style): string {
  const { last } = due
  const ageMs = 'ageMs' in due ? due.ageMs : undefined
  const verdict = {
    done: { text: 'passed in time', paint: style.ok },
    due: { text: last === undefined ? 'DUE: none has passed' : 'DUE: the last pass is too old', paint: style.bad },
    unknown: { text: `UNKNOWN: ${due.kind === 'unknown' ? due.why : ''}`, paint: style.warn },
  }[due.kind]
  return facts([
    ['Link', link ?? 'any'],
    ['Mode', mode ?? 'any but sandbox'],
    ['Every', textFromDurationMs(everyMs)],
    [
      'Last pass',
      last === undefined ? 'none on record' : `${last.view.id}, ${last.view.mode}, ${timeText(last.view.endedAt)}`,
    ],
    ...(ageMs === undefined ? [] : ([['Age', textFromDurationMs(ageMs)]] as const)),
    ...(last === undefined ? [] : ([['Due', timeText(dueAt(last, everyMs) ?? 'unknown')]] as const)),
    ['Verdict', verdict],
  ])
}

/** A folder that cannot be listed is a history that cannot be read, and no failure of the command. */
async function duenessOf(
  folder: string,
  { every: everyMs, link, mode }: DrillDueOptions,
  nowMs: number,
): Promise<Dueness> {
  const asked = { folder, everyMs, link, mode }
  let history: History
  try {
    history = await readHistory(folder)
  } catch (error) {
    if (!(error instanceof GeorepError)) throw error
    const due = { kind: 'unknown', last: undefined, why: error.message } as const
    return { ...asked, due, problems: [], sandboxLeftOut: 0 }
  }
  const problems = problemsOf(history)
  const passed = history.placed
    .map(({ run }) => drillViewFrom({ ...run }))
    .filter(({ kind, verdict, status }) => kind === 'drill' && verdict === 'pass' && status === 'completed')
    .filter((view) => link === undefined || linkOf(view) === link)
    .map((view) => ({ endedAtMs: Date.parse(view.endedAt), view }))
  const counted = passed.filter(({ view }) => (mode === undefined ? view.mode !== 'sandbox' : view.mode === mode))
  const found = drillDue(counted, { everyMs, nowMs })
  return {
    ...asked,
    due:
      problems.length === 0
        ? found
        : { kind: 'unknown', last: found.last, why: 'the run history is broken, or not all of it can be read' },
    problems,
    sandboxLeftOut: mode === undefined ? passed.length - counted.length : 0,
  }
}

/** A drill of the mode that is asked for: one of another would leave it due. */
function drillThatCounts({ link, mode }: DrillDueOptions): readonly string[] {
  if (mode === 'sandbox') return ['--sandbox']
  const on = link === undefined ? [] : ['--link', link]
  if (mode === 'planned') return ['run', 'planned', ...on]
  if (mode !== 'forced') return on
  const commands = ['--fault', 'exec:<command>', '--undo', 'exec:<command>']
  return ['run', 'forced', '--link', link ?? '<source>-<destination>', ...commands]
}

/** A link is named after its clusters. */
function linkOf({ clusters }: DrillView): string | undefined {
  return clusters === undefined ? undefined : `${clusters.source.name}-${clusters.destination.name}`
}

function dueAt({ endedAtMs }: Passed, everyMs: number): string | undefined {
  const at = new Date(endedAtMs + everyMs)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

function documentOf({ folder, everyMs, link, mode, due, problems, sandboxLeftOut }: Dueness): unknown {
  const { last } = due
  return {
    folder,
    everyMs,
    link: link ?? null,
    mode: mode ?? null,
    verdict: due.kind,
    why: due.kind === 'unknown' ? due.why : null,
    last:
      last === undefined
        ? null
        : {
            id: last.view.id,
            mode: last.view.mode,
            scope: last.view.scope,
            endedAt: last.view.endedAt,
            ageMs: 'ageMs' in due ? (due.ageMs ?? null) : null,
          },
    dueAt: last === undefined ? null : (dueAt(last, everyMs) ?? null),
    sandboxLeftOut,
    problems: problems.map(({ id = null, name, what }) => ({ id, file: name, problem: what })),
  }
}
