import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import type { CompletionOptions } from './completion.ts'
import { scripts } from './scripts.ts'

export async function runCompletion({ shell }: CompletionOptions, { io }: Context): Promise<ExitCode> {
  io.out(scripts[shell])
  return await Promise.resolve(ExitCode.ok)
}
