import { bindingText, type AclBinding } from '../core/acl-binding.ts'
import { denialsOf, removeDenialCommand } from '../core/acl.ts'
import type { GeorepError } from '../core/errors.ts'
import { withDeadline } from '../core/time.ts'
import { allAcls } from '../kafka/acl-bindings.ts'
import { DeniedError } from '../kafka/denied.ts'
import type { Context } from './context.ts'
import { openClusters, openConfig } from './open-clusters.ts'
import type { GlobalOptions } from './wiring.ts'

/** The command has failed: who waits for why is not kept for long. */
const lookMs = 3_000
/** Stands for names that are not known. */
const isTemplate = /[*<]/
const notSeen = 'whether a DENY stands there, which wins over whatever is granted, could not be seen'

/** A refusal for want of a right, with what stands in the way of granting it: in Kafka a DENY wins. Other errors come back as they are. */
export async function withDenials(
  error: GeorepError,
  options: Pick<GlobalOptions, 'config'>,
  context: Context,
): Promise<GeorepError> {
  const { cause } = error
  if (!(cause instanceof DeniedError) || error.next?.includes(cause.next) !== true) return error
  return toldOf(error, cause, await denialsAgainst(cause, options, context).catch(() => undefined))
}

/** @param denials undefined where nobody could look */
export function toldOf(
  error: GeorepError,
  { cluster, next: grant }: DeniedError,
  denials: readonly AclBinding[] | undefined,
): GeorepError {
  const isSure = denials !== undefined && cluster.principal !== undefined
  if (denials === undefined || denials.length === 0) {
    return isSure ? error : error.with({ stateNow: lines(error.stateNow, notSeen) })
  }
  const standing = denials.map((one) => `${bindingText(one)} for ${one.principal} stands there, and wins over whatever is granted`) // prettier-ignore
  const isOurs = denials.some(({ operation, resource: { type, pattern } }) => operation === 'Write' && type === 'topic' && pattern === 'literal') // prettier-ignore
  return error.with({
    stateNow: lines(error.stateNow, ...standing, isOurs ? ours : undefined),
    // A word of a command may have a $ in it.
    next: (error.next ?? '').replace(grant, () => lines(...denials.map((one) => removeDenialCommand(one, cluster)))),
  })
}

const ours =
  'georep denies Write, too: on a source that is fenced (--fence acl), until georep mirror unfence, and on a mirror that is protected (--protect acl)'

async function denialsAgainst(
  { right, cluster }: DeniedError,
  options: Pick<GlobalOptions, 'config'>,
  context: Context,
): Promise<readonly AclBinding[] | undefined> {
  if (right.resource.type !== 'cluster' && isTemplate.test(right.resource.name)) return undefined
  // What the command had open is closed by now.
  await using opened = await openClusters(await openConfig(options, context), [cluster.name], context)
  const again = opened.clusters.get(cluster.name)
  if (again?.bootstrap.join() !== cluster.bootstrap.join()) return undefined
  const signal = withDeadline(context.signal, lookMs)
  const { bindings } = await allAcls(again, { denying: right.resource, signal })
  return denialsOf(right, cluster.principal, bindings)
}

function lines(...texts: readonly (string | undefined)[]): string {
  return texts.filter((one) => one !== undefined).join('\n')
}
