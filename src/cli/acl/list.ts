import type { Command } from 'commander'
import { withExamples, withLink, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withWhichAcls } from './which-acls.ts'
import type { AclListOptions } from './list-run.ts'

export function addAclList(noun: Command, perform: Perform): void {
  const command = withLink(noun.command('list'))
    .summary('compare the ACLs of a link on both sides')
    .description(
      'ACLs that are not the same on both sides. create: lacking on the destination; engine: lacking, and the engine copies ' +
        'it by itself; held: lacking, and it would open a topic that is mirrored still, so it is for after mirror promote ' +
        'or failover; left: not to be copied; delete: created by georep, and gone on the source; beyond: on the destination ' +
        'alone. With the source dead: what acl sync has written down of it. ACLs that georep does not understand end with exit code 4.',
    )
  withExamples(withOutput(withWhichAcls(command)), [
    'georep acl list --link east-west',
    "georep acl list --link east-west --principal 'User:orders-*' -o json",
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./list-run.ts')).runAclList, self.optsWithGlobals<AclListOptions>())
  })
}
