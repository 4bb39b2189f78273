import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addRunbookAbort } from './abort.ts'
import { addRunbookList } from './list.ts'
import { addRunbookPlan } from './plan.ts'
import { addRunbookResume } from './resume.ts'
import { addRunbookRun } from './run.ts'
import { addRunbookShow } from './show.ts'
import { addRunbookValidate } from './validate.ts'

export function addRunbook(noun: Command, perform: Perform): void {
  withExamples(
    noun.description(
      'Switchovers and failovers as a script: steps in YAML, planned by looking at the clusters, carried out under one lock with a journal, ' +
        'resumed after a crash by looking again.',
    ),
    [
      'georep runbook list',
      'georep runbook plan planned-switchover --set link=east-west',
      'georep runbook run planned-switchover --set link=east-west',
    ],
  )
  addRunbookList(noun, perform)
  addRunbookShow(noun, perform)
  addRunbookValidate(noun, perform)
  addRunbookPlan(noun, perform)
  addRunbookRun(noun, perform)
  addRunbookResume(noun, perform)
  addRunbookAbort(noun, perform)
}
