import type { Command } from 'commander'
import { withExamples, withHistoryDir, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { HistoryVerifyOptions } from './verify-run.ts'

export function addHistoryVerify(noun: Command, perform: Perform): void {
  const command = noun
    .command('verify')
    .summary('check that no record was changed or lost')
    .description(
      'Follows the hashes from record to record and names every one that was changed, is missing, was copied or moved, or cannot be read.\n\n' +
        'Exit codes: 0 intact, 1 not, 4 there is nothing to check.',
    )
    .option('--file <file>', 'check this export instead of the folder')
  withExamples(withOutput(withHistoryDir(command)), [
    'georep history verify',
    'georep history verify --file runs.jsonl -o json',
  ]).action(async (_flags: unknown, self: Command) => {
    const options = self.optsWithGlobals<HistoryVerifyOptions>()
    if (options.file !== undefined && options.historyDir !== undefined)
      self.error("error: '--file' and '--history-dir' exclude each other")
    await perform(async () => (await import('./verify-run.ts')).runHistoryVerify, options)
  })
}
