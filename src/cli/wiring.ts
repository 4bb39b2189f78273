import type { Command } from 'commander'
import type { Context } from './context.ts'
import type { ExitCode } from './exit.ts'

/** What a verb does once its arguments are values. Throws `GeorepError` when the call failed; the exit code tells the rest. */
export type Run<Options> = (options: Options, context: Context) => Promise<ExitCode>

/**
 * Loads the code of a verb and runs it. `main` gives the one that does; an argv test gives one that only looks at the
 * options, so nothing is loaded and nobody is contacted.
 */
export type Perform = <Options extends object>(load: () => Promise<Run<Options>>, options: Options) => Promise<void>

/** Declares what a noun has: description, examples, and its verbs, or an action of its own. The command exists already. */
export type AddNoun = (noun: Command, perform: Perform) => void

/** Options that every command takes. An action gets them from `command.optsWithGlobals()`. */
export interface GlobalOptions {
  /** `--config`: the georep.yaml to read, instead of the one that is searched. */
  readonly config: string | undefined
  /** False after `--no-color`; `io.hasColor` already heeds it. */
  readonly color: boolean
}
