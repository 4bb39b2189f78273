import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { changeLink } from './change.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface LinkResumeOptions extends GlobalOptions {
  readonly name: string
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

export async function runLinkResume(options: LinkResumeOptions, context: Context): Promise<ExitCode> {
  const words = { act: 'link resume', done: 'resumed', next: ['link', 'describe', options.name] }
  return await changeLink(options, { kind: 'resume' }, words, context)
}
