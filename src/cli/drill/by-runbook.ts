import { GeorepError } from '../../core/errors.ts'
import { canaryNames } from '../../drill/canary-names.ts'
import type { Incident, Responded, Response } from '../../drill/response.ts'
import { responseTimes } from '../../drill/response-times.ts'
import type { DrillSettings, DrillSite } from '../../drill/site.ts'
import { type EngineWatch, watchEngine } from '../../drill/watched-engine.ts'
import { JournalFile } from '../../runbook/journal.ts'
import type { Runbook } from '../../runbook/load.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { whereFlags } from '../history/where.ts'
import type { Progress } from '../progress.ts'
import type { CarriedOut } from '../runbook/run-end.ts'
import { carryOut } from '../runbook/carry-out.ts'
import { requireClusters, siteOn } from '../runbook/open-site.ts'
import { keepCopy, runFiles } from '../runbook/run-files.ts'
import { carriedOutData } from '../runbook/run-record.ts'
import { actorText, beginning } from '../runbook/run-run.ts'
import type { DrillOptions } from './options.ts'
import type { Exercise, DrillRunbook } from './scenarios.ts'

/** With what the steps of a runbook leave on record beside the figures; nothing before the first of them. */
export interface RunbookResponse {
  readonly respond: Response
  readonly record: () => Readonly<Record<string, unknown>>
}

/**
 * What is done about the loss: what is built in, or the steps of the exercise's runbook, as `runbook run` carries them out, with a journal under the id of the drill. The plan is not looked
 * at, and nothing is asked but by steps. What can be wrong with the runbook, or with the folder of its journal, is told here, before there is a fault.
 *
 * @throws GeorepError "usage", "config", "failed" GR-JOURNAL-WRITE
 */
export async function responseOf(
  exercise: Exercise,
  builtIn: Response,
  site: DrillSite,
  settings: Pick<DrillSettings, 'runId'>,
  options: Pick<DrillOptions, 'historyDir' | 'config'>,
  context: Context,
  progress: Progress,
): Promise<RunbookResponse> {
  const { mode, runbook: drilled } = exercise
  if (drilled === undefined) return { respond: builtIn, record: () => ({}) }
  const { target } = site
  const { runId: id } = settings
  const { cwd } = context
  const { topic, group } = canaryNames(id)
  const standIn = { topic, group, isAlone: site.scope === 'canaryOnly' }
  const runbook = drilled.on(target.link.name, standIn)
  // The ids are of the clusters of every day, and a sandbox has its own.
  if (mode !== 'sandbox') requireClusters(runbook, target)
  const files = runFiles(id, options.historyDir, context)
  await keepCopy(files, runbook)
  const isAll = mode !== 'sandbox' && !standIn.isAlone
  let journal: JournalFile | undefined
  let verdict: CarriedOut['outcome']['verdict'] | undefined
  const respond: Response = async (incident, within) => {
    const watched = watchEngine(incident, { isPlanned: mode === 'planned' })
    const env = { ...context.env, GEOREP_DRILL: mode }
    const ends = [site.settings.source, site.settings.destination]
    await using opened = siteOn({ target, engine: watched.engine, act: site.act, settings: ends }, { id, folder: files.folder, cwd, progress, env, config: options.config }, context) // prettier-ignore
    const session = await opened.hold()
    await using own = await JournalFile.create({ file: files.journal, run: id, actor: actorText(context), time: context.time }) // prettier-ignore
    journal = own
    const facts = {
      ...beginning('begun', runbook, { file: drilled.file, cwd }, context),
      drill: { mode, isAll, ...(mode === 'forced' ? { undo: exercise.undo } : {}) },
    }
    await own.append({ step: null, attempt: 0, phase: 'note', outcome: null, observed: `begun in a drill: ${runbook.name}`, facts }) // prettier-ignore
    const carried = await carryOut({ runbook, site: opened.site, session, journal: own, decisions: new Map(), progress }, context) // prettier-ignore
    const { outcome } = carried
    // What it acted on goes with the drill: there is nothing that could be gone on with.
    if (outcome.kind !== undefined && !isAll) await close(own)
    within.signal.throwIfAborted()
    if (outcome.kind === undefined) return respondedBy(runbook, own, incident, watched)
    verdict = outcome.verdict
    throw notThrough(carried, { runbook, drilled, id, isAll }, options)
  }
  const told = (own: JournalFile): Readonly<Record<string, unknown>> =>
    carriedOutData({ runbook, file: drilled.file, runId: id, journal: files.journal, lines: own.lines })
  return {
    respond,
    record: () => (journal === undefined ? {} : { ...told(journal), ...(verdict === undefined ? {} : { verdict }) }),
  }
}

