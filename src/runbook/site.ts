import type { LinkTarget, ReplicationEngine } from '../engines/engine.ts'
import type { Time } from '../core/time.ts'
import type { Act, LinkSession } from '../links/session.ts'

/** How commands of the operator's are run. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Signals a process, or with a negative number its group, as `process.kill` does. */
  readonly kill: (pid: number, signal: NodeJS.Signals | 0) => void
  /** Never shown and never written down, whatever a command prints. */
  readonly secrets: readonly string[]
}

export interface Terminal {
  readonly canPrompt: boolean
  readonly ask: (question: string, options: { readonly signal: AbortSignal }) => Promise<string>
}

/** Where a runbook is carried out: all that its steps may use. */
export interface Site {
  readonly runId: string
  readonly target: LinkTarget
  readonly engine: ReplicationEngine
  /** What every act of the run is done as: with the session of the run, once it is held. */
  readonly act: () => Act
  /** Undefined while it is only planned. */
  readonly session: () => LinkSession | undefined
  readonly time: Time
  readonly shell: Shell
  readonly terminal: Terminal
  /** For the person who waits. */
  readonly say: (text: string) => void
}
