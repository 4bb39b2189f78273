import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { changeMirrors } from './change.ts'
import type { MirrorResumeOptions } from './resume.ts'

export async function runMirrorResume(options: MirrorResumeOptions, context: Context): Promise<ExitCode> {
  return await changeMirrors(options, 'resume', context)
}
