import { dirname, join, resolve } from 'node:path'
import { readFile, rm, stat } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { GeorepError } from '../../core/errors.ts'
import { portionsOf } from '../../core/portions.ts'
import { jsonDocumentOfRows, jsonRows } from '../json.ts'
import { matcherFromGlobs } from '../../core/glob.ts'
import { type OffsetPlan, undoOf } from '../../core/offset-plan.ts'
import { verdictOf } from '../../core/outcome.ts'
import { type ApplyOptions, applyPlan, type PlanTarget } from '../../links/apply-plan.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import type { ExitCode } from '../exit.ts'
import { clusterView } from '../figures.ts'
import { writeNewFile } from '../new-file.ts'
import type { OutputFormat } from '../args.ts'
import { printable } from '../printable.ts'
import { openProgress } from '../progress.ts'
import { styleOf } from '../style.ts'
import { countedOutcomes, endWithVerdict } from '../verdict.ts'
import type { GlobalOptions } from '../wiring.ts'
import { groupRows, moveRows, type MovesView } from './moves-view.ts'
import { partsOfPlan, textOfPlan } from './plan-file.ts'

const schema = 'georep.offset-moves/1'
const groupsInPart = 20

export interface CarryOutOptions extends GlobalOptions {
  readonly group?: readonly string[] | undefined
  readonly all: boolean
  readonly output: OutputFormat
}

/** The files of a plan that is carried out. */
export interface PlanFiles {
  /** Undefined when the plan was made by this very command. */
  readonly plan: string | undefined
  /** Where the way back is written to; undefined for a plan that is one. */
  readonly undo: string | undefined
}

/** Moves the groups of a plan, prints what became of each, and ends with their verdict. What has to be confirmed was. */
export async function carryOut(
  target: PlanTarget,
  plan: OffsetPlan,
  files: PlanFiles,
  options: CarryOutOptions & Pick<ApplyOptions, 'justSeen'>,
  context: Context,
): Promise<ExitCode> {
  const { io, signal, time } = context
  const progress = await openProgress(io)
  const isWanted = matcherFromGlobs(options.group ?? ['*'])
  const groups = plan.groups.filter(({ group }) => isWanted(group))
  const count = groups.length
  // While the brokers are at work, this process is not: the longest part of the document is made then.
  let rows: ReturnType<typeof textOfMoves> | undefined
  const { undo } = files
  progress.step(`moving ${count} groups on "${plan.cluster.name}"`)
  const outcomes = await applyPlan(target, plan, {
    signal,
    now: time.now(),
    isWanted,
    justSeen: options.justSeen,
    beforeFirst: async () => {
      if (undo !== undefined) await writeUndo(undo, plan, context)
      if (options.output === 'json') rows = textOfMoves(groups)
    },
    onMoved: (groups) => { progress.status(`${groups} of ${count}`) }, // prettier-ignore
  }).catch((error: unknown) => {
    progress.fail()
    throw error
  })
  const results = [...outcomes.values()]
  progress.done(`moved ${count} groups on "${plan.cluster.name}": ${countedOutcomes(results)}`)
  const isUndone = results.some(({ kind }) => kind !== 'unchanged')
  const head: Omit<MovesView, 'moves'> = {
    act: plan.act,
    phase: 'done',
    cluster: clusterView(target.cluster, plan.cluster.clusterId),
    link: plan.link ?? null,
    plan: files.plan ?? null,
    undo: isUndone ? (undo ?? null) : null,
    groups: groupRows(groups, outcomes),
  }
  if (options.output === 'json') {
    io.out(jsonDocumentOfRows(schema, head, 'moves', await (rows ?? textOfMoves(groups))))
  } else await printMoves({ ...head, moves: moveRows(groups) }, options, context)
  if (head.undo !== null) io.err(`undo: ${printable(commandLine(options, 'offset', 'rollback', head.undo))}\n`)
  const verb = plan.act === 'undo' ? 'rollback' : 'apply'
  return endWithVerdict(
    verdictOf(results),
    {
      code: 'GR-OFFSETS-INCOMPLETE',
      message: `not all groups were moved: ${countedOutcomes(results)}`,
      next: files.plan === undefined ? 'look at the groups that were not moved, and plan again' : commandLine(options, 'offset', verb, files.plan), // prettier-ignore
    },
    context,
  )
}

/** They are known before anything is moved. In portions, so that what the brokers answer meanwhile has its turn. */
async function textOfMoves(groups: OffsetPlan['groups']): Promise<readonly string[]> {
  const parts: string[] = []
  for (const some of portionsOf(groups, groupsInPart)) {
    await setImmediate()
    parts.push(jsonRows(moveRows(some)))
  }
  return parts
}

export async function printMoves(view: MovesView, { output, all }: CarryOutOptions, { io }: Context): Promise<void> {
  if (output !== 'table') {
    io.out(documentText(output, schema, view))
    return
  }
  if (view.groups.length === 0) {
    io.err('no group has a place to be moved\n')
    return
  }
  const { leftOutText, renderMoves } = await import('./moves-table.ts')
  io.out(renderMoves(view, styleOf(io), { all }))
  const left = all ? undefined : leftOutText(view)
  if (left !== undefined) io.err(left)
}

/** Beside the plan, or where the command was typed. */
export function undoFileOf(
  plan: { readonly file: string | undefined; readonly id: string; readonly act: string },
  cwd: string,
): string {
  if (plan.file === undefined) return resolve(cwd, `georep-${plan.act}-${plan.id}.undo.json`)
  const file = resolve(cwd, plan.file)
  return file.endsWith('.json')
    ? `${file.slice(0, -'.json'.length)}.undo.json`
    : join(dirname(file), `${file}.undo.json`)
}

/**
 * The way back is on disk before anything is moved. One of the same plan, of an earlier try, is the same, or the beginning of it: that try was killed before it
 * moved anything.
 */
export async function writeUndo(file: string, plan: OffsetPlan, { signal }: Context): Promise<void> {
  const undo = undoOf(plan)
  try {
    await writeNewFile(file, partsOfPlan(undo), { signal, option: '--undo' })
  } catch (error) {
    const isThere = error instanceof GeorepError && error.code === 'GR-FILE-EXISTS'
    // Only of a file: a pipe waits for its writer, and /dev/full has no end.
    const isFile = isThere && (await stat(file).catch(() => undefined))?.isFile() === true
    const there = isFile ? await readFile(file, 'utf8').catch(() => undefined) : undefined
    const text = textOfPlan(undo)
    if (there === text) return
    if (there === undefined || there === '' || !text.startsWith(there)) throw error
    await rm(file)
    await writeNewFile(file, [text], { signal, option: '--undo' })
  }
}
