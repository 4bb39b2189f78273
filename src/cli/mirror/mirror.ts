import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addMirrorCreate } from './create.ts'
import { addMirrorDelete } from './delete.ts'
import { addMirrorDescribe } from './describe.ts'
import { addMirrorFailover } from './failover.ts'
import { addMirrorList } from './list.ts'
import { addMirrorPromote } from './promote.ts'
import { addMirrorRebuild } from './rebuild.ts'
import { addMirrorRestore } from './restore.ts'
import { addMirrorReverse } from './reverse.ts'
import { addMirrorUnfence } from './unfence.ts'
import { addMirrorPause } from './pause.ts'
import { addMirrorResume } from './resume.ts'

export function addMirror(noun: Command, perform: Perform): void {
  withExamples(
    noun.description(
      'A mirror is one topic carried by a link: a topic of the same name on the destination, or with a prefix, its ' +
        'records at the offsets they have on the source.',
    ),
    ['georep mirror create orders --link east-west', 'georep mirror failover --link east-west --all'],
  )
  addMirrorCreate(noun, perform)
  addMirrorList(noun, perform)
  addMirrorDescribe(noun, perform)
  addMirrorPause(noun, perform)
  addMirrorResume(noun, perform)
  addMirrorRebuild(noun, perform)
  addMirrorPromote(noun, perform)
  addMirrorUnfence(noun, perform)
  addMirrorReverse(noun, perform)
  addMirrorRestore(noun, perform)
  addMirrorFailover(noun, perform)
  addMirrorDelete(noun, perform)
}
