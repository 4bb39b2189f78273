import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Time } from '../core/time.ts'

/** A save takes milliseconds. A lock this old belongs to one that died, or that was suspended and will show in the chain. */
const staleMs = 10_000
const everyMs = 50

/**
 * Runs `act` while no other georep saves into the folder, so that two do not both claim the same previous record. Waits
 * for at most as long as a lock may live.
 */
export async function withFolderLock<T>(
  folder: string,
  { time, newId }: { readonly time: Time; readonly newId: () => string },
  act: () => Promise<T>,
): Promise<T> {
  const lock = join(folder, '.lock')
  const owner = newId()
  const signal = AbortSignal.timeout(3 * staleMs)
  while (!(await isTaken(lock, owner))) {
    await removeStale(lock, `${lock}-${owner}`, time)
    await time.wait(everyMs, signal)
  }
  try {
    return await act()
  } finally {
    if ((await ownerOf(lock)) === owner) await rm(lock, { force: true })
  }
}

async function isTaken(lock: string, owner: string): Promise<boolean> {
  try {
    const handle = await open(lock, 'wx', 0o600)
    try {
      await handle.writeFile(owner)
    } finally {
      await handle.close()
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** By renaming, which only one of several can do; one that was made anew in the meantime is given back. */
async function removeStale(lock: string, aside: string, time: Time): Promise<void> {
  try {
    const { mtimeMs } = await stat(lock)
    if (time.now().getTime() - mtimeMs < staleMs) return
    await rename(lock, aside)
    const taken = await stat(aside)
    if (taken.mtimeMs === mtimeMs) await rm(aside, { force: true })
    else await rename(aside, lock)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

async function ownerOf(lock: string): Promise<string | undefined> {
  try {
    return await readFile(lock, 'utf8')
  } catch {
    return undefined
  }
}
