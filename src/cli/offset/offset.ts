import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addOffsetApply } from './apply.ts'
import { addOffsetClamp } from './clamp.ts'
import { addOffsetExport } from './export.ts'
import { addOffsetImport } from './import.ts'
import { addOffsetReset } from './reset.ts'
import { addOffsetRollback } from './rollback.ts'
import { addOffsetShow } from './show.ts'
import { addOffsetTranslate } from './translate.ts'

export function addOffset(noun: Command, perform: Perform): void {
  withExamples(noun.description('Committed offsets of consumer groups: on both sides of a link, and on any cluster.'), [
    'georep offset show --link east-west',
    'georep offset clamp --link east-west',
    'georep offset reset --cluster west --group billing --to earliest --plan billing.json',
    'georep offset apply billing.json',
    'georep offset rollback billing.undo.json',
  ])
  addOffsetShow(noun, perform)
  addOffsetTranslate(noun, perform)
  addOffsetClamp(noun, perform)
  addOffsetReset(noun, perform)
  addOffsetExport(noun, perform)
  addOffsetImport(noun, perform)
  addOffsetApply(noun, perform)
  addOffsetRollback(noun, perform)
}
