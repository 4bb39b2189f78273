import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addHistoryExport } from './export.ts'
import { addHistoryList } from './list.ts'
import { addHistoryPrune } from './prune.ts'
import { addHistoryShow } from './show.ts'
import { addHistoryVerify } from './verify.ts'

export function addHistory(noun: Command, perform: Perform): void {
  withExamples(
    noun.description(
      'Every drill leaves a record: what was done, measured and found. Each names the one before it by a hash, so that a record that was changed ' +
        'or lost shows. That is evidence against accident, not against forgery: who can write the folder can write all of it anew.',
    ),
    ['georep history list', 'georep history show 3f9a -o json', 'georep history verify'],
  )
  addHistoryList(noun, perform)
  addHistoryShow(noun, perform)
  addHistoryVerify(noun, perform)
  addHistoryExport(noun, perform)
  addHistoryPrune(noun, perform)
}
