import type { Command } from 'commander'
import { clusterName, collected, connectorName, connectUrl, groupGlob, linkName } from '../args.ts'
import { withAct, withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { LinkAdoptOptions } from './adopt-run.ts'

export function addLinkAdopt(noun: Command, perform: Perform): void {
  const command = noun
    .command('adopt')
    .summary('make a link of connectors of MirrorMaker 2 that are there already')
    .description(
      'Finds the connectors in Kafka Connect that carry records from one cluster to the other, by their classes, aliases and ' +
        'bootstrap servers, and writes them down as a link, with a mirror for each topic that they carry or that Kafka Connect has a place of; ' +
        'again, for those that have come since. Changes nothing in Kafka Connect, and shows what georep would have set otherwise.',
    )
    .argument('<link>', '<source>-<destination>', linkName)
    .option(
      '--connect <url>',
      'where Kafka Connect answers (default: connect.url of the destination’s entry)',
      connectUrl,
    )
    .option('--connectors <name...>', 'these connectors (default: those that match)', collected(connectorName))
    .option(
      '--groups <glob...>',
      'consumer groups of the link, or none (default: defaults.groups of georep.yaml, else all)',
      collected(groupGlob),
    )
    .option(
      '--source <cluster>',
      'with --destination, where the name does not tell: the cluster to copy from',
      clusterName,
    ) // prettier-ignore
    .option('--destination <cluster>', 'with --source: the cluster to copy to', clusterName)
  withExamples(withAct(command), [
    'georep link adopt east-west --connect http://connect-west:8083 --dry-run',
    'georep link adopt east-west --connectors mm2-source mm2-checkpoint mm2-heartbeat',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<LinkAdoptOptions, 'name'>>(), name }
    if ((options.source === undefined) !== (options.destination === undefined)) {
      self.error("error: '--source' and '--destination' go together")
    }
    await perform(async () => (await import('./adopt-run.ts')).runLinkAdopt, options)
  })
}
