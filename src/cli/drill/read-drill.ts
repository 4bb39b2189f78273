import { GeorepError } from '../../core/errors.ts'
import { type CommandText, type History, readRunOf, type ReadRun } from '../../history/read.ts'

/** As `readRunOf`. @throws GeorepError "usage" GR-RUN-NO-DRILL, too, when it is a run of another kind */
export async function readDrill(
  folder: string,
  history: History,
  prefix: string,
  command: CommandText,
): Promise<ReadRun> {
  const read = await readRunOf(folder, history, prefix, command)
  if (isDrill(read.run)) return read
  throw new GeorepError('usage', 'GR-RUN-NO-DRILL', `run "${read.run.id}" is a ${read.run.kind}, and no drill`, {
    next: command('history', 'list'),
  })
}

/** A history may hold runs of other kinds. */
export function isDrill({ kind }: { readonly kind: string }): boolean {
  return kind === 'drill'
}
