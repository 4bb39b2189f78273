import type { Command } from 'commander'
import { bytesPerSecondOrNone, collected, linkName, settingGlob } from '../args.ts'
import { withAct, withExamples, type OutputFormat } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface LinkAlterOptions extends GlobalOptions {
  readonly name: string
  /** Bytes a second, or no limit; undefined when it is left as it is, and then the other is given. */
  readonly throttle: number | 'none' | undefined
  /** Topic settings that are not copied. */
  readonly syncConfigsExclude: readonly string[] | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

export function addLinkAlter(noun: Command, perform: Perform): void {
  const command = noun
    .command('alter')
    .summary('change the throttle of a link, or which settings it copies')
    .description(
      'Changes what a link was created with, one thing at a time. Its runner does so within a second, and is waited for. Settings that ' +
        'were copied before they are left out stay as they are.',
    )
    .argument('<link>', '<source>-<destination>', linkName)
    .option(
      '--throttle <rate>',
      'bytes a second that its runner carries, all mirrors together; or none',
      bytesPerSecondOrNone,
    )
    .option(
      '--sync-configs-exclude <setting...>',
      'topic settings, or patterns of them, that are not copied to mirrors, instead of those before; or none',
      collected(settingGlob),
    )
  withExamples(withAct(command), [
    'georep link alter east-west --throttle 10MB/s',
    'georep link alter east-west --throttle none',
    "georep link alter east-west --sync-configs-exclude 'retention.*' segment.ms",
    'georep link alter east-west --sync-configs-exclude none',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<LinkAlterOptions, 'name'>>(), name }
    if ((options.throttle === undefined) === (options.syncConfigsExclude === undefined)) {
      self.error("error: give either '--throttle' or '--sync-configs-exclude'")
    }
    await perform(async () => (await import('./alter-run.ts')).runLinkAlter, options)
  })
}
