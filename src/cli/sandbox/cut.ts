import type { Command } from 'commander'
import { withDryRun, withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withSandboxName } from './options.ts'
import type { SandboxCutOptions } from './cut-run.ts'

/** `cut` and `heal`: the WAN of a sandbox. */
export function addSandboxCut(noun: Command, perform: Perform): void {
  const cut = noun
    .command('cut')
    .summary('cut the WAN between the two clusters')
    .description(
      'Lets no byte pass between the regions, either way. Nobody is told: connections hang, and new ones get no answer, until a ' +
        'time-out or "georep sandbox heal". Clients inside a region do not notice. Needs a sandbox with --wan-latency or ' +
        '--wan-bandwidth.',
    )
  const heal = noun
    .command('heal')
    .summary('join the regions again after a cut')
    .description('Lets pass again what a cut held up. Connections that nobody gave up meanwhile go on where they were.')
  for (const [act, command] of [
    ['cut', cut],
    ['heal', heal],
  ] as const) {
    withExamples(withOutput(withDryRun(withSandboxName(command))), [
      `georep sandbox ${act}`,
      `georep sandbox ${act} --name second`,
    ]).action(async (_flags: unknown, self: Command) => {
      await perform(async () => (await import('./cut-run.ts')).runSandboxCut, {
        ...self.optsWithGlobals<SandboxCutOptions>(),
        act,
      })
    })
  }
}
