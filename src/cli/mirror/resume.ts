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

export interface MirrorResumeOptions extends GlobalOptions {
  readonly topics: readonly string[] | 'all'
  readonly link: string
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

type Flags = Omit<MirrorResumeOptions, 'topics'> & { readonly all: boolean }

export function addMirrorResume(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('resume'), { '--all': 'every mirror of the link' })
    .summary('go on with paused mirrors')
    .description(
      'Has the runner go on with these mirrors where they stopped. What they hold is compared with the source first.',
    )
    .argument('[topic...]', 'mirror topics; or --all', collected(topicName))
  withExamples(withOutput(withTakeOver(withDryRun(withLink(command)))), [
    'georep mirror resume orders --link east-west',
    'georep mirror resume --all --link east-west --dry-run',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    const { all, ...flags } = self.optsWithGlobals<Flags>()
    if (all === topics.length > 0) {
      self.error(all ? "error: '--all' and topics exclude each other" : "error: missing topics, or '--all'")
    }
    const options = { ...flags, topics: all ? ('all' as const) : [...new Set(topics)] }
    await perform(async () => (await import('./resume-run.ts')).runMirrorResume, options)
  })
}
