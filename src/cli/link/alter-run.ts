import type { Config } from '../../config/load.ts'
import { textFromBytes } from '../../core/bytes.ts'
import { whoIsDenied } from '../../core/protection.ts'
import type { LinkChange, LinkTarget } from '../../engines/engine.ts'
import { lookAtMirrors } from '../../engines/protection.ts'
import { connectAt } from '../connect-of.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { engineOf } from '../open.ts'
import { changeLink } from './change.ts'
import { protectFor, type ProtectOptions } from './protect-options.ts'
import { resourcesToSync, syncedAclsText } from './sync-acls-options.ts'
import { groupsOrNone, type OutputFormat, type SyncedText } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface LinkAlterOptions extends GlobalOptions, ProtectOptions {
  readonly name: string
  /** Bytes a second, or no limit; undefined when it is left as it is, and then one of the others is given. */
  readonly throttle: number | 'none' | undefined
  /** Whose committed offsets are copied, by patterns. */
  readonly groups: readonly string[] | undefined
  /** Topic settings that are not copied. */
  readonly syncConfigsExclude: readonly string[] | undefined
  readonly sync: SyncedText | undefined
  readonly syncAclsResource: readonly string[] | undefined
  /** A URL of Kafka Connect. */
  readonly connect: string | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

export async function runLinkAlter(options: LinkAlterOptions, context: Context): Promise<ExitCode> {
  const next = ['link', 'describe', options.name]
  if (options.protect !== undefined) {
    const change = ({ destination, link }: LinkTarget): LinkChange => ({ kind: 'protect', principal: protectFor(options, destination, engineOf(link), 'alter') ?? null }) // prettier-ignore
    const done =
      options.protect === 'acl' ? 'only its runner writes to its mirrors' : 'does not say who writes to its mirrors'
    return await changeLink(options, change, { act: 'link alter', done, next, details: async (target, cancel) => await denialsOf(target, change(target), cancel) }, context) // prettier-ignore
  }
  const { connect: url } = options
  if (url !== undefined) {
    const change = async ({ destination }: LinkTarget, config: Config): Promise<LinkChange> => ({ kind: 'connect', connect: await connectAt(config, destination.name, url, context) }) // prettier-ignore
    return await changeLink(
      options,
      change,
      { act: 'link alter', done: `goes by Kafka Connect at ${url}`, next },
      context,
    )
  }
  const { change, done } = changeOf(options)
  return await changeLink(options, change, { act: 'link alter', done, next }, context)
}

/** Who is denied it, or let write again. */
async function denialsOf(
  target: LinkTarget,
  change: LinkChange,
  options: { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { state, link } = target
  if (link.engine === 'mm2' || change.kind !== 'protect') return []
  await state.glance(options)
  if (change.principal === null) {
    const denied = state.protections(link.name).map(({ mirrorTopic, principals }) => ({ topic: mirrorTopic, principals }))
    return whoIsDenied(denied).map((one) => `may write again: ${one}`)
  }
  const { topics } = await lookAtMirrors(target, change.principal, options)
  const open = [...topics].flatMap(([topic, one]) => (one.kind === 'open' ? [{ topic, principals: one.writers }] : []))
  return whoIsDenied(open).map((one) => `will be denied Write, by the runner: ${one}`)
} // prettier-ignore

function changeOf(options: LinkAlterOptions): { readonly change: LinkChange; readonly done: string } {
  const { throttle, syncConfigsExclude, groups } = options
  if (groups !== undefined) {
    const globs = groupsOrNone(groups)
    const done = globs.length === 0 ? 'copies offsets of no group' : `copies committed offsets of ${globs.join(', ')}`
    return { change: { kind: 'groups', globs }, done }
  }
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
