import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import { isAborted, withDeadline } from '../../core/time.ts'
import { markerOfWan, wanListener } from '../broker-places.ts'
import { type Controls, controlsOf, type Injection } from '../controls.ts'
import type { SandboxDeps } from '../deps.ts'
import { markOfEnvironment, textOfMarker } from '../marker.ts'
import type { MarkedProcess } from '../process-table.ts'
import type { SandboxRecord, WanRecord } from '../record.ts'
import { endProcesses, processesOf } from '../remove.ts'
import { lastLines } from '../run-command.ts'
import type { Route, WanShape } from './proxy.ts'
import { writeOrder } from './shape-order.ts'

const readyTimeoutMs = 20_000
const readyEveryMs = 25
const reshapeTimeoutMs = 10_000
const reshapedEveryMs = 5

interface Options {
  readonly signal: AbortSignal
}

/** The network between the two regions of a sandbox: a process of its own, which is stopped to cut it. */
export interface SandboxWan extends WanRecord {
  readonly processes: Controls['processes']
  readonly state: () => Promise<'up' | 'cut' | 'down'>
  /**
   * No byte passes any more, either way, and nobody is told: connections hang, and new ones are taken by the kernel and get no answer. It is not
   * noticed before a time-out, as when a cable is cut.
   */
  readonly cut: (options: Options) => Promise<Injection>
  /** What was under way arrives, and connections that their ends did not give up go on. */
  readonly heal: (options: Options) => Promise<Injection>
  /**
   * Becomes another network for all that is sent from then on, until it is started anew.
   *
   * @throws GeorepError "timedOut" when its process does not say that it has
   */
  readonly reshape: (shape: WanShape, options: Options) => Promise<Injection>
  /** Starts it where it is gone, and heals it where it is cut. */
  readonly start: (options: Options) => Promise<void>
}

/** Undefined for a sandbox without one. */
export function wanOfRecord(record: SandboxRecord, deps: SandboxDeps): SandboxWan | undefined {
  if (record.wan === undefined) return undefined
  const mark = textOfMarker(markerOfWan(record, deps))
  const processes = async (): Promise<readonly MarkedProcess[]> =>
    (await processesOf(record, deps)).filter(({ marker }) => textOfMarker(marker) === mark)
  const { pause, resume } = controlsOf(processes, deps, () => notRunning(record))
  return {
    ...record.wan,
    processes,
    state: async () => {
      const [process] = await processes()
      return process === undefined ? 'down' : process.isPaused ? 'cut' : 'up'
    },
    cut: pause,
    heal: resume,
    reshape: async (shape, { signal }) => {
      if ((await processes()).length === 0) throw notRunning(record)
      const order = { ...shape, id: deps.newId() }
      const deadline = withDeadline(signal, reshapeTimeoutMs)
      const fromMs = deps.time.monotonic()
      await writeOrder(record.folder, order)
      while (!(await readFile(outputFile(record), 'utf8')).split('\n').includes(order.id)) {
        signal.throwIfAborted()
        if (isAborted(deadline)) throw notReshaped(record)
        await deps.time.wait(reshapedEveryMs, deadline).catch(() => undefined)
      }
      return { fromMs, toMs: deps.time.monotonic() }
    },
    start: async ({ signal }) => {
      const alive = await processes()
      if (alive.length === 0) await startWan(record, deps, { signal })
      else if (alive.some(({ isPaused }) => isPaused)) await resume({ signal })
    },
  }
}

/** What the process of the WAN carries, and where to. */
export function routesOf({ clusters }: Pick<SandboxRecord, 'clusters'>): readonly Route[] {
  return clusters.flatMap(({ brokers }, index) =>
    brokers.flatMap(({ ports, wanPort }): Route[] => {
      const port = ports[wanListener]
      return port === undefined || wanPort === undefined
        ? []
        : [{ listenPort: wanPort, port, region: index === 0 ? 0 : 1 }]
    }),
  )
}

/**
 * Starts the process, with the sandbox's mark, and returns when it takes connections.
 *
 * @throws GeorepError when it ends, or takes none in time; then it is gone
 */
export async function startWan(record: SandboxRecord, deps: SandboxDeps, { signal }: Options): Promise<void> {
  const [command = '', ...script] = deps.self
  const file = outputFile(record)
  const output = openSync(file, 'a')
  const child = { hasEnded: false }
  try {
    const started = spawn(command, [...script, 'sandbox', 'wan', '--name', record.name], {
      env: { ...deps.env, ...markOfEnvironment(markerOfWan(record, deps)) },
      cwd: record.folder,
      detached: true,
      stdio: ['ignore', output, output],
    })
    started.once('error', () => (child.hasEnded = true))
    started.once('exit', () => (child.hasEnded = true))
    started.unref()
  } finally {
    closeSync(output)
  }
  const deadline = withDeadline(signal, readyTimeoutMs)
  const isReady = async (): Promise<boolean> =>
    (await Promise.all(routesOf(record).map(async ({ listenPort }) => await takesConnections(listenPort)))).every(
      Boolean,
    )
  while (!(await isReady())) {
    signal.throwIfAborted()
    if (child.hasEnded || isAborted(deadline)) {
      const said = lastLines(await readFile(file, 'utf8').catch(() => ''), 12)
      const mark = textOfMarker(markerOfWan(record, deps))
      const left = (await processesOf(record, deps)).filter(({ marker }) => textOfMarker(marker) === mark)
      await endProcesses(left, deps, { graceMs: 0, signal })
      throw notStarted(record, said)
    }
    await deps.time.wait(readyEveryMs, deadline).catch(() => undefined)
  }
}

function outputFile({ folder }: SandboxRecord): string {
  return join(folder, 'wan.out')
}

async function takesConnections(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => { socket.destroy(); resolve(true) }) // prettier-ignore
    socket.once('error', () => { resolve(false) }) // prettier-ignore
  })
}

function notRunning({ name }: SandboxRecord): GeorepError {
  return new GeorepError('failed', 'GR-SANDBOX-DOWN', `the WAN of sandbox "${name}" is down`, {
    next: `georep sandbox up --name ${name}`,
  })
}

function notReshaped({ name }: SandboxRecord): GeorepError {
  return new GeorepError('timedOut', 'GR-SANDBOX-WAN', `the WAN of sandbox "${name}" does not do as it is told`, {
    next: `georep sandbox status --name ${name}`,
  })
}

function notStarted({ name }: SandboxRecord, said: string): GeorepError {
  return new GeorepError('failed', 'GR-SANDBOX-START', `the WAN of sandbox "${name}" did not start`, {
    ...(said === '' ? {} : { stateNow: said }),
    next: 'look at what it said above, then try again',
  })
}
