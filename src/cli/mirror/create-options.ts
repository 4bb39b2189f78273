import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface MirrorCreateOptions extends GlobalOptions {
  /** Topics of the source, and patterns for them. */
  readonly topics: readonly string[]
  readonly prefix: string | undefined
  readonly autoCreate: boolean
  readonly link: string
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}
