import type { Command } from 'commander'
import { collected, groupGlob } from '../args.ts'
import { withDryRun, withExamples, withTakeOver } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withConfirm, withMovesOutput, withUndo } from './plan-options.ts'
import type { OffsetApplyOptions } from './apply-run.ts'

export function addOffsetApply(noun: Command, perform: Perform): void {
  const command = noun
    .command('apply <file>')
    .summary('move committed offsets as a plan says')
    .description(
      'Moves the groups of a plan that another verb has written with --plan. Refused, with exit code 7, when the cluster, a topic or a commit is not ' +
        'as it was when the plan was made; when a group has members, none is moved. The way back is written to a file before the first is. Interrupted ' +
        'or killed, the same command goes on where it was.',
    )
    .option('--group <glob...>', 'only these groups of the plan', collected(groupGlob))
  withExamples(withMovesOutput(withTakeOver(withDryRun(withConfirm(withUndo(command))))), [
    'georep offset apply billing.json',
    'georep offset apply billing.json --confirm west',
    "georep offset apply all.json --group 'orders-*' --dry-run",
  ]).action(async (file: string, _flags: unknown, self: Command) => {
    await perform(async () => (await import('./apply-run.ts')).runOffsetApply, {
      ...self.optsWithGlobals<OffsetApplyOptions>(),
      file,
    })
  })
}
