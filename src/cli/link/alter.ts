import type { Command } from 'commander'
import {
  aclGlob,
  bytesPerSecondOrNone,
  collected,
  connectUrl,
  groupGlob,
  linkName,
  settingGlob,
  synced,
} from '../args.ts'
import { requireProtect, withProtect } from './protect-options.ts'
import { requireSyncAcls } from './sync-acls-options.ts'
import { withAct, withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { LinkAlterOptions } from './alter-run.ts'

export function addLinkAlter(noun: Command, perform: Perform): void {
  const command = noun
    .command('alter')
    .summary('change a link: its throttle, what it copies, who writes, Kafka Connect')
    .description(
      'Changes what a link was created with, one thing at a time. Its runner does so within a second, and is waited for. Settings that ' +
        'were copied before they are left out stay as they are, and so do ACLs that were brought over and offsets of groups. --protect none ' +
        'lets those write again who were denied it.',
    )
    .argument('<link>', '<source>-<destination>', linkName)
    .option(
      '--throttle <rate>',
      'bytes a second that its runner carries, all mirrors together; or none',
      bytesPerSecondOrNone,
    )
    .option(
      '--groups <glob...>',
      'consumer groups whose committed offsets are copied, instead of those before; or none',
      collected(groupGlob),
    )
    .option(
      '--sync-configs-exclude <setting...>',
      'topic settings, or patterns of them, that are not copied to mirrors, instead of those before; or none',
      collected(settingGlob),
    )
    .option('--sync <what>', 'acls: its runner brings over ACLs from now on, as acl sync does; or none', synced)
    .option(
      '--sync-acls-resource <glob...>',
      'with --sync acls: only ACLs about topics, groups and ids of these names',
      collected(aclGlob),
    )
  command.option(
    '--connect <url>',
    'mm2: where Kafka Connect answers from now on, a URL at which it has the link’s connectors',
    connectUrl,
  )
  withProtect(
    command,
    'acl: only its runner may write to its mirrors from now on, by denials for those whom ACLs let in; or none',
  )
  withExamples(withAct(command), [
    'georep link alter east-west --throttle 10MB/s',
    'georep link alter east-west --throttle none',
    "georep link alter east-west --groups 'orders-*' billing",
    'georep link alter east-west --groups none',
    "georep link alter east-west --sync-configs-exclude 'retention.*' segment.ms",
    'georep link alter east-west --sync-configs-exclude none',
    '# After a look at georep acl sync --dry-run',
    "georep link alter east-west --sync acls --sync-acls-resource 'orders*'",
    'georep link alter east-west --protect acl --dry-run',
    'georep link alter east-west --protect acl --runner-principal User:georep-runner',
    'georep link alter east-west --connect http://connect-new:8083 --dry-run',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<LinkAlterOptions, 'name'>>(), name }
    const { throttle, groups, syncConfigsExclude, sync, protect, connect } = options
    const given = [throttle, groups, syncConfigsExclude, sync, protect, connect].filter((one) => one !== undefined)
    requireSyncAcls(self, options)
    requireProtect(self, options)
    if (given.length !== 1)
      self.error(
        "error: give one of '--throttle', '--groups', '--sync-configs-exclude', '--sync', '--protect' and '--connect'",
      )
    await perform(async () => (await import('./alter-run.ts')).runLinkAlter, options)
  })
}
