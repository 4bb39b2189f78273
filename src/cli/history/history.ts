import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addHistoryList } from './list.ts'
import { addHistoryShow } from './show.ts'

export function addHistory(noun: Command, perform: Perform): void {
  withExamples(noun.description('Every drill leaves a record: what was done, measured and found.'), [
    'georep history list',
    'georep history show 3f9a -o json',
  ])
  addHistoryList(noun, perform)
  addHistoryShow(noun, perform)
}
