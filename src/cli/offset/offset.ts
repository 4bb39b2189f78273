import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addOffsetClamp } from './clamp.ts'
import { addOffsetShow } from './show.ts'
import { addOffsetTranslate } from './translate.ts'

export function addOffset(noun: Command, perform: Perform): void {
  withExamples(noun.description('Committed offsets of consumer groups on both sides of a link.'), [
    'georep offset show --link east-west',
    'georep offset clamp --link east-west',
    'georep offset clamp --link east-west --apply',
  ])
  addOffsetShow(noun, perform)
  addOffsetClamp(noun, perform)
  addOffsetTranslate(noun, perform)
}
