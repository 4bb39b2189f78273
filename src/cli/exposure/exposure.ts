import type { Command } from 'commander'
import { collected, groupGlob, topicOrPattern } from '../args.ts'
import { withExamples, withOptionalLink, withOutput, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { ExposureOptions } from './exposure-run.ts'

export function addExposure(noun: Command, perform: Perform): void {
  noun.description(
    'What would be lost if the source died now, link by link: records, their bytes as they are stored, the age of the oldest ' +
      'of them and where it is; and which groups would read again or skip on the destination, and how much, worst first. ' +
      'Records are counted in offsets. No request tells bytes: what is missing is fetched, 64 MiB of it at most and for ten ' +
      'seconds, and where there is more, >= is what was seen and ~ what the rest adds at the same rate. Stopped mirrors are ' +
      'not part of it. With the source dead: the last that was known of it, its age, and lower bounds. What could not be ' +
      'determined is printed as unknown or with a bound, and ends with exit code 4.',
  )
  withOutput(withOptionalLink(noun))
    .option('--topic <topic>', 'only mirrors of this topic, or of topics like orders-*', topicOrPattern)
    .option('--group <glob...>', 'only these of the groups of the links', collected(groupGlob))
  withSwitches(noun, { '--all': 'every group and partition, where the tables have the worst 10 only' })
  withExamples(noun, [
    'georep exposure',
    'georep exposure --link east-west -o json',
    "georep exposure --link east-west --topic 'orders-*' --group 'orders-*'",
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./exposure-run.ts')).runExposure, self.optsWithGlobals<ExposureOptions>())
  })
}
