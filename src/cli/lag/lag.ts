import { InvalidArgumentError, Option, type Command } from 'commander'
import {
  collected,
  durationMs,
  groupGlob,
  outputFormats,
  positiveDurationMs,
  positiveInteger,
  topicOrPattern,
} from '../args.ts'
import { withExamples, withOptionalLink, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { LagFormat, LagOptions } from './lag-options.ts'

export function addLag(noun: Command, perform: Perform): void {
  noun.description(
    'How far mirrors are behind their sources, by partition, worst first, and then how far the consumer groups of the links ' +
      'are behind in the mirrored topics on the source. SRC-END and LOG-END are the high watermark of the source, MIRRORED ' +
      'the end of the mirror, LAG-SECONDS the age of the next record that the mirror does not have, or the group has not ' +
      'read. METHOD tells how that was found: exact, approx (of a record close by) or est (the oldest that it can be). A ' +
      'group that retention has passed is LOST. Mirrors that wait for an open transaction on the source are HELD-BACK, by whom is ' +
      'said. With the source dead: STALE, the last that a runner knew (>=) and its age, ' +
      'and of groups the offsets that were copied last, and how old the end of the source is. What is not known is printed as ' +
      'unknown, and ends with exit code 4. As tsv mirrors and groups are one table, whose first column, kind, tells them apart.',
  )
  withOptionalLink(noun)
    .addOption(
      new Option('-o, --output <format>', 'how to print it; junit has a test case for each row of a gate')
        .choices(lagFormats)
        .argParser(lagFormat)
        .default('table'),
    )
    .option('--topic <topic>', 'only mirrors of this topic, or of topics like orders-*', topicOrPattern)
    .option('--group <glob...>', 'only these of the groups of the links', collected(groupGlob))
    .option(
      '--fail-over <duration>',
      'a gate, read-only: exit 3 when a mirror or a group is behind by more than this, such as 30s, and 4 when that is not known; ' +
        'stopped mirrors are not part of it',
      positiveDurationMs,
    )
    .option('--max-lag <duration>', 'the same as --fail-over', positiveDurationMs)
    .option('--top <n>', 'only the worst n rows of mirrors, and of groups; the gate looks at all', positiveInteger)
    .addOption(
      new Option('--watch [duration]', 'look again and again, until Ctrl-C or a gate that is over')
        .argParser(watchInterval)
        .preset('5s'),
    )
    .option(
      '--textfile <file>',
      'write it for the textfile collector of a node exporter, too: whole or not at all, and as down when it fails',
      metricsFile,
    )
    .hook('preAction', (self) => {
      const wrong = contradictionIn(self.opts<LagOptions>())
      if (wrong !== undefined) self.error(`error: ${wrong}`)
    })
  withSwitches(noun, {
    '--objectives': 'a gate as --fail-over is, each by its own limit: the lag objectives of georep.yaml',
    '--committed':
      'of groups, only what readers of committed records are given: up to the last stable offset, the STABLE-END',
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
    '# The same by the objectives of georep.yaml, with a test case for each in the report of the CI',
    'georep lag --objectives -o junit > lag.xml',
    '# The worst ten, every two seconds',
    'georep lag --watch 2s --top 10',
    '# For Prometheus, by way of a node exporter',
    'georep lag --watch 15s --textfile /var/lib/node_exporter/georep.prom -o json',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./lag-run.ts')).runLag, self.optsWithGlobals<LagOptions>())
  })
}

/** Why options cannot be given together; undefined when they can. */
function contradictionIn(options: LagOptions): string | undefined {
  const { failOver, maxLag, objectives, group, mirrorsOnly, afterFailover, committed, top, all, watch, output } =
    options
  const given = failOver ?? maxLag
  if (group !== undefined && mirrorsOnly) return '--group and --mirrors-only exclude each other'
  if (committed && mirrorsOnly) return '--committed and --mirrors-only exclude each other'
  if (afterFailover && mirrorsOnly) return '--after-failover and --mirrors-only exclude each other'
  if (failOver !== undefined && maxLag !== undefined) return '--fail-over and --max-lag are the same: give one of them'
  if (objectives && given !== undefined) return '--objectives and --fail-over exclude each other: one limit for all, or one for each' // prettier-ignore
  if (top !== undefined && all) return '--top and --all exclude each other'
  if (output === 'junit' && !objectives && given === undefined)
    return '-o junit needs limits to test: --objectives, or --fail-over'
  if (output !== 'prometheus' && output !== 'junit') return undefined
  if (afterFailover) return `--after-failover and -o ${output} exclude each other: it has no place for it`
  if (top !== undefined) return `--top and -o ${output} exclude each other: what is left out would look like what is gone` // prettier-ignore
  return watch === undefined ? undefined : `--watch and -o ${output} exclude each other: it is one document${output === 'prometheus' ? '; --textfile keeps one up to date' : ''}` // prettier-ignore
}

const lagFormats: readonly LagFormat[] = [...outputFormats, 'prometheus', 'junit']

function lagFormat(text: string): LagFormat {
  const format = lagFormats.find((each) => each === text)
  if (format === undefined) throw new InvalidArgumentError('Expected table, json, yaml, tsv, prometheus or junit.')
  return format
}

/** Shorter would keep brokers busy with looking. */
function watchInterval(text: string): number {
  const ms = durationMs(text)
  if (ms < 1_000) throw new InvalidArgumentError('Expected at least 1s.')
  return ms
}

function metricsFile(text: string): string {
  if (!/[^/]\.prom$/.test(text)) throw new InvalidArgumentError('Expected a file that ends in .prom: others are not collected.') // prettier-ignore
  return text
}
