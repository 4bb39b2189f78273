import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { GeorepError } from '../core/errors.ts'
import type { Time } from '../core/time.ts'

/** Whoever holds the lock touches it before every write. One this old belongs to one that died, or that was suspended and will notice. */
export const staleMs = 10_000
const everyMs = 50

export interface LockDeps {
  readonly time: Time
  readonly newId: () => string
}

/** What the holder calls between two writes: keeps the lock fresh. @throws GeorepError "conflict" GR-HISTORY-LOCK when it has another holder by now */
export type Hold = () => Promise<void>

/**
 * Runs `act` while no other georep writes into the folder, so that two do not both claim the same previous record. Waits
 * for at most three times as long as a lock may lie untouched.
 */
export async function withFolderLock<T>(folder: string, deps: LockDeps, act: (hold: Hold) => Promise<T>): Promise<T> {
  const { time, newId } = deps
  const lock = join(folder, '.lock')
  const owner = newId()
  const signal = AbortSignal.timeout(3 * staleMs)
  const isStale = staleness(time)
  while (!(await isTaken(lock, owner))) {
    await removeStale(lock, `${lock}-${owner}`, isStale)
    await time.wait(everyMs, signal)
  }
  try {
    return await act(async () => {
      if ((await ownerOf(lock)) !== owner) {
        throw new GeorepError('conflict', 'GR-HISTORY-LOCK', `another georep writes to "${folder}" by now`, {
          next: 'run the same command again',
        })
      }
      await utimes(lock, time.now(), time.now())
    })
  } finally {
    if ((await ownerOf(lock)) === owner) await rm(lock, { force: true })
  }
}

/** Old by the clock, or, where the clock went back and would call it young for hours, seen untouched for as long. */
function staleness({ now, monotonic }: Time): (mtimeMs: number) => boolean {
  let seen: { readonly mtimeMs: number; readonly at: number } | undefined
  return (mtimeMs) => {
    if (now().getTime() - mtimeMs >= staleMs) return true
    if (seen?.mtimeMs !== mtimeMs) seen = { mtimeMs, at: monotonic() }
    return monotonic() - seen.at >= staleMs
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
async function removeStale(lock: string, aside: string, isStale: (mtimeMs: number) => boolean): Promise<void> {
  try {
    const { mtimeMs } = await stat(lock)
    if (!isStale(mtimeMs)) return
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
