import type { Command } from 'commander'
import { withExamples, withHistoryDir } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { HistoryExportOptions } from './export-run.ts'

export function addHistoryExport(noun: Command, perform: Perform): void {
  const command = noun
    .command('export')
    .summary('print every record, as lines of JSON that can be verified elsewhere')
    .description(
      'Prints the records as they are, in the order in which they were saved, one a line: {name, text}. A first line says how many there are and ' +
        'which is the newest. Exit code 1 when not everything could be exported, or the chain is broken; what is there is exported all the same.',
    )
    .option('--file <file>', 'write this new file, instead of stdout')
  withExamples(withHistoryDir(command), [
    'georep history export --file runs.jsonl',
    '# elsewhere',
    'georep history verify --file runs.jsonl',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(
      async () => (await import('./export-run.ts')).runHistoryExport,
      self.optsWithGlobals<HistoryExportOptions>(),
    )
  })
}
