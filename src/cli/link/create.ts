import type { Command } from 'commander'
import {
  aclGlob,
  bytesPerSecond,
  clusterName,
  collected,
  connectorSetting,
  connectUrl,
  engineName,
  groupGlob,
  linkName,
  naming,
  settingGlob,
  synced,
} from '../args.ts'
import { requireProtect, withProtect } from './protect-options.ts'
import { requireSyncAcls } from './sync-acls-options.ts'
import { withAct, withExamples, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { LinkCreateOptions } from './create-options.ts'

export function addLinkCreate(noun: Command, perform: Perform): void {
  const command = noun
    .command('create')
    .summary('create a link between two clusters')
    .description(
      'Writes the link into the topic "__georep" on the destination, which is made when it is not there. Records move ' +
        'once it has mirrors and a runner. A link that is there already is left as it is.\n\n' +
        'With --engine mm2, connectors of MirrorMaker 2 in a Kafka Connect cluster beside the destination carry it: they are validated, ' +
        'written down as the link’s, and made. What is missing of a link that was left half made is made by the same command. Secrets ' +
        'go to Kafka Connect as references that its workers look up; --dry-run shows the configurations without secrets.',
    )
    .argument('<link>', '<source>-<destination>', linkName)
    .option(
      '--groups <glob...>',
      'consumer groups whose committed offsets are copied, or none (default: defaults.groups of georep.yaml, else all)',
      collected(groupGlob),
    )
    .option(
      '--source <cluster>',
      'with --destination, where the name does not tell: the cluster to copy from',
      clusterName,
    )
    .option('--destination <cluster>', 'with --source: the cluster to copy to', clusterName)
    .option(
      '--throttle <rate>',
      'bytes a second that its runner carries, all mirrors together (default: no limit)',
      bytesPerSecond,
    )
    .option(
      '--sync-configs-exclude <setting...>',
      'topic settings, or patterns of them, that are not copied to mirrors (default: all are)',
      collected(settingGlob),
    )
    .option('--sync <what>', 'acls: its runner brings over ACLs as acl sync does; or none (default)', synced)
    .option(
      '--sync-acls-resource <glob...>',
      'with --sync acls: only ACLs about topics, groups and ids of these names',
      collected(aclGlob),
    )
    .option(
      '--engine <engine>',
      'embedded, or mm2 (default: defaults.engine of georep.yaml, else embedded)',
      engineName,
    )
    .option(
      '--connect <url>',
      'mm2: where Kafka Connect answers (default: connect.url of the destination’s entry)',
      connectUrl,
    )
    .option(
      '--naming <how>',
      'mm2: identity, mirrors are called as on the source (default); or prefixed, <source>.<topic>',
      naming,
    )
    .option(
      '--set <key=value...>',
      'mm2: settings of the connectors, of all of them or of one: checkpoint:tasks.max=2',
      collected(connectorSetting),
    )
  withProtect(
    command,
    'acl: only its runner may write to its mirrors, by denials for those whom ACLs let in; or none (default)',
  )
  withSwitches(command, {
    '--wan': 'mm2: large fetches and batches, and lz4, for a source that is far',
    '--inline-secrets': 'mm2: secrets go to Kafka Connect as they are, which shows them to all who ask it',
  })
  withExamples(withAct(command), [
    'georep link create east-west',
    "georep link create east-west --groups 'orders-*' billing",
    'georep link create east-west --throttle 10MB/s --dry-run',
    "georep link create east-west --sync-configs-exclude 'retention.*' min.insync.replicas",
    'georep link create east-west --sync acls',
    'georep link create east-west --protect acl --dry-run',
    'georep link create orders-dr --source east --destination west',
    'georep link create east-west --engine mm2 --connect http://connect-west:8083 --dry-run',
    'georep link create east-west --engine mm2 --wan --set offset.lag.max=10 source:tasks.max=8',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<LinkCreateOptions, 'name'>>(), name }
    if ((options.source === undefined) !== (options.destination === undefined)) {
      self.error("error: '--source' and '--destination' go together")
    }
    requireSyncAcls(self, options)
    requireProtect(self, options)
    await perform(async () => (await import('./create-run.ts')).runLinkCreate, options)
  })
}
