import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { changeMirrors } from './change.ts'
import type { MirrorPauseOptions } from './pause.ts'

export async function runMirrorPause(options: MirrorPauseOptions, context: Context): Promise<ExitCode> {
  return await changeMirrors(options, 'pause', context)
}
