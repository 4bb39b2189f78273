import { createHash } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { GeorepError, messageOf } from '../../core/errors.ts'
import { runsFolder } from '../../history/folder.ts'
import type { Line } from '../../runbook/journal-line.ts'
import { journalOf } from '../../runbook/journal.ts'
import { readRunbookText, type Runbook, runbookFrom } from '../../runbook/load.ts'
import type { Context } from '../context.ts'
import type { RunbookResumeOptions } from './resume.ts'

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
  readonly files: RunFiles
  readonly runbook: Runbook
  /** Where the runbook was read from. */
  readonly file: string
  readonly lines: readonly Line[]
  readonly startedAt: string
  /** How often it was begun and gone on with. */
  readonly sittings: number
}

/**
 * The run of that id with its runbook: as it was carried out. One whose file was changed since is refused, unless it is to be gone on with as it is now.
 *
 * @throws GeorepError GR-RUN-UNKNOWN, GR-JOURNAL-BROKEN, GR-RUN-OVER, GR-RUNBOOK-CHANGED
 */
export async function pastRun(
  id: string,
  { historyDir, forceChanged }: Pick<RunbookResumeOptions, 'historyDir' | 'forceChanged'>,
  where: Where,
): Promise<PastRun> {
  const files = runFiles(id, historyDir, where)
  const { lines } = await journalOf(files.journal, id)
  const notes = lines.flatMap(({ phase, facts }) => (phase === 'note' && facts !== undefined ? [facts] : []))
  const over = notes.findLast((facts) => facts['event'] === 'ended')
  if (over?.['isOver'] === true) {
    throw new GeorepError('refused', 'GR-RUN-OVER', `run "${id}" is over: it was ${String(over['status'])}`, {
      stateNow: 'nothing was changed',
      next: `georep history show ${id}`,
    })
  }
  const { file, hash, variables } = begunIn(notes, id)
  const copy = await readRunbookText(copyIn(files.folder, hash))
  // Of a file that is gone the copy is all there is.
  const now = await readRunbookText(file).catch(() => copy)
  const isChanged = hashOf(now) !== hash || hashOf(copy) !== hash
  if (isChanged && !forceChanged) {
    throw new GeorepError(
      'refused',
      'GR-RUNBOOK-CHANGED',
      `the runbook of run "${id}" was changed since it was begun`,
      {
        stateNow: `"${file}" is not what was carried out; a copy of that is in "${files.folder}"; nothing was changed`,
        next: 'undo the change, or go on with it as it is now: the same command with --force-changed',
      },
    )
  }
  const runbook = runbookFrom(isChanged ? now : copy, file, new Map(Object.entries(variables)))
  const sittings = notes.filter((facts) => facts['event'] !== 'ended').length
  return { files, runbook, file, lines, startedAt: lines[0]?.wall ?? '', sittings }
}

interface Begun {
  readonly file: string
  readonly hash: string
  readonly variables: Readonly<Record<string, string>>
}

/** The runbook that was gone on with last. */
function begunIn(notes: readonly Readonly<Record<string, unknown>>[], id: string): Begun {
  const begun = notes.findLast((facts) => typeof facts['hash'] === 'string')
  const { file, hash, variables } = begun ?? {}
  if (typeof file !== 'string' || typeof hash !== 'string' || typeof variables !== 'object' || variables === null) {
    throw new GeorepError(
      'failed',
      'GR-JOURNAL-BROKEN',
      `the journal of run "${id}" does not say which runbook it is of`,
    )
  }
  return { file, hash, variables: variables as Readonly<Record<string, string>> }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
