import type { Command } from 'commander'
import { collected, groupGlob, positiveDurationMs, topicOrPattern } from '../args.ts'
import { withExamples, withOptionalLink, withOutput, withSwitches, type OutputFormat } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface LagOptions extends GlobalOptions {
  readonly link: string | undefined
  readonly topic: string | undefined
  readonly group: readonly string[] | undefined
  readonly mirrorsOnly: boolean
  readonly afterFailover: boolean
  readonly all: boolean
  readonly failOver: number | undefined
  readonly maxLag: number | undefined
  readonly output: OutputFormat
}

export function addLag(noun: Command, perform: Perform): void {
  noun.description(
    'How far mirrors are behind their sources, by partition, worst first, and then how far the consumer groups of the links ' +
      'are behind in the mirrored topics on the source. SRC-END and LOG-END are the high watermark of the source, MIRRORED ' +
      'the end of the mirror, LAG-SECONDS the age of the next record that the mirror does not have, or the group has not ' +
      'read. METHOD tells how that was found: exact, approx (of a record close by) or est (the oldest that it can be). A ' +
      'group that retention has passed is LOST. With the source dead: STALE, the last that a runner knew (>=) and its age, ' +
      'and of groups the offsets that were copied last, and how old the end of the source is. What is not known is printed as ' +
      'unknown, and ends with exit code 4. As tsv mirrors and groups are one table, whose first column, kind, tells them apart.',
  )
  withOutput(withOptionalLink(noun))
    .option('--topic <topic>', 'only mirrors of this topic, or of topics like orders-*', topicOrPattern)
    .option('--group <glob...>', 'only these of the groups of the links', collected(groupGlob))
    .option(
      '--fail-over <duration>',
      'a gate, read-only: exit 3 when a mirror or a group is behind by more than this, such as 30s, and 4 when that is not known; ' +
        'stopped mirrors are not part of it',
      positiveDurationMs,
    )
    .option('--max-lag <duration>', 'the same as --fail-over', positiveDurationMs)
    .hook('preAction', (self) => {
      const { failOver, maxLag } = self.opts<Pick<LagOptions, 'failOver' | 'maxLag'>>()
      const { group, mirrorsOnly } = self.opts<Pick<LagOptions, 'group' | 'mirrorsOnly'>>()
      if (self.opts<Pick<LagOptions, 'afterFailover'>>().afterFailover && mirrorsOnly) {
        self.error('error: --after-failover and --mirrors-only exclude each other')
      }
      if (group !== undefined && mirrorsOnly) self.error('error: --group and --mirrors-only exclude each other')
      if (failOver !== undefined && maxLag !== undefined) {
        self.error('error: --fail-over and --max-lag are the same: give one of them')
      }
    })
  withSwitches(noun, {
    '--mirrors-only': 'no groups: they are not asked for, and not part of the gate',
    '--after-failover':
      'also where groups would be on the destination after a failover now, and what they would read again',
    '--all': 'every partition, where the tables have the worst 100 only',
  })
  withExamples(noun, [
    'georep lag',
    'georep lag --link east-west -o json',
    "georep lag --link east-west --group 'orders-*'",
    'georep lag --link east-west --after-failover',
    '# Partitions of groups alone, to sort and cut',
    'georep lag -o tsv | awk \'$1 == "group"\'',
    '# Fail a job when a mirror or a group is more than 30 seconds behind, or that is not known',
    'georep lag --link east-west --fail-over 30s',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./lag-run.ts')).runLag, self.optsWithGlobals<LagOptions>())
  })
}
