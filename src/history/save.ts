import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { GeorepError, messageOf } from '../core/errors.ts'
import { tipOf } from './chain.ts'
import { writeHead } from './head.ts'
import { staleMs, withFolderLock, type LockDeps } from './lock.ts'
import { readHistory } from './read.ts'
import { fileNameOf, hashOf, isRunId, runSchema, textOf, type RunData, type RunRecord } from './record.ts'
import { sweepScratch, writeWhole } from './write.ts'

/** The cause of a GR-HISTORY-WRITE: a record of the run is there, and was not made by this call. */
export class SavedAlready extends Error {
  constructor() {
    super('a run with this id is there already')
  }
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
  deps: LockDeps,
): Promise<{ readonly record: RunRecord; readonly file: string }> {
  const { id, data } = run
  if (!isRunId(id)) throw new RangeError(`"${id}" cannot be the id of a run`)
  const name = fileNameOf({ id, startedAt: data.startedAt })
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return await withFolderLock(folder, deps, async (hold) => {
      await sweepScratch(folder, { olderThan: deps.time.now().getTime() - staleMs })
      const { placed, unreadable, head } = await readHistory(folder)
      // A file that is damaged counts: nothing is put in its place.
      if (placed.some((one) => one.run.id === id) || unreadable.some((one) => one.name === name))
        throw new SavedAlready()
      const previous = tipOf(placed, head)
      const place = {
        schema: runSchema,
        id,
        previous: previous?.hash ?? null,
        previousId: previous?.id ?? null,
      } as const
      const record: RunRecord = { ...place, ...data, ...place } // first in the file, and not to be overridden
      const text = textOf(record)
      const writing = { newId: deps.newId, hold }
      await writeWhole(folder, name, text, writing)
      await writeHead(folder, { id, hash: hashOf(text) }, writing)
      return { record, file: join(folder, name) }
    })
  } catch (cause) {
    throw new GeorepError(
      'failed',
      'GR-HISTORY-WRITE',
      `run "${id}" cannot be saved in "${folder}": ${messageOf(cause)}`,
      {
        next: 'name a folder that can be written with --history-dir or GEOREP_HISTORY',
        cause,
      },
    )
  }
}
