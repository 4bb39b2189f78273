import { type Command, InvalidArgumentError, Option } from 'commander'
import { offset } from '../../core/offset.ts'
import type { SourcePlace } from '../../engines/translating.ts'
import { clusterName, collected, count, groupGlob, linkName, positiveDurationMs, positiveInteger, topicName, topicOrPattern } from '../args.ts' // prettier-ignore
import { withExamples, withOutput, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { OffsetTranslateOptions, TopicMapping } from './translate-run.ts'

export function addOffsetTranslate(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('translate'), {
    '--verify': 'read the next unread record on both sides, and compare time, key, value and headers',
    '--compare-checkpoints': 'show what the engine itself has written down for each group, and what would be read again there',
  })
    .summary('tell where places of the source are on the destination')
    .description(
      'Where groups would go on reading on the destination, by what they have committed on the source, and how exactly that is ' +
        'known: exact (nothing is skipped or read again), bounded (nothing is skipped, and at most REREAD records are read ' +
        'again) or unknown, which ends with exit code 4. Changes nothing. With --link by the mapping of the link; with --by ' +
        'timestamp for any two clusters of which one has a copy of the other, whatever made it: the next unread record, or ' +
        'the last one that was read, is looked for on the destination from its time on and known by the hash of key, value ' +
        'and headers. The copy must have kept the order of each partition. Where a broker gave the times, it is looked for ' +
        'by the hash alone, within --window of the time. With --plan the groups can be moved there by georep offset apply: nothing is ' +
        'written when one of the places is unknown, or a group cannot be moved. Links of MirrorMaker 2 always compare records: ' +
        'without that, nothing is exact there.',
    )
    .option('--link <link>', 'the link, <source>-<destination>', linkName)
    .addOption(new Option('--by <how>', 'without a link: find the records by their times').choices(['timestamp']))
    .option('--source <cluster>', 'with --by: the cluster on which the places are', clusterName)
    .option('--destination <cluster>', 'with --by: the cluster that has the copy', clusterName)
    .option('--map <source=destination...>', 'with --by: topics that are called otherwise there', collected(topicMapping)) // prettier-ignore
    .option('--group <glob...>', 'only these groups (default: the groups of the link)', collected(groupGlob))
    .option('--topic <topic>', 'only this topic of the source, or topics like orders-*', topicOrPattern)
    .option('--at <topic:partition:offset...>', 'these places instead of what groups have committed', collected(sourcePlace)) // prettier-ignore
    .option('--window <duration>', 'with --by: how far apart times may be (default: 1m)', positiveDurationMs)
    .option('--scan <records>', 'with --by: records that are read for one place (default: 100000)', positiveInteger)
    .option('--plan <file>', 'write a plan that moves the groups there to this new file')
    .option('--place-timeout <duration>', 'with --by: how long one place is looked for (default: 1m)', positiveDurationMs) // prettier-ignore
  withExamples(withOutput(command), [
    'georep offset translate --link east-west',
    "georep offset translate --link east-west --group 'orders-*' --verify",
    'georep offset translate --link east-west --at orders:0:1200 -o json',
    '# beside the checkpoints of MirrorMaker 2',
    'georep offset translate --link east-west --compare-checkpoints',
    '# after a failover, for groups whose offsets were not copied',
    "georep offset translate --link east-west --group 'orders-*' --plan orders.json",
    '# a copy that something else has made, with offsets of its own',
    "georep offset translate --by timestamp --source east --destination west --group 'orders-*' --map orders=east.orders",
  ]).action(async (_flags: unknown, self: Command) => {
    const options = self.optsWithGlobals<OffsetTranslateOptions>()
    const wrong = contradiction(options)
    if (wrong !== undefined) self.error(`error: ${wrong}`)
    await perform(async () => (await import('./translate-run.ts')).runOffsetTranslate, options)
  })
}

function contradiction(options: OffsetTranslateOptions): string | undefined {
  const { link, by, source, destination, group, at, topic, verify } = options
  if (at !== undefined && (group !== undefined || topic !== undefined)) return '--at excludes --group and --topic'
  if (at !== undefined && options.plan !== undefined) return '--at and --plan exclude each other: places are no groups'
  if (at !== undefined && options.compareCheckpoints) return '--at and --compare-checkpoints exclude each other: places are no groups' // prettier-ignore
  if (by === undefined) {
    if (link === undefined) return "required option '--link <link>' not specified"
    const ofBy = (['source', 'destination', 'map', 'window', 'scan', 'placeTimeout'] as const).filter((name) => options[name] !== undefined) // prettier-ignore
    return ofBy.length === 0 ? undefined : "--source, --destination, --map, --window, --scan and --place-timeout need '--by timestamp'" // prettier-ignore
  }
  if (link !== undefined) return '--link and --by exclude each other'
  if (source === undefined || destination === undefined) return "'--by timestamp' needs --source and --destination"
  if (source === destination) return '--source and --destination are the same cluster'
  const mapped = options.map?.map((one) => one.source) ?? []
  const twice = mapped.find((topic, index) => mapped.indexOf(topic) !== index)
  if (twice !== undefined) return `--map names the topic "${twice}" of the source twice`
  if (options.compareCheckpoints) return '--by and --compare-checkpoints exclude each other: only a link has an engine that writes them' // prettier-ignore
  if (verify) return "'--by timestamp' compares all the same: --verify is for links"
  return group === undefined && at === undefined ? "'--by timestamp' needs --group or --at" : undefined
}

/** A place of the source: `orders:0:1200`. */
function sourcePlace(text: string): SourcePlace {
  const match = /^([^:]+):(\d{1,9}):(\d{1,19})$/.exec(text)
  const [, topic = '', partition = '', at = ''] = match ?? []
  if (match === null || count(at) >= 2n ** 63n) {
    throw new InvalidArgumentError('Expected <topic>:<partition>:<offset>, such as orders:0:1200.')
  }
  return { topic: topicName(topic), partition: Number(partition), offset: offset(count(at)) }
}

/** A topic and what it is called on the destination: `orders=east.orders`. */
function topicMapping(text: string): TopicMapping {
  const [source, destination, ...more] = text.split('=')
  if (source === undefined || destination === undefined || more.length > 0) {
    throw new InvalidArgumentError('Expected <source topic>=<destination topic>, such as orders=east.orders.')
  }
  return { source: topicName(source), destination: topicName(destination) }
}
