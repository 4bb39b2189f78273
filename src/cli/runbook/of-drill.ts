import { GeorepError } from '../../core/errors.ts'
import type { Line } from '../../runbook/journal-line.ts'
import type { Runbook } from '../../runbook/load.ts'
import { commandLine } from '../command-line.ts'
import type { GlobalOptions } from '../wiring.ts'

/**
 * Refuses to go on with the steps of a drill: canary, clients and fault ended with the process that had them.
 *
 * @throws GeorepError "refused" GR-RUN-OF-DRILL, saying what is left and what to do about it
 */
export function refuseOfDrill(
  id: string,
  lines: readonly Line[],
  { link, name }: Pick<Runbook, 'link' | 'name'>,
  options: Pick<GlobalOptions, 'config'>,
): void {
  const drill = lines.findLast(({ facts }) => facts?.['drill'] !== undefined)?.facts?.['drill']
  if (typeof drill !== 'object' || drill === null) return
  const { mode, undo, isAll } = drill as { readonly mode?: unknown; readonly undo?: unknown; readonly isAll?: unknown }
  const command = (...words: readonly string[]): string => commandLine(options, ...words)
  const healed = typeof undo === 'string' ? `bring the source back: ${undo}; then ` : ''
  const canary = `georep-canary-${id}`
  const left =
    mode === 'sandbox'
      ? {
          stateNow: 'its clusters are swept away by the next sandbox; nothing was changed',
          next: command('drill', 'run', name, '--sandbox'),
        }
      : {
          stateNow: `what the drill made may be left: mirror "${canary}" on link "${link}", topic "${canary}" and group "georep-canary-app-${id}" on both clusters; nothing was changed`, // prettier-ignore
          next: `${healed}${command('mirror', 'delete', canary, '--link', link)}, and delete topic and group on both clusters${isAll === true ? `; mirrors of the link may be STOPPED: ${command('mirror', 'list', '--link', link)}` : ''}`, // prettier-ignore
        }
  throw new GeorepError('refused', 'GR-RUN-OF-DRILL', `run "${id}" is of a drill, which is not gone on with`, left)
}
