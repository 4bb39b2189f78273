import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addMirrorCreate } from './create.ts'
import { addMirrorFailover } from './failover.ts'
import { addMirrorList } from './list.ts'

export function addMirror(noun: Command, perform: Perform): void {
  withExamples(
    noun.description(
      'A mirror is one topic carried by a link: a topic of the same name on the destination, its records at the offsets ' +
        'they have on the source.',
    ),
    ['georep mirror create orders --link east-west', 'georep mirror failover --link east-west --all'],
  )
  addMirrorCreate(noun, perform)
  addMirrorList(noun, perform)
  addMirrorFailover(noun, perform)
}
