import { readFile, stat } from 'node:fs/promises'
import { GeorepError, messageOf } from '../core/errors.ts'

/** Larger than any secret or chain of certificates. */
const maxBytes = 1_048_576

/** A file that the configuration names. Throws `GR-CONFIG-REFERENCE`; `at` is `georep.yaml:4:7`. */
export async function readBytes(file: string, at: string): Promise<Buffer> {
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new Error('not a regular file')
    if (found.size > maxBytes) throw new Error('larger than 1 MiB')
    return await readFile(file)
  } catch (cause) {
    throw new GeorepError('config', 'GR-CONFIG-REFERENCE', `${at}: "${file}" cannot be read: ${messageOf(cause)}`, {
      next: 'correct the path or the rights of the file, then: georep config validate',
      cause,
    })
  }
}
