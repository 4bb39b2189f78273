import { readdir } from 'node:fs/promises'
import { GeorepError } from '../core/errors.ts'
import { isRunId } from './record.ts'

/** The ids of the runs in the folder, the newest first, by the names of their files alone. None where it cannot be listed. */
export async function runIds(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder)
    const ids = names.sort().map((name) => idOfFile(name) ?? '')
    return ids.filter(isRunId).reverse()
  } catch {
    return []
  }
}

/** By its name alone: what is in it may be damaged. */
export function idOfFile(name: string): string | undefined {
  return /^\d{8}T\d{6}Z-(.+)\.json$/.exec(name)?.[1]
}

/**
 * The id that is meant by its beginning: the one that is the same, or the only one that begins so; undefined where none does.
 *
 * @param next the command to type, with one of the ids
 * @throws GeorepError "usage" GR-RUN-AMBIGUOUS
 */
export function idMeant(ids: readonly string[], prefix: string, next: (id: string) => string): string | undefined {
  if (ids.includes(prefix)) return prefix
  const [found, ...others] = ids.filter((id) => id.startsWith(prefix) && prefix !== '')
  if (found === undefined || others.length === 0) return found
  const all = [found, ...others]
  const what = `"${prefix}" is the beginning of ${all.length} ids: ${all.join(', ')}`
  throw new GeorepError('usage', 'GR-RUN-AMBIGUOUS', what, { next: next(found) })
}
