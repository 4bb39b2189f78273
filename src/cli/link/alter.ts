import type { Command } from 'commander'
import { bytesPerSecondOrNone, linkName } from '../args.ts'
import { withAct, withExamples, withRequired, type OutputFormat } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface LinkAlterOptions extends GlobalOptions {
  readonly name: string
  /** Bytes a second, or no limit. */
  readonly throttle: number | 'none'
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

export function addLinkAlter(noun: Command, perform: Perform): void {
  const command = noun
    .command('alter')
    .summary('change the throttle of a link')
    .description('Changes what a link was created with. Its runner does so within a second, and is waited for.')
    .argument('<link>', '<source>-<destination>', linkName)
  withRequired<number | 'none'>(
    command,
    '--throttle <rate>',
    'bytes a second that its runner carries, all mirrors together; or none',
    bytesPerSecondOrNone,
  )
  withExamples(withAct(command), [
    'georep link alter east-west --throttle 10MB/s',
    'georep link alter east-west --throttle none',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    await perform(async () => (await import('./alter-run.ts')).runLinkAlter, {
      ...self.optsWithGlobals<Omit<LinkAlterOptions, 'name'>>(),
      name,
    })
  })
}
