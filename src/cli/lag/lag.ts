import type { Command } from 'commander'
import { withExamples, withOptionalLink, withOutput, type OutputFormat } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface LagOptions extends GlobalOptions {
  readonly link: string | undefined
  readonly output: OutputFormat
}

export function addLag(noun: Command, perform: Perform): void {
  noun.description(
    'How many records mirrors are behind their sources, by partition, worst first. SRC-END is the high watermark of the ' +
      'source, MIRRORED the end of the mirror. With the source dead: STALE, the last that a runner knew (>=), and its age. ' +
      'What is not known is printed as unknown, and ends with exit code 4.',
  )
  withExamples(withOutput(withOptionalLink(noun)), ['georep lag', 'georep lag --link east-west -o json']).action(
    async (_flags: unknown, self: Command) => {
      await perform(async () => (await import('./lag-run.ts')).runLag, self.optsWithGlobals<LagOptions>())
    },
  )
}
