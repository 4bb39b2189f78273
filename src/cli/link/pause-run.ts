import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { changeLink } from './change.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface LinkPauseOptions extends GlobalOptions {
  readonly name: string
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

export async function runLinkPause(options: LinkPauseOptions, context: Context): Promise<ExitCode> {
  const words = { act: 'link pause', done: 'paused', next: ['link', 'resume', options.name] }
  return await changeLink(options, { kind: 'pause' }, words, context)
}
