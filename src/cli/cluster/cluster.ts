import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addClusterDescribe } from './describe.ts'
import { addClusterList } from './list.ts'

export function addCluster(noun: Command, perform: Perform): void {
  withExamples(
    noun.description('The clusters of georep.yaml: how they answer, and what they permit georep. Nothing is changed.'),
    ['georep cluster list', 'georep cluster describe west'],
  )
  addClusterList(noun, perform)
  addClusterDescribe(noun, perform)
}
