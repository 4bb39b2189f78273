import type { LinkTarget, ReplicationEngine, SalvageStore } from '../engines/engine.ts'
import type { GroupMoves } from '../core/offset-plan.ts'
import type { Time } from '../core/time.ts'
import type { ClampPlan } from '../links/clamp.ts'
import type { MirrorRecord } from '../links/records.ts'
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
  /** Which commits on stopped mirrors are to be moved, and where. */
  readonly planClamp: (
    stopped: readonly MirrorRecord[],
    groups: readonly string[],
    options: { readonly signal: AbortSignal; readonly needs: 'Read' },
  ) => Promise<ClampPlan>
  /**
   * Writes the way back of offsets on the destination, before any of them is moved, and says where it is. @throws GeorepError when it cannot be written: then
   * nothing is to be moved
   */
  readonly keepUndo: (act: 'clamp' | 'import', groups: readonly GroupMoves[]) => Promise<void>
  /** Where what never arrived is kept: a folder, or `topic:<name>`, as the runbook says. */
  readonly salvageTo: (said: string) => SalvageStore
  /** For the person who waits. */
  readonly say: (text: string) => void
}
