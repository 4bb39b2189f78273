import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addLinkAdopt } from './adopt.ts'
import { addLinkAlter } from './alter.ts'
import { addLinkCreate } from './create.ts'
import { addLinkDelete } from './delete.ts'
import { addLinkDescribe } from './describe.ts'
import { addLinkList } from './list.ts'
import { addLinkPause } from './pause.ts'
import { addLinkResume } from './resume.ts'
import { addLinkRun } from './run.ts'

export function addLink(noun: Command, perform: Perform): void {
  withExamples(
    noun.description(
      'A link is a named, one-way replication from a source cluster to a destination cluster. It is named ' +
        '<source>-<destination>, by the names of the clusters in georep.yaml, and kept on the destination.',
    ),
    ['georep link create east-west', 'georep link run east-west', 'georep link list'],
  )
  addLinkCreate(noun, perform)
  addLinkAdopt(noun, perform)
  addLinkRun(noun, perform)
  addLinkList(noun, perform)
  addLinkDescribe(noun, perform)
  addLinkPause(noun, perform)
  addLinkResume(noun, perform)
  addLinkAlter(noun, perform)
  addLinkDelete(noun, perform)
}
