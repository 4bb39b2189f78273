import type { Context } from '../context.ts'
import { printable } from '../printable.ts'
import type { AclsView } from './view.ts'

/** Says on stderr what could not be seen, or not be understood. @param refusal why a source that answers cannot be asked */
export function warnOfAcls(view: AclsView, { io }: Context, refusal?: string): void {
  const { source, destination, sourceSeen, notUnderstood } = view
  if (!sourceSeen.isCurrent) {
    const why = refusal === undefined ? 'does not answer' : 'cannot be asked'
    const told = refusal === undefined ? '' : `: ${printable(refusal)}`
    io.err(`warning: "${printable(source.name)}" ${why}: its ACLs are shown as acl sync has written them down${told}\n`) // prettier-ignore
  }
  for (const [cluster, texts] of [
    [source, notUnderstood.source],
    [destination, notUnderstood.destination],
  ] as const) {
    // prettier-ignore
    for (const text of texts) {
      io.err(`warning: an ACL of "${printable(cluster.name)}" is of a kind that this georep does not know, and is left alone: ${printable(text)}\n`) // prettier-ignore
    }
  }
}

export function isNotUnderstood({ notUnderstood }: AclsView): boolean {
  return notUnderstood.source.length + notUnderstood.destination.length > 0
}
