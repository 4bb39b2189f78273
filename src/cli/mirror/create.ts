import type { Command } from 'commander'
import { isPattern } from '../../core/topic-pattern.ts'
import { collected, topicOrPattern, topicPrefix } from '../args.ts'
import { withAct, withExamples, withLink } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { MirrorCreateOptions } from './create-options.ts'

export function addMirrorCreate(noun: Command, perform: Perform): void {
  const command = noun
    .command('create')
    .summary('create mirrors of topics')
    .description(
      'Creates a topic of the same name, or with a prefix, and number of partitions on the destination of the link, ' +
        'empty, and has the runner carry it. A word with * or ? is a pattern: it is kept on the link, and topics that ' +
        'match it later are mirrored within seconds by the runner; internal topics, those of georep and those that come ' +
        'from the destination never match. Lists which settings are copied, overridden, set when the mirror stops, and left out. A topic ' +
        'that could not be mirrored at the same offsets is refused. HIDDEN is how many offsets of a compacted or transactional ' +
        'topic no consumer sees, which the mirror has to take up, ~ an estimate. Refused as well is one that comes from the destination, directly ' +
        'or by way of other clusters. On a link of MirrorMaker 2 its connector makes and carries the topic, under the name that ' +
        'the link gives it, and patterns are refused.',
    )
    .argument('<topic...>', 'topics of the source, or patterns such as orders-* in quotes', collected(topicOrPattern))
    .option('--prefix <text>', 'what the names of the mirror topics have before those of the source', topicPrefix)
    .option('--auto-create', 'have the runner mirror topics that match a pattern later', true)
    .option('--no-auto-create', 'mirror those that match now; later ones are only told of')
  withExamples(withAct(withLink(command)), [
    'georep mirror create orders --link east-west',
    'georep mirror create orders payments --link east-west --dry-run',
    "georep mirror create 'orders-*' --link east-west --prefix east.",
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<MirrorCreateOptions, 'topics'>>(), topics: [...new Set(topics)] }
    if (!options.autoCreate && !topics.some(isPattern)) self.error("error: '--no-auto-create' is for patterns")
    await perform(async () => (await import('./create-run.ts')).runMirrorCreate, options)
  })
}
