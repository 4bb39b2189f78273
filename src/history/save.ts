import { constants } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GeorepError, messageOf } from '../core/errors.ts'
import type { Time } from '../core/time.ts'
import { withFolderLock } from './lock.ts'
import { listRuns, type RunEntry } from './read.ts'
import { isRunId, runSchema, type RunData, type RunRecord } from './record.ts'

export interface SaveDeps {
  readonly time: Time
  readonly newId: () => string
}

/**
 * Writes the record of a run so that it is there whole or not at all, readable by its owner only. Returns the record and
 * its file. Throws GR-HISTORY-WRITE: the run itself is over by then, so whoever calls prints the record before giving up.
 *
 * Takes no signal of the run: a run that was interrupted is recorded too. The lock bounds the wait.
 */
export async function saveRun(
  folder: string,
  run: { readonly id: string; readonly data: RunData },
  deps: SaveDeps,
): Promise<{ readonly record: RunRecord; readonly file: string }> {
  if (!isRunId(run.id)) throw new RangeError(`"${run.id}" cannot be the id of a run`)
  const file = join(folder, `${compactUtc(run.data.startedAt)}-${run.id}.json`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return await withFolderLock(folder, deps, async () => {
      const previous = lastOf(await listRuns(folder))
      const head = { schema: runSchema, id: run.id, previous } as const
      const record: RunRecord = { ...head, ...run.data, ...head } // first in the file, and not to be overridden
      await writeWhole(folder, file, textOfRecord(record), deps.newId())
      return { record, file }
    })
  } catch (cause) {
    throw new GeorepError(
      'failed',
      'GR-HISTORY-WRITE',
      `run "${run.id}" cannot be saved in "${folder}": ${messageOf(cause)}`,
      {
        next: 'name a folder that can be written with --history-dir or GEOREP_HISTORY',
        cause,
      },
    )
  }
}

/**
 * The hash of the record that none comes after. Not of the newest by time: runs overlap, and the one that began first
 * may be saved last. Of several ends (somebody deleted or copied files) the one that ended last.
 */
function lastOf(entries: readonly RunEntry[]): string | null {
  const runs = entries.filter((entry) => entry.kind === 'run')
  const followed = new Set(runs.map((entry) => entry.record.previous))
  const ends = runs.filter((entry) => !followed.has(entry.hash))
  const [last] = ends.sort((a, b) => (a.record.endedAt < b.record.endedAt ? 1 : -1))
  return last?.hash ?? null
}

function textOfRecord(record: object): string {
  return `${JSON.stringify(record, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`
}

async function writeWhole(folder: string, file: string, text: string, unique: string): Promise<void> {
  const scratch = join(folder, `.tmp-${unique}`)
  try {
    const handle = await open(scratch, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(scratch, file)
    await syncFolder(folder)
  } catch (error) {
    await rm(scratch, { force: true })
    throw error
  }
}

/** Makes the new name itself durable. Some systems cannot open a folder; there the rename is all there is. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

function compactUtc(iso: string): string {
  return `${iso.slice(0, 19).replace(/[-:]/g, '')}Z`
}