/** @throws GeorepError when the steps are through, and the canary's mirror is not open */
function respondedBy(
  runbook: Runbook,
  { lines }: JournalFile,
  { settings, detectedAt }: Incident,
  watched: EngineWatch,
): Responded {
  const { topic } = canaryNames(settings.runId)
  const kinds = new Map(runbook.steps.map((step) => [step.id, step.kind]))
  const { commandedAt, approvedAt, waits } = responseTimes(lines, (step) => kinds.get(step))
  const writableAt = watched.openedAt(topic)
  if (commandedAt === undefined || writableAt === undefined) {
    throw new GeorepError('failed', 'GR-DRILL-NOT-OPENED', `runbook "${runbook.name}" is through, and the canary's mirror is not open for writes`, {
      next: 'look at what its steps that open mirrors are about, and at what they do on failure',
    }) // prettier-ignore
  }
  const isDone = (step: string): boolean => lines.findLast((line) => line.step === step)?.outcome === 'ok'
  const { repoints = [] } = runbook.drill ?? {}
  return {
    approvedAt: approvedAt ?? detectedAt,
    commandedAt,
    writableAt,
    results: watched.results(),
    waits,
    // One that found the clients there already has shown nothing.
    repointedBy: runbook.steps.filter(({ id, kind }) => (kind === 'dns' || repoints.includes(id)) && isDone(id)).map(({ id }) => id), // prettier-ignore
  }
}

/** The journal of a run that cannot be gone on with: what it said last, and that it is over. */
async function close(journal: JournalFile): Promise<void> {
  const facts = { ...journal.lines.at(-1)?.facts, isOver: true }
  await journal.append({ step: null, attempt: 0, phase: 'note', outcome: null, observed: 'over: the drill ends here', facts }) // prettier-ignore
}

function notThrough(
  { outcome, stoppedAt, isRolledBack }: CarriedOut,
  { runbook, drilled, id, isAll }: { readonly runbook: Runbook; readonly drilled: DrillRunbook; readonly id: string; readonly isAll: boolean }, // prettier-ignore
  options: Pick<DrillOptions, 'historyDir' | 'config'>,
): GeorepError {
  const command = (...words: readonly string[]): string => commandLine(options, ...words, ...whereFlags(options.historyDir)) // prettier-ignore
  const step = stoppedAt === undefined ? '' : ` at step "${stoppedAt.step.id}": ${stoppedAt.what}`
  const takenBack = isRolledBack ? '; it was taken back' : ''
  const show = command('history', 'show', id)
  return new GeorepError(outcome.kind ?? 'failed', 'GR-DRILL-STEP', `runbook "${runbook.name}" did not get through${step}${takenBack}`, {
    stateNow: isAll ? 'the journal is in order, the link is given back; mirrors of it may be STOPPED' : 'nothing but the canary was acted on, and that ends with the drill', // prettier-ignore
    next: isAll && !isRolledBack ? `${commandLine(options, 'runbook', 'run', drilled.file, ...setWords(runbook))}, which leaves what is done as it is; ${show}` : show, // prettier-ignore
  }) // prettier-ignore
}

function setWords({ variables }: Runbook): readonly string[] {
  return [...variables].flatMap(([name, value]) => ['--set', `${name}=${value}`])
}
