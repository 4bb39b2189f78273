import { rm } from 'node:fs/promises'
import { GeorepError } from '../core/errors.ts'
import { withDeadline } from '../core/time.ts'
import type { SandboxDeps } from './deps.ts'
import { scopeOf } from './folders.ts'
import { isAlive, signalProcess, type MarkedProcess, type ProcessIdentity } from './process-table.ts'
import { removeRecord, type SandboxRecord } from './record.ts'

const goneEveryMs = 10
/** A process in an uninterruptible wait may take this long to obey SIGKILL. */
const killTimeoutMs = 15_000

export interface RemoveOptions {
  /** How long processes may take to end by themselves after SIGTERM; zero for SIGKILL at once. */
  readonly graceMs: number
  readonly signal: AbortSignal
}

/**
 * Ends every process of a sandbox, waits until they are gone, and removes its folder and its record, in that order: as
 * long as anything is left the record tells of it.
 */
export async function removeSandbox(record: SandboxRecord, deps: SandboxDeps, options: RemoveOptions): Promise<void> {
  // Again until there is none: one may have been starting another when it was ended.
  for (let graceMs = options.graceMs; ; graceMs = 0) {
    const processes = await processesOf(record, deps)
    if (processes.length === 0) break
    await endProcesses(processes, deps, { ...options, graceMs })
  }
  await rm(record.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  await removeRecord(record, deps)
}

export async function processesOf(record: SandboxRecord, deps: SandboxDeps): Promise<readonly MarkedProcess[]> {
  const scope = scopeOf(deps)
  return (await deps.processes.marked()).filter(
    ({ marker }) => marker.scope === scope && marker.sandbox === record.name && marker.id === record.id,
  )
}

/**
 * Ends processes and waits until they are gone. A number that meanwhile belongs to another process is left alone.
 *
 * @throws GeorepError when one is there still some seconds after SIGKILL
 */
export async function endProcesses(
  processes: readonly ProcessIdentity[],
  deps: Pick<SandboxDeps, 'processes' | 'time'>,
  { graceMs, signal }: RemoveOptions,
): Promise<void> {
  if (graceMs > 0) {
    for (const process of processes) {
      await signalProcess(process, 'SIGTERM', deps.processes)
      await signalProcess(process, 'SIGCONT', deps.processes) // a stopped one would not hear of it
    }
    if (await areGone(processes, deps, graceMs, signal)) return
  }
  for (const process of processes) await signalProcess(process, 'SIGKILL', deps.processes)
  if (await areGone(processes, deps, killTimeoutMs, signal)) return
  const pids = processes.map(({ pid }) => pid).join(', ')
  throw new GeorepError('failed', 'GR-SANDBOX-PROCESS', `processes ${pids} of the sandbox do not end`, {
    next: `kill -9 ${processes.map(({ pid }) => pid).join(' ')}`,
  })
}

async function areGone(
  processes: readonly ProcessIdentity[],
  deps: Pick<SandboxDeps, 'processes' | 'time'>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = withDeadline(signal, timeoutMs)
  for (;;) {
    const alive = await Promise.all(processes.map(async (process) => await isAlive(process, deps.processes)))
    if (!alive.includes(true)) return true
    try {
      await deps.time.wait(goneEveryMs, deadline)
    } catch {
      signal.throwIfAborted()
      return false
    }
  }
}
