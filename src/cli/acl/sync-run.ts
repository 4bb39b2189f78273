import { clusterRight } from '../../core/acl.ts'
import { bindingKey } from '../../core/acl-binding.ts'
import type { AclRow } from '../../core/acl-compare.ts'
import { verdictOf, type Outcome } from '../../core/outcome.ts'
import { lookAtAcls } from '../../engines/acls.ts'
import { syncAcls } from '../../engines/sync-acls.ts'
import { requireRights } from '../../kafka/held-rights.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmTyped, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { printDocument } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { openLink } from '../open.ts'
import { printable } from '../printable.ts'
import { styleOf } from '../style.ts'
import { countedOutcomes, endWithVerdict } from '../verdict.ts'
import { type AclsView, aclsView, renderAcls } from './view.ts'
import { isNotUnderstood, warnOfAcls } from './warn-of-acls.ts'
import { filterWords, wantedAcls, type WhichAcls } from './which-acls.ts'
import type { OutputFormat } from '../args.ts'

export interface AclSyncOptions extends WhichAcls {
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

export async function runAclSync(options: AclSyncOptions, context: Context): Promise<ExitCode> {
  const { io, signal, time } = context
  const confirmation = { what: `change the ACLs of the destination of link "${options.link}"`, expected: options.link, given: options.confirm, io } // prettier-ignore
  if (!options.dryRun) requireConfirmable(confirmation)
  await using opened = await openLink(context, options, options.link)
  const { engine, target } = opened
  await target.state.refresh({ signal, link: target.link.name })
  // Looked at before anything is written down of what would then not be permitted.
  if (!options.dryRun) await requireRights(target.destination, [clusterRight('Alter')], { signal })
  const isWanted = wantedAcls(options)
  const seen = await lookAtAcls(engine, target, { signal })
  const rows = seen.rows.filter(isWanted)
  const planned = aclsView(target, seen, rows, time.now(), (row) => (isToDo(row) ? 'planned' : undefined))
  warnOfAcls(planned, context)
  if (options.dryRun) {
    print(planned, options, context)
    return isNotUnderstood(planned) ? ExitCode.unknown : ExitCode.ok
  }
  if (rows.some(isToDo)) {
    io.err(`${renderAcls(planned, styleOf({ hasColor: false }))}\n`)
    await confirmTyped(confirmation, { signal })
  }
  const by = actOf(context, 'acl sync', options)
  const { outcomes } = await syncAcls(engine, target, { planned: rows, isWanted, by }, { signal })
  const outcomeOf = (row: AclRow): Outcome | undefined => (row.destination === null || !isToDo(row) ? undefined : outcomes.get(bindingKey(row.destination))) // prettier-ignore
  const done = aclsView(target, seen, rows, time.now(), outcomeOf)
  print(done, options, context)
  return end(done, [...outcomes.values()], options, context)
}

function isToDo({ fate }: Pick<AclRow, 'fate'>): boolean {
  return fate === 'create' || fate === 'delete'
}

function print(data: AclsView, { output }: AclSyncOptions, { io }: Context): void {
  printDocument(io, { output, schema: 'georep.acl-sync/1', data }, (style) => renderAcls(data, style))
}

function end(view: AclsView, outcomes: readonly Outcome[], options: AclSyncOptions, context: Context): ExitCode {
  const verdict = verdictOf(outcomes)
  if (verdict !== 'done') {
    const what = {
      code: 'GR-ACL-SYNC-INCOMPLETE',
      message: `not all ACLs of link "${options.link}" were brought over: ${countedOutcomes(outcomes)}`,
      next: commandLine(options, 'acl', 'sync', '--link', options.link, ...filterWords(options)),
    } as const
    return endWithVerdict(verdict, what, context)
  }
  const held = view.acls.filter(({ fate }) => fate === 'held').length
  if (outcomes.length === 0) context.io.err('nothing was to be done\n')
  if (held > 0) {
    context.io.err(`${held} ${held === 1 ? 'ACL is' : 'ACLs are'} held back, as topics are mirrored still\n`)
    context.io.err(`next: after mirror promote or failover, ${printable(commandLine(options, 'acl', 'sync', '--link', options.link))}\n`) // prettier-ignore
  }
  return isNotUnderstood(view) ? ExitCode.unknown : ExitCode.ok
}
