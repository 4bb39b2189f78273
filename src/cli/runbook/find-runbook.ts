import { resolve } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import { nearest } from '../../core/nearest.ts'
import { readRunbookText } from '../../runbook/load.ts'
import type { Context } from '../context.ts'
import { fileOfShipped, shippedNames } from './shipped.ts'

export interface FoundRunbook {
  /** Absolute. */
  readonly file: string
  readonly text: string
}

/**
 * A runbook by the name of one that ships, or by its file: what has a slash or ends in .yaml or .yml is a file.
 *
 * @throws GeorepError "config" GR-RUNBOOK-UNKNOWN, GR-RUNBOOK-UNREADABLE
 */
export async function findRunbook(
  name: string,
  context: Pick<Context, 'cwd' | 'packageFolder'>,
): Promise<FoundRunbook> {
  if (/[/\\]|\.ya?ml$/.test(name)) {
    const file = resolve(context.cwd, name)
    return { file, text: await readRunbookText(file) }
  }
  const names = await shippedNames(context)
  if (names.includes(name)) {
    const file = fileOfShipped(name, context)
    return { file, text: await readRunbookText(file) }
  }
  const meant = nearest(name, names)
  const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`
  throw new GeorepError('config', 'GR-RUNBOOK-UNKNOWN', `no runbook "${name}" ships with georep${hint}`, {
    next: 'georep runbook list; a file is named with its path, such as ./mine.yaml',
  })
}
