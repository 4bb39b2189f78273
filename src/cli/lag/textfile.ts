import { resolve } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import { writablePath, writeFileWhole } from '../write-file.ts'
import { lagDownMetrics } from './prometheus.ts'

/** Metrics in a file for the textfile collector of a node exporter. */
export interface Textfile {
  readonly write: (metrics: string) => Promise<void>
  /** Nothing could be seen, or nobody looks any more. */
  readonly down: () => Promise<void>
}

/** Whoever collects it is another user, whatever the umask of a service is. */
const mode = 0o644

/**
 * @param file undefined: nothing is ever written
 * @throws GeorepError "failed" GR-TEXTFILE-WRITE when it could not be written, before anybody is asked
 */
export async function openTextfile(
  file: string | undefined,
  { cwd, newId, time }: Pick<Context, 'cwd' | 'newId' | 'time'>,
): Promise<Textfile> {
  if (file === undefined) return { write: nothing, down: nothing }
  const path = await writablePath(resolve(cwd, file), notWritten)
  const write = async (metrics: string): Promise<void> => {
    await writeFileWhole(path, metrics, { newId, mode, isModeExact: true }, notWritten)
  }
  return {
    write,
    down: async () => {
      await write(lagDownMetrics(time.now()))
    },
  }
}

async function nothing(): Promise<void> {
  await Promise.resolve()
}

function notWritten(file: string, why: string, cause: unknown): GeorepError {
  return new GeorepError('failed', 'GR-TEXTFILE-WRITE', `"${file}" cannot be written: ${why}`, {
    next: 'name a file in a folder that can be written with --textfile',
    cause,
  })
}
