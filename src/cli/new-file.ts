import { constants } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { GeorepError, messageOf } from '../core/errors.ts'

interface NewFileOptions {
  readonly signal: AbortSignal
  /** The option that names another file, such as `--file`. */
  readonly option: string
}

/**
 * Writes a file that was not there, and makes sure that it is on disk. One that was there stays as it is; one that could not be written to its end is
 * removed.
 *
 * @throws GeorepError "refused" GR-FILE-EXISTS, "failed" GR-FILE-WRITE; what the parts throw of georep's
 */
export async function writeNewFile(
  file: string,
  parts: AsyncIterable<string> | Iterable<string>,
  options: NewFileOptions,
): Promise<void> {
  const { signal } = options
  const handle = await opened(file, options)
  try {
    try {
      for await (const part of parts) {
        signal.throwIfAborted()
        await handle.writeFile(part)
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    await rm(file, { force: true })
    signal.throwIfAborted()
    // Of the parts, and not of the file.
    if (error instanceof GeorepError) throw error
    throw notWritten(file, error, options)
  }
}

async function opened(file: string, options: NewFileOptions): Promise<FileHandle> {
  try {
    return await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritten(file, error, options)
    throw new GeorepError('refused', 'GR-FILE-EXISTS', `"${file}" is there already`, {
      stateNow: 'nothing was changed',
      next: `name another file with ${options.option}`,
    })
  }
}

function notWritten(file: string, cause: unknown, { option }: NewFileOptions): GeorepError {
  return new GeorepError('failed', 'GR-FILE-WRITE', `"${file}" cannot be written: ${messageOf(cause)}`, {
    next: `name another file with ${option}`,
    cause,
  })
}
