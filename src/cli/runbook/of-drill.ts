import { GeorepError } from '../../core/errors.ts'
import { historyFolder } from '../../history/folder.ts'
import { readHistory } from '../../history/read.ts'
import type { Line } from '../../runbook/journal-line.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { whereFlags } from '../history/where.ts'
import type { RunningOptions } from './options.ts'

/**
 * Refuses to go on with the steps of a drill: canary, clients and fault ended with the process that had them.
 *
 * @throws GeorepError "refused": GR-RUN-OVER when the drill is on record; else GR-RUN-OF-DRILL, saying what may be left and what to do about it
 */
export async function refuseOfDrill(
  id: string,
  lines: readonly Line[],
  options: Pick<RunningOptions, 'config' | 'historyDir'>,
  context: Pick<Context, 'env' | 'cwd' | 'home'>,
): Promise<void> {
  const begun = lines.find(({ facts }) => facts?.['drill'] !== undefined)?.facts
  const drill = begun?.['drill']
  if (typeof drill !== 'object' || drill === null) return
  const command = (...words: readonly string[]): string => commandLine(options, ...words)
  const { placed } = await readHistory(historyFolder(options.historyDir, context))
  // What a drill made is removed before its record is saved.
  if (placed.some(({ run }) => run.id === id)) {
    throw new GeorepError('refused', 'GR-RUN-OVER', `run "${id}" is over: it was of a drill`, {
      stateNow: 'nothing was changed',
      next: command('history', 'show', id, ...whereFlags(options.historyDir)),
    })
  }
  const { mode, undo, isAll } = drill as { readonly mode?: unknown; readonly undo?: unknown; readonly isAll?: unknown }
  const [link, file] = [String(begun?.['link']), String(begun?.['file'])]
  const healed = typeof undo === 'string' ? `bring the source back: ${undo}; then ` : ''
  const canary = `georep-canary-${id}`
  const left =
    mode === 'sandbox'
      ? {
          stateNow: 'its clusters are swept away by the next sandbox; nothing was changed',
          next: command('drill', 'run', file, '--sandbox', ...setWords(begun?.['variables'])),
        }
      : {
          stateNow: `what the drill made may be left: mirror "${canary}" on link "${link}", topic "${canary}" and group "georep-canary-app-${id}" on both clusters; nothing was changed`, // prettier-ignore
          next: `${healed}${command('mirror', 'delete', canary, '--link', link)}, and delete topic and group on both clusters${isAll === true ? `; mirrors of the link may be STOPPED: ${command('mirror', 'list', '--link', link)}` : ''}`, // prettier-ignore
        }
  throw new GeorepError('refused', 'GR-RUN-OF-DRILL', `run "${id}" is of a drill, which is not gone on with`, left)
}

/** The link of a sandbox is filled in as it was. */
function setWords(variables: unknown): readonly string[] {
  const given = Object.entries(variables ?? {}).filter(([name]) => name !== 'link')
  return given.flatMap(([name, value]) => ['--set', `${name}=${String(value)}`])
}
