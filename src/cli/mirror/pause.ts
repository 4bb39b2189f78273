import type { Command } from 'commander'
import { collected, topicName } from '../args.ts'
import {
  withDryRun,
  withExamples,
  withLink,
  withOutput,
  withSwitches,
  withTakeOver,
  type OutputFormat,
} from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface MirrorPauseOptions extends GlobalOptions {
  readonly topics: readonly string[] | 'all'
  readonly link: string
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

type Flags = Omit<MirrorPauseOptions, 'topics'> & { readonly all: boolean }

export function addMirrorPause(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('pause'), { '--all': 'every mirror of the link' })
    .summary('stop moving records of mirrors')
    .description(
      'Has the runner append nothing more to these mirrors, nor copy group offsets for them. Returns when it says that nothing of them is under way, or when no runner lives. Their lag grows, and is shown.',
    )
    .argument('[topic...]', 'mirror topics; or --all', collected(topicName))
  withExamples(withOutput(withTakeOver(withDryRun(withLink(command)))), [
    'georep mirror pause orders --link east-west',
    'georep mirror pause --all --link east-west --dry-run',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    const { all, ...flags } = self.optsWithGlobals<Flags>()
    if (all === topics.length > 0) {
      self.error(all ? "error: '--all' and topics exclude each other" : "error: missing topics, or '--all'")
    }
    const options = { ...flags, topics: all ? ('all' as const) : [...new Set(topics)] }
    await perform(async () => (await import('./pause-run.ts')).runMirrorPause, options)
  })
}
