import type { Time } from '../core/time.ts'

/** The terminal, or whatever stands in for it. stdout is data, stderr is talk. */
export interface Io {
  readonly out: (text: string) => void
  /** Nobody reads what is printed any more (`| head`). */
  readonly isOutGone: () => boolean
  readonly err: (text: string) => void
  /** Both ends are a terminal, so that a question can be asked and answered. */
  readonly canPrompt: boolean
  /**
   * Asks on stderr and returns the line that was typed. Only where `canPrompt`. Rejects with a `GeorepError` of kind
   * `interrupted` on Ctrl-C, and with the signal's reason when that is aborted.
   */
  readonly ask: (question: string, options: { readonly signal: AbortSignal }) => Promise<string>
  /** stderr is a terminal, so that a spinner may be drawn. */
  readonly isErrTerminal: boolean
  /** stdout is a terminal and colour is not switched off (NO_COLOR, TERM=dumb, --no-color). */
  readonly hasColor: boolean
  /** Columns of stdout; undefined when it is not a terminal. */
  readonly columns: number | undefined
  /** Lines of stdout now; undefined when it is not a terminal, or one on which the cursor cannot be moved. */
  readonly rows: () => number | undefined
}

/** Everything of the outer world that a command may use. Made in bin.ts; a test makes its own. */
export interface Context {
  readonly io: Io
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  readonly tempFolder: string
  readonly platform: string
  readonly hostname: string
  /** The user who runs georep, by the operating system; empty where it does not tell. */
  readonly user: string
  readonly pid: number
  /** Signals a process as `process.kill` does, and throws as it does. Signal 0 only asks whether it is there. */
  readonly kill: (pid: number, signal: NodeJS.Signals | 0) => void
  readonly time: Time
  /** Aborted on SIGINT and SIGTERM, with a `GeorepError` of kind `interrupted`. */
  readonly signal: AbortSignal
  /** A fresh random id, lower case letters and digits. */
  readonly newId: () => string
  readonly version: string
  /** Where package.json is, and what ships beside the program: runbooks, pom.xml. */
  readonly packageFolder: string
  /** The node executable and the script, to start a georep of our own (the runner of a drill). */
  readonly self: readonly string[]
}
