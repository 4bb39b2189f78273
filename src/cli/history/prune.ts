import type { Command } from 'commander'
import { positiveDurationMs, positiveInteger } from '../args.ts'
import { withDryRun, withExamples, withHistoryDir, withOutput, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { HistoryPruneOptions } from './prune-run.ts'

type Flags = Omit<HistoryPruneOptions, 'keep'> & {
  readonly keep: number | undefined
  readonly olderThan: number | undefined
}

export function addHistoryPrune(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('prune'), {
    '--accept-broken': 'prune although the chain is broken; what it was evidence of is lost',
  })
    .summary('reduce old records to stubs, the chain kept')
    .description(
      'Puts a stub in the place of an old record: its id, times, verdict, RTO, RPO and hash stay, so that the chain still verifies; the rest is gone. ' +
        'Export it first if it may be needed. Checks the chain before, and refuses when it is broken. Cut short, it has pruned some records whole and ' +
        'left the others whole; the same command does the rest.',
    )
    .option('--keep <n>', 'keep the newest n records whole', positiveInteger)
    .option('--older-than <duration>', 'prune what ended longer ago, such as 90d', positiveDurationMs)
    .option('--confirm <name>', 'the last part of the name of the folder, instead of being asked for it')
  withExamples(withOutput(withHistoryDir(withDryRun(command))), [
    'georep history prune --keep 100 --dry-run',
    'georep history prune --older-than 90d --confirm history',
  ]).action(async (_flags: unknown, self: Command) => {
    const { keep: count, olderThan: ms, ...flags } = self.optsWithGlobals<Flags>()
    if (count !== undefined && ms !== undefined) self.error("error: '--keep' and '--older-than' exclude each other")
    const keep =
      count !== undefined
        ? { kind: 'newest' as const, count }
        : ms !== undefined
          ? { kind: 'younger' as const, ms }
          : self.error("error: missing '--keep' or '--older-than'")
    await perform(async () => (await import('./prune-run.ts')).runHistoryPrune, { ...flags, keep })
  })
}
