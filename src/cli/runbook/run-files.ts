import { createHash } from 'node:crypto'
import { access, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { GeorepError, messageOf } from '../../core/errors.ts'
import { runsFolder } from '../../history/folder.ts'
import { idMeant } from '../../history/run-ids.ts'
import type { Line } from '../../runbook/journal-line.ts'
import { journalOf } from '../../runbook/journal.ts'
import { readRunbookText, type Runbook, runbookFrom } from '../../runbook/load.ts'
import type { Context } from '../context.ts'
import { whereFlags } from '../history/where.ts'
import { recordIdOf, runOfRecord } from './run-end.ts'

type Where = Pick<Context, 'env' | 'cwd' | 'home'>

export interface RunFiles {
  readonly folder: string
  readonly journal: string
}

export function runFiles(id: string, historyDir: string | undefined, where: Where): RunFiles {
  const folder = join(runsFolder(historyDir, where), id)
  return { folder, journal: join(folder, 'journal.jsonl') }
}

/** The runbook as it is carried out, beside its journal. @throws GeorepError "failed" GR-JOURNAL-WRITE */
export async function keepCopy({ folder }: RunFiles, { text, hash }: Runbook): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const handle = await open(copyIn(folder, hash), 'w', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw new GeorepError('failed', 'GR-JOURNAL-WRITE', `"${folder}" cannot be written: ${messageOf(cause)}`, {
      stateNow: 'nothing was changed',
      next: 'name a folder that can be written with --history-dir or GEOREP_HISTORY',
      cause,
    })
  }
}

/** By its hash: one that is gone on with changed is another file. */
function copyIn(folder: string, hash: string): string {
  return join(folder, `runbook-${hash.slice(0, 12)}.yaml`)
}

/** A run that was begun before, as its folder tells. */
export interface PastRun {
  readonly id: string
  readonly files: RunFiles
  readonly lines: readonly Line[]
  /** Where the runbook was read from, that was gone on with last. */
  readonly file: string
  readonly hash: string
  readonly variables: ReadonlyMap<string, string>
  /** Where it was begun; undefined of one that did not write that down. */
  readonly cwd: string | undefined
}

/**
 * The run whose id begins with `prefix`, as `history show` finds it; or that of one of its records, of which a run that was gone on with has several.
 *
 * @throws GeorepError GR-RUN-UNKNOWN, GR-RUN-AMBIGUOUS, GR-JOURNAL-BROKEN
 */
export async function pastRun(prefix: string, historyDir: string | undefined, where: Where): Promise<PastRun> {
  // Where it cannot be listed, it is not to be read either, which is told with the reason.
  const ids = await readdir(runsFolder(historyDir, where)).catch((): string[] => [])
  const next = (one: string): string => ['georep history show', one, ...whereFlags(historyDir)].join(' ')
  const known = ids.sort()
  const id = idMeant(known, prefix, next) ?? idMeant(known, runOfRecord(prefix), next) ?? prefix
  const files = runFiles(id, historyDir, where)
  const { lines } = await journalOf(files.journal, id)
  const begun = lines.findLast(({ phase, facts }) => phase === 'note' && typeof facts?.['hash'] === 'string')?.facts
  const { file, hash, variables, cwd } = begun ?? {}
  if (typeof file !== 'string' || typeof hash !== 'string' || typeof variables !== 'object' || variables === null) {
    throw new GeorepError(
      'failed',
      'GR-JOURNAL-BROKEN',
      `the journal of run "${id}" does not say which runbook it is of`,
    )
  }
  return {
    id,
    files,
    lines,
    file,
    hash,
    variables: new Map(Object.entries(variables as Readonly<Record<string, string>>)),
    cwd: typeof cwd === 'string' ? cwd : undefined,
  }
}

/**
 * The folder in which a run was begun: its salvage is there, and so is what its commands name.
 *
 * @throws GeorepError "config" GR-NO-FOLDER when it is gone
 */
export async function folderOf(
  { id, cwd }: Pick<PastRun, 'id' | 'cwd'>,
  context: Pick<Context, 'cwd'>,
): Promise<string> {
  if (cwd === undefined) return context.cwd
  try {
    await access(cwd)
    return cwd
  } catch (cause) {
    throw new GeorepError('config', 'GR-NO-FOLDER', `the folder in which run "${id}" was begun cannot be reached: ${messageOf(cause)}`, {
      stateNow: 'nothing was changed',
      next: `make "${cwd}" again, with what the steps of the runbook name in it, and run the same command again`,
      cause,
    }) // prettier-ignore
  }
}

/** The runbook as it was carried out, whatever became of its file since. @throws GeorepError GR-RUNBOOK-UNREADABLE, GR-RUNBOOK-CHANGED */
export async function runbookCarriedOut(id: string, { files, hash, file, variables }: PastRun): Promise<Runbook> {
  const copy = copyIn(files.folder, hash)
  const text = await readRunbookText(copy)
  if (hashOf(text) !== hash)
    throw changed(id, `"${copy}" is not what was carried out; nothing was changed`, 'undo the change')
  return runbookFrom(text, file, variables)
}

/**
 * The runbook to go on with: as it was carried out. When its file, or the copy of it, was changed since, that is refused, unless it is to be gone on with
 * as the file is now.
 *
 * @throws GeorepError GR-RUNBOOK-UNREADABLE, GR-RUNBOOK-CHANGED
 */
export async function runbookToGoOnWith(id: string, past: PastRun, forceChanged: boolean): Promise<Runbook> {
  const { files, file, hash, variables } = past
  // Of a file that is gone the copy is all there is.
  const now = await readRunbookText(file).catch(() => undefined)
  if (forceChanged && now !== undefined) return runbookFrom(now, file, variables)
  if (now !== undefined && hashOf(now) !== hash) {
    const stateNow = `"${file}" is not what was carried out; a copy of that is in "${files.folder}"; nothing was changed`
    throw changed(id, stateNow, 'undo the change, or go on with it as it is now: the same command with --force-changed')
  }
  return await runbookCarriedOut(id, past)
}

/** @throws GeorepError "refused" GR-RUN-OVER */
export function requireOpen(id: string, lines: readonly Line[], historyDir: string | undefined): void {
  const over = lines.at(-1)?.facts
  if (over?.['isOver'] !== true) return
  throw new GeorepError('refused', 'GR-RUN-OVER', `run "${id}" is over: it was ${String(over['status'])}`, {
    stateNow: 'nothing was changed',
    next: ['georep history show', recordIdOf(id, lines), ...whereFlags(historyDir)].join(' '),
  })
}

function changed(id: string, stateNow: string, next: string): GeorepError {
  const what = `the runbook of run "${id}" was changed since it was begun`
  return new GeorepError('refused', 'GR-RUNBOOK-CHANGED', what, { stateNow, next })
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
