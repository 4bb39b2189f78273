import type { Command } from 'commander'
import { collected, groupGlob } from '../args.ts'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withCluster } from './cluster-option.ts'
import { withPlan } from './plan-options.ts'
import type { OffsetImportOptions } from './import-run.ts'

export function addOffsetImport(noun: Command, perform: Perform): void {
  const command = withCluster(noun.command('import <file>'))
    .summary('set committed offsets of groups to those of a file')
    .description(
      "Moves groups without members to the offsets of a file: JSON of georep offset export, or the CSV of Kafka's own reset tool. Offsets are taken as they " +
        'are: for another cluster they mean something only where its topics are offset-identical mirrors. Groups that are not there are made. Previews ' +
        'unless --plan or --apply is given.',
    )
    .option(
      '--group <glob...>',
      'only these groups of the file; the group, for a CSV without one',
      collected(groupGlob),
    )
  withExamples(withPlan(command), [
    'georep offset import west.json --cluster west --plan import.json',
    'georep offset import billing.csv --cluster west --group billing --apply --confirm west',
  ]).action(async (file: string, _flags: unknown, self: Command) => {
    await perform(async () => (await import('./import-run.ts')).runOffsetImport, {
      ...self.optsWithGlobals<OffsetImportOptions>(),
      file,
    })
  })
}
