import { Option, type Command } from 'commander'
import { commandLine } from '../command-line.ts'
import type { Confirmation } from '../confirm.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

/** The mirrors that a command line names: topics, or all of the link. */
export type Which = { readonly kind: 'all' } | { readonly kind: 'topics'; readonly topics: readonly string[] }

/** What the verbs that switch mirrors are told, all of them. */
export interface WhichOptions extends GlobalOptions {
  readonly which: Which
  readonly link: string
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

/** `--confirm`, with which whoever has no terminal types the name that `confirmedBy` tells. */
export function confirmOption(): Option {
  return new Option('--confirm <name>', 'the topic (with several or --all, the link), instead of being asked for it')
}

/** The options of a verb, with the mirrors that its words and `--all` name. */
export function optionsWithWhich<Options extends WhichOptions>(
  self: Command,
  topics: readonly string[],
): Omit<Options & All, 'all'> & Pick<WhichOptions, 'which'> {
  const { all, ...options } = self.optsWithGlobals<Options & All>()
  return { ...options, which: whichOf(self, all, topics) }
}

interface All {
  readonly all: boolean
}

/** Ends with a usage error unless there is exactly one of `--all` and topics. */
export function whichOf(self: Command, all: boolean, topics: readonly string[]): Which {
  if (all === topics.length > 0) {
    self.error(all ? "error: '--all' and topics exclude each other" : "error: missing topics, or '--all'")
  }
  return all ? { kind: 'all' } : { kind: 'topics', topics: [...new Set(topics)] }
}

/** As engines take it. */
export function topicsOf(which: Which): readonly string[] | 'all' {
  return which.kind === 'all' ? 'all' : which.topics
}

/** What has to be typed, and for what: the topic; with several or all, the link. */
function confirmedBy(which: Which, link: string): { readonly subject: string; readonly expected: string } {
  const [only, ...others] = which.kind === 'all' ? [] : which.topics
  if (only !== undefined && others.length === 0) return { subject: `topic "${only}" of link "${link}"`, expected: only }
  const topics = only === undefined ? 'all topics' : `${others.length + 1} topics`
  return { subject: `${topics} of link "${link}"`, expected: link }
}

/** The confirmation of a verb that is this to its mirrors. */
export function confirmationOf<I extends Confirmation['io']>(
  verb: string,
  { which, link, confirm }: Pick<WhichOptions, 'which' | 'link' | 'confirm'>,
  io: I,
): Confirmation & { readonly io: I } {
  const { subject, expected } = confirmedBy(which, link)
  return { what: `${verb} ${subject}`, expected, given: confirm, io }
}

/** The command line of a verb on the same mirrors. Topics of which one would be taken for an option come last. */
export function mirrorCommand(
  { which, link, config }: Pick<WhichOptions, 'which' | 'link' | 'config'>,
  verb: string,
  ...words: readonly string[]
): string {
  const topics = which.kind === 'all' ? [] : which.topics
  const options = ['--link', link, ...(which.kind === 'all' ? ['--all'] : []), ...words]
  const all = topics.some((topic) => topic.startsWith('-')) ? [...options, '--', ...topics] : [...topics, ...options]
  return commandLine({ config }, 'mirror', verb, ...all)
}
