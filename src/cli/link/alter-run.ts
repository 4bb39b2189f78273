import { textFromBytes } from '../../core/bytes.ts'
import type { LinkChange } from '../../engines/engine.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import type { LinkAlterOptions } from './alter.ts'
import { changeLink } from './change.ts'
import { resourcesToSync, syncedAclsText } from './sync-acls-options.ts'

export async function runLinkAlter(options: LinkAlterOptions, context: Context): Promise<ExitCode> {
  const { change, done } = changeOf(options)
  return await changeLink(options, change, { act: 'link alter', done, next: ['link', 'describe', options.name] }, context) // prettier-ignore
}

function changeOf(options: LinkAlterOptions): { readonly change: LinkChange; readonly done: string } {
  const { throttle, syncConfigsExclude } = options
  if (options.sync !== undefined) {
    const resources = resourcesToSync(options)
    const done = resources === undefined ? 'brings over no ACLs any more' : `brings over ACLs: ${syncedAclsText(resources)}`
    return { change: { kind: 'syncAcls', resources: resources ?? null }, done }
  }
  if (syncConfigsExclude !== undefined) {
    const globs = syncConfigsExclude.filter((one) => one !== 'none')
    const done = globs.length === 0 ? 'copies all settings' : `does not copy ${globs.join(', ')}`
    return { change: { kind: 'syncConfigsExclude', globs }, done }
  }
  const bytesPerSecond = throttle === undefined || throttle === 'none' ? null : throttle
  const done = bytesPerSecond === null ? 'no limit any more' : `carries at most ${textFromBytes(bytesPerSecond)}/s`
  return { change: { kind: 'throttle', bytesPerSecond }, done }
} // prettier-ignore
