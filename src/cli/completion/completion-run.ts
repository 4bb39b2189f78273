import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { scripts, type Shell } from './scripts.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface CompletionOptions extends GlobalOptions {
  readonly shell: Shell
}

export async function runCompletion({ shell }: CompletionOptions, { io }: Context): Promise<ExitCode> {
  io.out(scripts[shell])
  return await Promise.resolve(ExitCode.ok)
}
