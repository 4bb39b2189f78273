import { linuxProcesses } from './linux-processes.ts'
import type { ProcessTable } from './process-table.ts'
import { psProcesses } from './ps-processes.ts'

/** The table of processes of this machine. */
export function systemProcesses(platform: string, kill: ProcessTable['kill']): ProcessTable {
  return platform === 'linux' ? linuxProcesses(kill) : psProcesses(kill)
}
