import { spawn, type ChildProcess } from 'node:child_process'
import { GeorepError } from '../../core/errors.ts'
import { orAborted, until, withDeadline } from '../../core/time.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Context } from '../context.ts'
import { sandboxLink } from './sandbox-link.ts'

const runnerStartMs = 20_000
const pauseMs = 30_000
const lookEveryMs = 100

interface Cancel {
  readonly signal: AbortSignal
}

/** What carries the link of a drill in a sandbox. */
export interface Carrier {
  /** SIGKILL: a runner, or one of the workers of Kafka Connect. */
  readonly kill: (options: Cancel) => Promise<void>
  /** Keeps it from carrying anything … */
  readonly freeze: (options: Cancel) => Promise<void>
  /** … until the mirrors are open: what it had under way it may try to write then. */
  readonly thaw: (options: Cancel) => Promise<void>
}

/** A process of its own, which is stopped and continued by signals. */
export async function startRunner(sandbox: Sandbox, groupsEveryMs: number, context: Context): Promise<Carrier> {
  const runner = await spawnRunner(sandbox, groupsEveryMs, context)
  const send = async (what: NodeJS.Signals): Promise<void> => {
    if (runner.pid !== undefined && runner.exitCode === null && runner.signalCode === null) context.kill(runner.pid, what) // prettier-ignore
    await Promise.resolve()
  }
  return {
    kill: async () => { await send('SIGKILL') },
    freeze: async () => { await send('SIGSTOP') },
    thaw: async () => { await send('SIGCONT') },
  } // prettier-ignore
}

/**
 * Workers of Kafka Connect, which the sandbox has. A worker that is frozen could not be told to stop the mirrors: its connector is paused instead, and a
 * failover ends that.
 */
export function connectCarrier(sandbox: Sandbox, { link, connect, state }: LinkTarget): Carrier {
  if (link.engine !== 'mm2' || connect === undefined)
    throw new TypeError(`Kafka Connect does not carry link "${link.name}"`)
  const { source } = link.mm2.connectors
  return {
    kill: async (options) => {
      // Not the first, which is the one that georep.yaml names: the failover could tell nobody to stop.
      await sandbox.connect?.workers.at(-1)?.kill(options)
    },
    freeze: async ({ signal }) => {
      await connect.pause(source, { signal })
      // Connect has written it down; its tasks carry on until they say so, too.
      const isPaused = async (): Promise<boolean> => {
        const status = await connect.status(source, { signal })
        return status?.connector.state === 'PAUSED' && status.tasks.every((task) => task.state === 'PAUSED')
      }
      await until(isPaused, { everyMs: lookEveryMs, wait: state.cluster.wait, signal: withDeadline(signal, pauseMs) })
    },
    thaw: async () => {
      await Promise.resolve()
    },
  }
}

/** The link's runner, as an operator would start it. It carries the sandbox's mark, so that it goes with the sandbox however georep ends. */
async function spawnRunner(sandbox: Sandbox, groupsEveryMs: number, context: Context): Promise<ChildProcess> {
  const [command = '', ...script] = context.self
  const child = spawn(
    command,
    [...script, '--config', sandbox.configFile, 'link', 'run', sandboxLink, '--groups-interval', `${groupsEveryMs}ms`],
    {
      env: { ...context.env, ...sandbox.environmentFor('runner') },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    },
  )
  let said = ''
  const running = new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000)
      if (said.includes('is running')) resolve()
    })
    child.once('error', reject)
    // Not when it exits: what it has said last comes after that.
    child.once('close', (code) => {
      reject(
        new GeorepError(
          'failed',
          'GR-RUNNER-ENDED',
          `the runner of the drill ended with ${String(code)} before it was at work`,
          {
            stateNow: said.trim(),
          },
        ),
      )
    })
  })
  running.catch(() => undefined)
  await orAborted(running, withDeadline(context.signal, runnerStartMs))
  // From here on it must not keep this process alive, whatever it says.
  child.unref()
  return child
}
