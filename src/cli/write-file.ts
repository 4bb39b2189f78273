import { access, constants, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { GeorepError, messageOf } from '../core/errors.ts'
import { writeWhole } from '../history/write.ts'
import type { Context } from './context.ts'

/** Makes the error of a file that cannot be written. */
export type NotWritten = (file: string, why: string, cause: unknown) => GeorepError

/**
 * Where a file is to be renamed to: what a symbolic link points at, and not the link. What is no regular file stays: renamed onto, /dev/null or
 * a pipe would be a file from then on.
 *
 * @throws what `notWritten` makes
 */
export async function writablePath(path: string, notWritten: NotWritten): Promise<string> {
  try {
    const real = await realPlace(path)
    const parent = await stat(dirname(real))
    if (!parent.isDirectory()) throw notWritten(path, 'it lies in no folder', undefined)
    await access(dirname(real), constants.W_OK)
    const there = await stat(real).catch(() => undefined)
    if (there?.isDirectory() === true) throw notWritten(path, 'it is a folder', undefined)
    if (there !== undefined && !there.isFile()) throw notWritten(path, 'it is no regular file', undefined)
    return real
  } catch (cause) {
    throw cause instanceof GeorepError ? cause : notWritten(path, messageOf(cause), cause)
  }
}

/** Where a file is, or would be made: a link may point at one that is not there yet. */
async function realPlace(path: string): Promise<string> {
  return await realpath(path).catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const aim = await readlink(path).catch(() => undefined)
    if (aim !== undefined) return await realPlace(resolve(dirname(path), aim))
    return join(await realpath(dirname(path)), basename(path))
  })
}

/**
 * Writes a file that is there whole or not at all, in place of the one that was there.
 *
 * @param path as `writablePath` returned it
 * @throws what `notWritten` makes
 */
export async function writeFileWhole(
  path: string,
  text: string,
  options: Pick<Context, 'newId'> & { readonly mode: number; readonly isModeExact?: boolean },
  notWritten: NotWritten,
): Promise<void> {
  try {
    await writeWhole(dirname(path), basename(path), text, { ...options, hold: nobodyElse })
  } catch (cause) {
    throw notWritten(path, messageOf(cause), cause)
  }
}

/** No other georep writes there: nothing is held, and nothing can be lost. */
async function nobodyElse(): Promise<void> {
  await Promise.resolve()
}
