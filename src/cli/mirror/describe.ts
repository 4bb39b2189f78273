import type { Command } from 'commander'
import { topicName } from '../args.ts'
import { withExamples, withLink, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { MirrorDescribeOptions } from './describe-run.ts'

export function addMirrorDescribe(noun: Command, perform: Perform): void {
  const command = noun
    .command('describe')
    .summary('show one mirror, its partitions and its settings')
    .description(
      'Shows a mirror as it is now: its state and why, where each partition stands, and which settings are as on the ' +
        'source, set otherwise while it is a mirror, or changed since. With the source dead, what a runner last knew. What ' +
        'we may not see is named on stderr with the right that is missing, and ends with exit code 4.',
    )
    .argument('<topic>', 'the mirror topic', topicName)
  withExamples(withOutput(withLink(command)), [
    'georep mirror describe orders --link east-west',
    'georep mirror describe orders --link east-west -o json',
  ]).action(async (topic: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<MirrorDescribeOptions, 'topic'>>(), topic }
    await perform(async () => (await import('./describe-run.ts')).runMirrorDescribe, options)
  })
}
