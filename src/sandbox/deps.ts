import type { Time } from '../core/time.ts'
import type { ProcessTable } from './process-table.ts'

/** What the sandbox needs of the machine it runs on. */
export interface SandboxDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly platform: string
  readonly hostname: string
  readonly tempFolder: string
  /** Of the process that is running this. */
  readonly pid: number
  readonly time: Time
  readonly newId: () => string
  readonly processes: ProcessTable
  /** What starts a georep of our own, as `Context.self`. */
  readonly self: readonly string[]
  /** Where pom.xml is, as `Context.packageFolder`. */
  readonly packageFolder: string
}

/** What goes on, for the person who waits: a sentence without a full stop. */
export type Report = (text: string) => void
