import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addAclList } from './list.ts'
import { addAclSync } from './sync.ts'

export function addAcl(noun: Command, perform: Perform): void {
  withExamples(
    noun.description(
      'ACLs about what a link carries: on its mirrored topics, on its groups, and on groups and transactional ids of ' +
        'those who may do something with these topics.',
    ),
    ['georep acl list --link east-west', 'georep acl sync --link east-west --dry-run'],
  )
  addAclList(noun, perform)
  addAclSync(noun, perform)
}
