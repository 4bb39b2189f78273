import { textFromBytes } from '../../core/bytes.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import type { LinkAlterOptions } from './alter.ts'
import { changeLink } from './change.ts'

export async function runLinkAlter(options: LinkAlterOptions, context: Context): Promise<ExitCode> {
  const { name, throttle } = options
  const done = throttle === 'none' ? 'no limit any more' : `carries at most ${textFromBytes(throttle)}/s`
  const words = { act: 'link alter', done, next: ['link', 'describe', name] }
  return await changeLink(
    options,
    { kind: 'throttle', bytesPerSecond: throttle === 'none' ? null : throttle } as const,
    words,
    context,
  )
}
