import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { changeMirrors } from './change.ts'
import type { MirrorChangeOptions } from './change-verb.ts'

export async function runMirrorResume(options: MirrorChangeOptions, context: Context): Promise<ExitCode> {
  return await changeMirrors(options, 'resume', context)
}
