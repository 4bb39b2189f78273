import type { Marker } from './marker.ts'

/** One process, and not another that was given its number later. */
export interface ProcessIdentity {
  readonly pid: number
  /** Text that differs between two processes of the same number. */
  readonly startedAt: string
}

export interface MarkedProcess extends ProcessIdentity {
  readonly marker: Marker
  /** Stopped by SIGSTOP. */
  readonly isPaused: boolean
}

export type ProcessSignal = 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'

/** The processes of this machine. A zombie counts as gone: it has ended, and only its parent can remove it. */
export interface ProcessTable {
  /** Undefined when there is no such process. */
  readonly startedAt: (pid: number) => Promise<string | undefined>
  /** Processes that carry a marker, see `markOfJvm` and `markOfEnvironment`. */
  readonly marked: () => Promise<readonly MarkedProcess[]>
  /** Throws as `process.kill` does. */
  readonly kill: (pid: number, signal: ProcessSignal) => void
}

export async function isAlive(process: ProcessIdentity, table: Pick<ProcessTable, 'startedAt'>): Promise<boolean> {
  return (await table.startedAt(process.pid)) === process.startedAt
}

/** Signals that very process; false when it is gone, be its number in use again or not. */
export async function signalProcess(
  process: ProcessIdentity,
  signal: ProcessSignal,
  table: Pick<ProcessTable, 'startedAt' | 'kill'>,
): Promise<boolean> {
  if (!(await isAlive(process, table))) return false
  try {
    table.kill(process.pid, signal)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
