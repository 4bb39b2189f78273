import { GeorepError } from '../../core/errors.ts'
import { runnerUnknownText, whySourceSilent, type LinkView, type ReplicationEngine } from '../../engines/engine.ts'
import { commandLine } from '../command-line.ts'
import type { DrillOptions } from './options.ts'

/**
 * That a drill on a link of every day may begin: its source is there, and it is carried.
 *
 * @throws GeorepError "refused" GR-DRILL-SOURCE, GR-DRILL-PAUSED, GR-NO-RUNNER; "unknown" GR-RUNNER-UNKNOWN where one may live
 */
export function requireReady(
  view: LinkView,
  { capabilities }: Pick<ReplicationEngine, 'capabilities'>,
  options: Pick<DrillOptions, 'config'>,
): void {
  const { name } = view.link
  const stateNow = 'nothing was changed'
  const silent = whySourceSilent(view)
  if (silent !== undefined) {
    throw new GeorepError(
      'refused',
      'GR-DRILL-SOURCE',
      `${silent}, which is that of link "${name}": this is no time to practise`,
      { stateNow, next: commandLine(options, 'mirror', 'failover', '--link', name, '--all', '--dry-run') },
    )
  }
  if (view.link.pausedAt !== null) {
    throw new GeorepError('refused', 'GR-DRILL-PAUSED', `link "${name}" is paused, so that nothing would be mirrored`, {
      stateNow,
      next: commandLine(options, 'link', 'resume', name),
    })
  }
  if (!capabilities.needsRunner || view.runner !== undefined) return
  if (view.runnerUnknown !== undefined) {
    throw new GeorepError('unknown', 'GR-RUNNER-UNKNOWN', runnerUnknownText(name, view.runnerUnknown), {
      stateNow,
      next: commandLine(options, 'link', 'describe', name),
    })
  }
  throw new GeorepError('refused', 'GR-NO-RUNNER', `link "${name}" has no runner, so that nothing would be mirrored`, {
    stateNow,
    next: commandLine(options, 'link', 'run', name),
  })
}
