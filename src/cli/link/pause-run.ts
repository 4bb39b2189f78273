import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { changeLink } from './change.ts'
import type { LinkPauseOptions } from './pause.ts'

export async function runLinkPause(options: LinkPauseOptions, context: Context): Promise<ExitCode> {
  const words = { act: 'link pause', done: 'paused', next: ['link', 'resume', options.name] }
  return await changeLink(options, { kind: 'pause' }, words, context)
}
