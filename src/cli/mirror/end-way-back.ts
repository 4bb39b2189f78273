import type { Outcome } from '../../core/outcome.ts'
import type { LinkPair, ReversePlan } from '../../engines/engine.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { endActed } from './acted.ts'

/** The command after one that sends topics back: the link that goes the other way has to be carried, and is to be looked at. */
export function nextOf(
  { runner }: Pick<ReversePlan, 'runner'>,
  { onto }: LinkPair,
  options: Parameters<typeof commandLine>[0],
): string {
  const { name } = onto.link
  return runner === undefined ? commandLine(options, 'link', 'run', name) : commandLine(options, 'lag', '--link', name)
}

/** How a verb that sends topics back ends: its warnings, then what comes next or what is missing. */
export function endWayBack(
  view: { readonly warnings: readonly string[]; readonly next: string; readonly onto: string },
  outcomes: readonly Outcome[],
  incomplete: { readonly code: 'GR-REVERSE-INCOMPLETE' | 'GR-RESTORE-INCOMPLETE'; readonly next: string },
  context: Context,
): ExitCode {
  return endActed(view, outcomes, { ...incomplete, message: `not all of it goes back on link "${view.onto}"` }, context)
}
