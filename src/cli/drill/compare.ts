import type { Command } from 'commander'
import { optionsOfVerb } from '../noun-with-verbs.ts'
import { withExamples, withHistoryDir, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { DrillCompareOptions } from './compare-run.ts'

export function addDrillCompare(noun: Command, perform: Perform): void {
  const command = noun
    .command('compare')
    .summary('compare the figures of two past runs of one mode')
    .description(
      'Prints the figures of two runs beside each other, and which of them differ by more than the error bars of both explain. Figures of different ' +
        'modes are never mixed: two such runs are refused, with exit code 5.',
    )
    .argument('<a>', 'the id of the one run, or enough of its beginning to be the only one')
    .argument('<b>', 'the id of the other')
  withExamples(withOutput(withHistoryDir(command)), [
    'georep drill compare 3f9a 41c0',
    'georep drill compare 3f9a 41c0 -o json',
  ]).action(async (a: string, b: string, _flags: unknown, self: Command) => {
    const options = { ...optionsOfVerb<Omit<DrillCompareOptions, 'ids'>>(self), ids: [a, b] as const }
    await perform(async () => (await import('./compare-run.ts')).runDrillCompare, options)
  })
}
