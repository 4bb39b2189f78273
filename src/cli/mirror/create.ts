import type { Command } from 'commander'
import { collected, topicName } from '../args.ts'
import { withDryRun, withExamples, withLink, withOutput, type OutputFormat } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface MirrorCreateOptions extends GlobalOptions {
  readonly topics: readonly string[]
  readonly link: string
  readonly dryRun: boolean
  readonly output: OutputFormat
}

export function addMirrorCreate(noun: Command, perform: Perform): void {
  const command = noun
    .command('create')
    .summary('create mirrors of topics')
    .description(
      'Creates a topic of the same name and number of partitions on the destination of the link, empty, and has the ' +
        'runner carry it. Lists which settings are copied, overridden, set when the mirror stops, and left out. A topic ' +
        'that could not be mirrored at the same offsets is refused.',
    )
    .argument('<topic...>', 'topics of the source', collected(topicName))
  withExamples(withOutput(withDryRun(withLink(command))), [
    'georep mirror create orders --link east-west',
    'georep mirror create orders payments --link east-west --dry-run',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<MirrorCreateOptions, 'topics'>>(), topics: [...new Set(topics)] }
    await perform(async () => (await import('./create-run.ts')).runMirrorCreate, options)
  })
}
