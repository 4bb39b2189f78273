import { constants } from 'node:fs'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface WriteDeps {
  readonly newId: () => string
  /** Called between writing and the rename that makes it count; throws when somebody else holds the folder by now. */
  readonly hold: () => Promise<void>
  /** Who may read it, less what the umask takes away; only its owner, where nothing is said. */
  readonly mode?: number
  /** Whatever the umask is. */
  readonly isModeExact?: boolean
}

const scratchPrefix = '.tmp-'

/** A file that is there whole or not at all, and in place of the one that had its name. */
export async function writeWhole(
  folder: string,
  name: string,
  text: string,
  { newId, hold, mode = 0o600, isModeExact = false }: WriteDeps,
): Promise<void> {
  const scratch = join(folder, `${scratchPrefix}${newId()}`)
  try {
    const handle = await open(scratch, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode)
    try {
      if (isModeExact) await handle.chmod(mode)
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await hold()
    await rename(scratch, join(folder, name))
    await syncFolder(folder)
  } catch (error) {
    await rm(scratch, { force: true })
    throw error
  }
}

/** Removes what a georep that was killed left half written. Only for who holds the folder. */
export async function sweepScratch(folder: string, { olderThan }: { readonly olderThan: number }): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(scratchPrefix)) continue
    const file = join(folder, name)
    const found = await stat(file).catch(() => undefined)
    if (found !== undefined && found.mtimeMs < olderThan) await rm(file, { force: true })
  }
}

/** Makes the new name itself durable. Some systems cannot open a folder; there the rename is all there is. */
export async function syncFolder(folder: string): Promise<void> {
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
