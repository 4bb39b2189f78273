import type { Command } from 'commander'
import { collected, groupGlob } from '../args.ts'
import { withDryRun, withExamples, withTakeOver } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { OffsetApplyOptions } from './apply-run.ts'
import { withConfirm, withMovesOutput } from './plan-options.ts'

export function addOffsetRollback(noun: Command, perform: Perform): void {
  const command = noun
    .command('rollback <file>')
    .summary('set committed offsets back to what they were')
    .description(
      'Takes back what a plan has moved, from the file that was written before: also of a plan that was left in the middle. A group that has committed ' +
        'since is refused by name, and none is moved then: name with --group only the others.',
    )
    .option('--group <glob...>', 'only these groups of the plan', collected(groupGlob))
  withExamples(withMovesOutput(withTakeOver(withDryRun(withConfirm(command)))), [
    'georep offset rollback billing.undo.json',
    'georep offset rollback billing.undo.json --confirm west',
  ]).action(async (file: string, _flags: unknown, self: Command) => {
    await perform(async () => (await import('./apply-run.ts')).runOffsetRollback, {
      ...self.optsWithGlobals<Omit<OffsetApplyOptions, 'undo'>>(),
      undo: undefined,
      file,
    })
  })
}
