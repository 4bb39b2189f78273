import type { Command } from 'commander'
import { groupGlob, linkName, collected } from '../args.ts'
import { withDryRun, withExamples, withOutput, type OutputFormat } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface LinkCreateOptions extends GlobalOptions {
  readonly name: string
  readonly groups: readonly string[] | undefined
  readonly dryRun: boolean
  readonly output: OutputFormat
}

export function addLinkCreate(noun: Command, perform: Perform): void {
  const command = noun
    .command('create')
    .summary('create a link between two clusters')
    .description(
      'Writes the link into the topic "__georep" on the destination, which is made when it is not there. Records move ' +
        'once it has mirrors and a runner. A link that is there already is left as it is.',
    )
    .argument('<link>', '<source>-<destination>', linkName)
    .option(
      '--groups <glob...>',
      'consumer groups whose committed offsets are copied (default: defaults.groups of georep.yaml, else all)',
      collected(groupGlob),
    )
  withExamples(withOutput(withDryRun(command)), [
    'georep link create east-west',
    "georep link create east-west --groups 'orders-*' billing",
    'georep link create east-west --dry-run',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<LinkCreateOptions, 'name'>>(), name }
    await perform(async () => (await import('./create-run.ts')).runLinkCreate, options)
  })
}
