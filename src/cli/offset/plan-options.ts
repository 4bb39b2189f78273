import { type Command, Option } from 'commander'
import type { OutputFormat } from '../args.ts'
import { withOutput, withSwitches } from '../options.ts'
import type { GlobalOptions } from '../wiring.ts'

/** What every verb takes that moves committed offsets. */
export interface MoveOffsetsOptions extends GlobalOptions {
  /** Where to write the plan. */
  readonly plan: string | undefined
  readonly apply: boolean
  readonly undo: string | undefined
  readonly confirm: string | undefined
  readonly allowSkip: boolean
  readonly all: boolean
  readonly output: OutputFormat
}

/** `--plan`, `--apply` and what goes with them. Without both it is a preview. */
export function withPlan(command: Command): Command {
  withConfirm(withPlanOrApply(command))
  withSwitches(command, { '--allow-skip': 'also past records that the group has not read' })
  return withMovesOutput(command)
}

export function withPlanOrApply(command: Command): Command {
  command
    .option('--plan <file>', 'write what would be done to this new file, for "georep offset apply"')
    .addOption(
      new Option('--dry-run', 'preview, which is what is done without --plan and --apply').conflicts(['plan', 'apply']),
    ) // prettier-ignore
    .hook('preAction', (self) => {
      const { plan, apply, undo } = self.opts<Pick<MoveOffsetsOptions, 'plan' | 'apply' | 'undo'>>()
      if (plan !== undefined && apply) self.error('error: --plan and --apply exclude each other')
      if (undo !== undefined && !apply) self.error('error: --undo goes with --apply')
    })
  return withUndo(withSwitches(command, { '--apply': 'do it now' }))
}

/** What has to be permitted to move what is looked at: `--apply` needs more than a look. */
export function neededBy({ apply }: Pick<MoveOffsetsOptions, 'apply'>): { readonly needs?: 'Read' } {
  return apply ? { needs: 'Read' } : {}
}

/** `--undo`, for verbs that apply. */
export function withUndo(command: Command): Command {
  return command.option('--undo <file>', 'the new file from which it can be rolled back (default: beside the plan, or in this folder)') // prettier-ignore
}

export function withConfirm(command: Command): Command {
  return command.option('--confirm <cluster>', 'the cluster, typed again, instead of being asked for it')
}

export function withMovesOutput(command: Command): Command {
  return withOutput(withSwitches(command, { '--all': 'every move, where the table has the first 100 only' }))
}
