import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'
import type { Shell } from './scripts.ts'

/** What to type to have it in every new shell. */
const installing = {
  bash: [
    '# for this shell',
    'source <(georep completion bash)',
    '# for every new one',
    `echo 'source <(georep completion bash)' >> ~/.bashrc`,
  ],
  zsh: [
    '# for this shell (needs compinit)',
    'source <(georep completion zsh)',
    '# for every new one, in a folder of $fpath',
    'georep completion zsh > ~/.zfunc/_georep',
  ],
  fish: [
    '# for this shell',
    'georep completion fish | source',
    '# for every new one',
    'georep completion fish > ~/.config/fish/completions/georep.fish',
  ],
} as const satisfies Readonly<Record<Shell, readonly string[]>>

export function addCompletion(noun: Command, perform: Perform): void {
  withExamples(
    noun.description(
      'Prints a script with which a shell completes commands, options, and their values: formats, clusters and links of georep.yaml, runs on record. ' +
        'No cluster is asked. The help of each shell says how to install it.',
    ),
    ['source <(georep completion bash)', 'georep completion zsh --help'],
  )
  for (const [shell, lines] of Object.entries(installing) as [Shell, readonly string[]][]) {
    const command = noun
      .command(shell)
      .summary(`print the completion script for ${shell}`)
      .description(`Prints the completion script for ${shell}.`)
    withExamples(command, lines).action(async (_flags: unknown, self: Command) => {
      const options = { ...self.optsWithGlobals<GlobalOptions>(), shell }
      await perform(async () => (await import('./completion-run.ts')).runCompletion, options)
    })
  }
}
