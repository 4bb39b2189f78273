import { inChainOrder } from '../../history/chain.ts'
import { type History, problemsOf } from '../../history/read.ts'
import { GeorepError } from '../../core/errors.ts'
import { type ReportInput, reportInputFrom } from '../../report/report-input.ts'
import type { Context } from '../context.ts'
import { commandThere } from '../history/where.ts'
import { isDrill, readDrill } from './read-drill.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface ReportOf {
  readonly folder: string
  readonly history: History
  /** Undefined: the run that was saved last. */
  readonly id: string | undefined
  readonly options: Pick<GlobalOptions, 'config'> & { readonly historyDir: string | undefined }
}

/**
 * Everything that a report of that run is made of.
 *
 * @throws GeorepError "usage" GR-RUN-UNKNOWN or GR-RUN-AMBIGUOUS; "refused" GR-RUN-PRUNED when only a stub is left of it
 */
export async function reportInputOf(
  { folder, history, id, options }: ReportOf,
  { version, time }: Pick<Context, 'version' | 'time'>,
): Promise<ReportInput> {
  const last = inChainOrder(history.placed).findLast(({ run }) => isDrill(run))?.run.id
  const wanted = id ?? last
  if (wanted === undefined) {
    throw new GeorepError('usage', 'GR-RUN-UNKNOWN', `no drill is on record in "${folder}"`, {
      next: 'georep drill --sandbox --measure-rpo, or correct --history-dir',
    })
  }
  const { run, record } = await readDrill(folder, history, wanted, commandThere(options))
  if (record === undefined) {
    throw new GeorepError('refused', 'GR-RUN-PRUNED', `run "${run.id}" was pruned, and a report needs all of it`, {
      stateNow: `pruned ${run.prunedAt ?? ''}: its id, times, verdict, RTO and RPO are left`,
      next: commandThere(options)('history', 'show', run.id),
    })
  }
  return reportInputFrom({
    record,
    hash: run.hash,
    runs: history.placed.map((one) => ({ ...one.run })),
    chain: { records: history.placed.length, problems: problemsOf(history).length },
    madeBy: version,
    madeAt: time.now().toISOString(),
  })
}
