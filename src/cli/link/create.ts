import type { Command } from 'commander'
import { bytesPerSecond, clusterName, groupGlob, linkName, collected } from '../args.ts'
import { withAct, withExamples, type OutputFormat } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface LinkCreateOptions extends GlobalOptions {
  readonly name: string
  readonly source: string | undefined
  readonly destination: string | undefined
  readonly groups: readonly string[] | undefined
  /** Bytes a second. */
  readonly throttle: number | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
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
    .option(
      '--source <cluster>',
      'with --destination, where the name does not tell: the cluster to copy from',
      clusterName,
    )
    .option('--destination <cluster>', 'with --source: the cluster to copy to', clusterName)
    .option(
      '--throttle <rate>',
      'bytes a second that its runner carries, all mirrors together (default: no limit)',
      bytesPerSecond,
    )
  withExamples(withAct(command), [
    'georep link create east-west',
    "georep link create east-west --groups 'orders-*' billing",
    'georep link create east-west --throttle 10MB/s --dry-run',
    'georep link create orders-dr --source east --destination west',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<LinkCreateOptions, 'name'>>(), name }
    if ((options.source === undefined) !== (options.destination === undefined)) {
      self.error("error: '--source' and '--destination' go together")
    }
    await perform(async () => (await import('./create-run.ts')).runLinkCreate, options)
  })
}
