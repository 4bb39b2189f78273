import { readdir } from 'node:fs/promises'
import { isRunId } from './record.ts'

/** The ids of the runs in the folder, the newest first, by the names of their files alone. None where it cannot be listed. */
export async function runIds(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder)
    const ids = names.sort().map((name) => /^\d{8}T\d{6}Z-(.+)\.json$/.exec(name)?.[1] ?? '')
    return ids.filter(isRunId).reverse()
  } catch {
    return []
  }
}
