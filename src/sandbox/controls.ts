import type { GeorepError } from '../core/errors.ts'
import { until, withDeadline } from '../core/time.ts'
import type { SandboxDeps } from './deps.ts'
import { signalProcess, type MarkedProcess, type ProcessSignal, type ProcessTable } from './process-table.ts'
import { endProcesses } from './remove.ts'

/** The table of processes shows a stop some milliseconds after it was asked for. */
const pausedEveryMs = 5
const pausedTimeoutMs = 10_000

interface Options {
  readonly signal: AbortSignal
}

/**
 * When a signal was sent, on the monotonic clock: after `fromMs` and before `toMs`. From then on the kernel runs no code
 * of the process any more (SIGKILL, SIGSTOP); what it had given to the network before still arrives.
 */
export interface Injection {
  readonly fromMs: number
  readonly toMs: number
}

/** What can be done to some processes of a sandbox. Each throws when none of them is there. */
export interface Controls {
  readonly processes: () => Promise<readonly MarkedProcess[]>
  /** SIGKILL, and waits until the processes are gone. */
  readonly kill: (options: Options) => Promise<Injection>
  /** SIGSTOP: alive for the network, and silent. */
  readonly pause: (options: Options) => Promise<Injection>
  readonly resume: (options: Options) => Promise<Injection>
}

/** @param notRunning what is thrown when none of the processes is there */
export function controlsOf(
  processes: Controls['processes'],
  deps: Pick<SandboxDeps, 'processes' | 'time'>,
  notRunning: () => GeorepError,
): Controls {
  const send = async (signal: ProcessSignal): Promise<{ sent: Injection; to: readonly MarkedProcess[] }> => {
    const to = await processes()
    const at: number[] = []
    const kill: ProcessTable['kill'] = (...args) => {
      at.push(deps.time.monotonic())
      deps.processes.kill(...args)
      at.push(deps.time.monotonic())
    }
    for (const process of to) await signalProcess(process, signal, { ...deps.processes, kill })
    const [fromMs] = at
    const toMs = at.at(-1)
    if (fromMs === undefined || toMs === undefined) throw notRunning()
    return { sent: { fromMs, toMs }, to }
  }
  const untilPaused = async (isPaused: boolean, signal: AbortSignal): Promise<void> => {
    await until(async () => (await processes()).every((process) => process.isPaused === isPaused), {
      ...{ everyMs: pausedEveryMs, wait: deps.time.wait, signal: withDeadline(signal, pausedTimeoutMs) },
    })
  }
  return {
    processes,
    kill: async ({ signal }) => {
      const { sent, to } = await send('SIGKILL')
      await endProcesses(to, deps, { graceMs: 0, signal })
      return sent
    },
    pause: async ({ signal }) => {
      const { sent } = await send('SIGSTOP')
      await untilPaused(true, signal)
      return sent
    },
    resume: async ({ signal }) => {
      const { sent } = await send('SIGCONT')
      await untilPaused(false, signal)
      return sent
    },
  }
}
