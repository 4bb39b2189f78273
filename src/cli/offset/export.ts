import { type Command, Option } from 'commander'
import { collected, groupGlob, topicName } from '../args.ts'
import { withExamples, withRequired } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withCluster } from './cluster-option.ts'
import type { OffsetExportOptions } from './export-run.ts'

export function addOffsetExport(noun: Command, perform: Perform): void {
  const command = withCluster(noun.command('export'))
    .summary('print what groups have committed')
    .description(
      "Prints the committed offsets of groups, for georep offset import: as JSON, or as the CSV that Kafka's own reset tool exports and reads, " +
        '"group,topic,partition,offset", and without the group when one is named and no pattern. Exit code 4, and no figure, when the commits of one ' +
        'group are not known.',
    )
  withRequired(command, '--group <glob...>', 'these groups, by name or pattern', collected(groupGlob))
  command
    .option('--topic <topic...>', 'only these topics', collected(topicName))
    .addOption(new Option('--format <format>', 'what to print them as').choices(['json', 'csv']).default('json'))
    .option('--file <file>', 'write this new file, instead of stdout')
  withExamples(command, [
    "georep offset export --cluster west --group '*' --file west.json",
    '# For kafka-consumer-groups --reset-offsets --from-file',
    'georep offset export --cluster west --group billing --format csv',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(
      async () => (await import('./export-run.ts')).runOffsetExport,
      self.optsWithGlobals<OffsetExportOptions>(),
    )
  })
}
