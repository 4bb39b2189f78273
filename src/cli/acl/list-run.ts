import { lookAtAcls } from '../../engines/acls.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { printDocument } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { openLink } from '../open.ts'
import { printable } from '../printable.ts'
import { aclsView, renderAcls } from './view.ts'
import { isNotUnderstood, warnOfAcls } from './warn-of-acls.ts'
import { filterWords, wantedAcls, type WhichAcls } from './which-acls.ts'
import type { OutputFormat } from '../args.ts'

export interface AclListOptions extends WhichAcls {
  readonly output: OutputFormat
}

export async function runAclList(options: AclListOptions, context: Context): Promise<ExitCode> {
  const { io, signal, time } = context
  await using opened = await openLink(context, options, options.link)
  const { engine, target } = opened
  await target.state.refresh({ signal, link: target.link.name })
  const seen = await lookAtAcls(engine, target, { signal, isShownOnly: true })
  const rows = seen.rows.filter(wantedAcls(options))
  const view = aclsView(target, seen, rows, time.now())
  const shown = { output: options.output, schema: 'georep.acl-list/1', data: view } as const
  printDocument(io, shown, (style) => renderAcls(view, style))
  warnOfAcls(view, context, seen.sourceRefusal)
  // Of a source that cannot be asked acl sync brings nothing over.
  if (seen.sourceRefusal !== undefined) return ExitCode.unknown
  const isToDo = rows.some(({ fate }) => fate === 'create' || fate === 'delete')
  if (isToDo) io.err(`next: ${printable(commandLine(options, 'acl', 'sync', '--link', options.link, ...filterWords(options), '--dry-run'))}\n`) // prettier-ignore
  return isNotUnderstood(view) ? ExitCode.unknown : ExitCode.ok
}
