import type { Command } from 'commander'
import { collected, topicName, type OutputFormat } from '../args.ts'
import { withAct, withExamples, withLink, withSwitches } from '../options.ts'
import type { GlobalOptions, Perform, Run } from '../wiring.ts'
import { topicsOf, whichOf } from './which.ts'

export interface MirrorChangeOptions extends GlobalOptions {
  readonly topics: readonly string[] | 'all'
  readonly link: string
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

interface ChangeVerb {
  readonly name: 'pause' | 'resume'
  readonly summary: string
  readonly description: string
  readonly load: () => Promise<Run<MirrorChangeOptions>>
}

/** Declares a verb that changes what the runner does with mirrors, all alike. */
export function addMirrorChange(
  noun: Command,
  perform: Perform,
  { name, summary, description, load }: ChangeVerb,
): void {
  const command = withSwitches(noun.command(name), { '--all': 'every mirror of the link' })
    .summary(summary)
    .description(description)
    .argument('[topic...]', 'mirror topics; or --all', collected(topicName))
  withExamples(withAct(withLink(command)), [
    `georep mirror ${name} orders --link east-west`,
    `georep mirror ${name} --all --link east-west --dry-run`,
  ]).action(async (words: readonly string[], _flags: unknown, self: Command) => {
    const { all, ...flags } = self.optsWithGlobals<Omit<MirrorChangeOptions, 'topics'> & { readonly all: boolean }>()
    await perform(load, { ...flags, topics: topicsOf(whichOf(self, all, words)) })
  })
}
