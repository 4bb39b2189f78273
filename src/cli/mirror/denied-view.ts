import { clusterRight, rightText } from '../../core/acl.ts'
import { letWriteCommands, whoIsDenied } from '../../core/protection.ts'
import type { FailoverPlan, LinkTarget } from '../../engines/engine.ts'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import type { facts } from '../table.ts'

/** To whom georep denies Write on mirrors that are to be opened. */
export interface DeniedView {
  readonly topics: readonly { readonly topic: string; readonly principals: readonly string[] }[]
  /** Whether it will be taken back; else an administrator is to. */
  readonly isPermitted: boolean
  /** With which an administrator takes it back, once the mirrors are stopped. */
  readonly commands: readonly string[]
}

export function deniedView(
  denied: FailoverPlan['denied'],
  { bootstrap }: Pick<LinkTarget['destination'], 'bootstrap'>,
): DeniedView | null {
  return denied === undefined ? null : { ...denied, commands: letWriteCommands(denied.topics, { bootstrap }) }
}

/** Beforehand: who may write only then, or not even then. */
export function deniedFacts(denied: DeniedView | null, style: Style): Parameters<typeof facts>[0] {
  if (denied === null) return []
  const who = whoIsDenied(denied.topics).map(printable).join('; ')
  if (denied.isPermitted) return [['Denied until then', `Write for ${who}`]]
  const why = `${rightText(clusterRight('Alter'))} is not permitted: they stay denied until an administrator takes it back`
  return [['Denied', { text: `Write for ${who}; ${why}`, paint: style.bad }]]
}

/** Commands that stderr gives one by one. */
const maxCommands = 5

/** What an administrator gives when the topics are stopped and somebody is denied Write on them still. */
export function stillDeniedSteps(
  { state, link, destination }: Pick<LinkTarget, 'state' | 'link' | 'destination'>,
  topics: readonly string[],
): readonly string[] {
  const left = topics.flatMap((topic) => state.protection(link.name, topic) ?? [])
  if (left.length === 0) return []
  const denied = left.map(({ mirrorTopic, principals }) => ({ topic: mirrorTopic, principals }))
  const commands = letWriteCommands(denied, destination)
  const more = commands.length > maxCommands ? [`and ${commands.length - maxCommands} more, which --dry-run -o json has`] : []
  return ['or, whoever administers the cluster, and then the same command once more:', ...commands.slice(0, maxCommands), ...more]
} // prettier-ignore
