import type { LinkTarget } from '../../engines/engine.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { printable } from '../printable.ts'
import type { GlobalOptions } from '../wiring.ts'

/** After mirrors were opened: that `acl sync` held ACLs back until then. By what was read of the state, so that it asks nobody. */
export function tellHeldBack(
  { state, link }: LinkTarget,
  options: Pick<GlobalOptions, 'config'>,
  { io }: Context,
): void {
  const count = state.acls(link.name).filter(({ is }) => is === 'held').length
  if (count === 0) return
  const command = commandLine(options, 'acl', 'sync', '--link', link.name, '--dry-run')
  io.err(`${count} ${count === 1 ? 'ACL of the source was' : 'ACLs of the source were'} held back while topics were mirrored; to see which can be created now: ${printable(command)}\n`) // prettier-ignore
}
