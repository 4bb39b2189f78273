import type { Command } from 'commander'
import { withAct, withExamples, withLink } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withWhichAcls } from './which-acls.ts'
import type { AclSyncOptions } from './sync-run.ts'

export function addAclSync(noun: Command, perform: Perform): void {
  const command = withLink(noun.command('sync'))
    .summary('create on the destination the ACLs that it lacks')
    .description(
      'Creates on the destination what acl list shows as create, and deletes what it shows as delete: only what georep itself ' +
        'has created, and the source has no more. What would open a topic that is mirrored still is held back and written ' +
        'down; after mirror promote or failover the same command creates it, with the source dead as well.',
    )
    .option('--confirm <link>', 'the link, instead of being asked for it')
  withExamples(withAct(withWhichAcls(command)), [
    'georep acl sync --link east-west --dry-run',
    'georep acl sync --link east-west --confirm east-west',
    '# One application at a time',
    'georep acl sync --link east-west --principal User:billing --confirm east-west',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./sync-run.ts')).runAclSync, self.optsWithGlobals<AclSyncOptions>())
  })
}
