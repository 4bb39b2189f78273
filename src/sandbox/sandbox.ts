import { GeorepError } from '../core/errors.ts'
import { until, withDeadline } from '../core/time.ts'
import type { Report, SandboxDeps } from './deps.ts'
import { scopeOf } from './folders.ts'
import { resolveKafka } from './kafka.ts'
import { bootstrapOf, brokerFolder, hasData, markerOfBroker } from './broker-places.ts'
import { startCluster } from './launch.ts'
import { markOfEnvironment, textOfMarker } from './marker.ts'
import { signalProcess, type MarkedProcess, type ProcessSignal, type ProcessTable } from './process-table.ts'
import { configFile, type ClusterRecord, type SandboxRecord } from './record.ts'
import { endProcesses, processesOf, removeSandbox } from './remove.ts'

/** A broker is given this long to end by itself, as it would on a machine that is shut down. */
const shutdownMs = 10_000
/** The table of processes shows a stop some milliseconds after it was asked for. */
const pausedEveryMs = 5
const pausedTimeoutMs = 10_000

interface Options {
  readonly signal: AbortSignal
}

export type ClusterState = 'up' | 'down' | 'paused'

/**
 * When a signal was sent, on the monotonic clock: after `fromMs` and before `toMs`. From then on the kernel runs no code
 * of the process any more (SIGKILL, SIGSTOP); what it had given to the network before still arrives.
 */
export interface Injection {
  readonly fromMs: number
  readonly toMs: number
}

/** One cluster of a sandbox, and what can be done to its brokers. */
export interface SandboxCluster {
  readonly name: string
  readonly region: string
  readonly clusterId: string
  /** Of the PLAINTEXT listeners. */
  readonly bootstrap: readonly string[]
  /** Of the extra listeners, by name. */
  readonly listeners: Readonly<Record<string, readonly string[]>>
  /** What the brokers log. */
  readonly logFiles: readonly string[]
  readonly processes: () => Promise<readonly MarkedProcess[]>
  /** As the processes are: `down` when one is gone, `paused` when one is stopped. Not whether Kafka answers. */
  readonly state: () => Promise<ClusterState>
  /** SIGKILL, and waits until the processes are gone. */
  readonly kill: (options: Options) => Promise<Injection>
  /** SIGSTOP: alive for the network, and silent. */
  readonly pause: (options: Options) => Promise<Injection>
  readonly resume: (options: Options) => Promise<Injection>
  /** Ends the brokers, starts them on the same data and ports, and waits until the cluster answers. */
  readonly restart: (options: Options) => Promise<void>
}

/**
 * A sandbox: real Kafka clusters on this machine. Disposing of it takes it down, so that the one who keeps a sandbox
 * for good must not `await using` it.
 */
export interface Sandbox<Name extends string = string> extends AsyncDisposable {
  readonly name: string
  readonly folder: string
  /** A georep.yaml with the clusters in it. */
  readonly configFile: string
  readonly clusters: Readonly<Record<Name, SandboxCluster>>
  /**
   * What a process that is to go with the sandbox must have in its environment: `down` and a sweep end it too, however
   * georep itself ended. `role` says what it is for: lower case letters, digits and dashes.
   */
  readonly environmentFor: (role: string) => Readonly<Record<string, string>>
  /** Ends all processes, at once or after `graceMs`, and removes everything. Again is harmless. */
  readonly down: (options: Options & { readonly graceMs?: number }) => Promise<void>
}

/** The sandbox that a record tells of. */
export function sandboxOfRecord(record: SandboxRecord, deps: SandboxDeps): Sandbox {
  const down: Sandbox['down'] = async ({ signal, graceMs = 0 }) => {
    await removeSandbox(record, deps, { graceMs, signal })
  }
  return {
    name: record.name,
    folder: record.folder,
    configFile: configFile(record.name, deps),
    clusters: Object.fromEntries(record.clusters.map((cluster) => [cluster.name, clusterOf(record, cluster, deps)])),
    environmentFor: (role) => markOfEnvironment({ scope: scopeOf(deps), sandbox: record.name, id: record.id, role }),
    down,
    [Symbol.asyncDispose]: async () => {
      // Not the signal of what used it: that one may have been aborted, which is why it is taken down.
      await down({ signal: new AbortController().signal })
    },
  }
}

function clusterOf(record: SandboxRecord, cluster: ClusterRecord, deps: SandboxDeps): SandboxCluster {
  const roles = new Set(cluster.brokers.map((broker) => textOfMarker(markerOfBroker(record, cluster, broker, deps))))
  const processes = async (): Promise<readonly MarkedProcess[]> =>
    (await processesOf(record, deps)).filter(({ marker }) => roles.has(textOfMarker(marker)))
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
    if (fromMs === undefined || toMs === undefined) throw notRunning(record, cluster)
    return { sent: { fromMs, toMs }, to }
  }
  const untilPaused = async (isPaused: boolean, signal: AbortSignal): Promise<void> => {
    await until(async () => (await processes()).every((process) => process.isPaused === isPaused), {
      ...{ everyMs: pausedEveryMs, wait: deps.time.wait, signal: withDeadline(signal, pausedTimeoutMs) },
    })
  }
  const end = async (graceMs: number, signal: AbortSignal): Promise<void> => {
    await endProcesses(await processes(), deps, { graceMs, signal })
  }
  const names = Object.keys(cluster.brokers[0]?.ports ?? {})
  return {
    name: cluster.name,
    region: cluster.region,
    clusterId: cluster.clusterId,
    bootstrap: bootstrapOf(cluster),
    listeners: Object.fromEntries(
      names.map((name) => [name, cluster.brokers.map(({ ports }) => `127.0.0.1:${ports[name] ?? 0}`)]),
    ),
    logFiles: cluster.brokers.map((broker) => `${brokerFolder(record, cluster, broker)}/broker.log`),
    processes,
    state: async () => {
      const alive = await processes()
      if (alive.length < cluster.brokers.length) return 'down'
      return alive.some(({ isPaused }) => isPaused) ? 'paused' : 'up'
    },
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
    restart: async ({ signal }) => {
      if (!(await hasData(record, cluster))) throw dataGone(record, cluster)
      const kafka = await resolveKafka(deps, { report: silent, signal, version: record.kafkaVersion })
      await end(shutdownMs, signal)
      await startCluster(record, cluster, kafka, deps, { signal })
    },
  }
}

const silent: Report = () => undefined

function notRunning(record: SandboxRecord, cluster: ClusterRecord): GeorepError {
  return new GeorepError('failed', 'GR-SANDBOX-DOWN', `cluster "${cluster.name}" of sandbox "${record.name}" is down`, {
    next: `georep sandbox up --name ${record.name}`,
  })
}

function dataGone(record: SandboxRecord, cluster: ClusterRecord): GeorepError {
  return new GeorepError(
    'failed',
    'GR-SANDBOX-DATA',
    `the data of cluster "${cluster.name}" of sandbox "${record.name}" is gone from "${record.folder}"`,
    { next: `georep sandbox down --name ${record.name}` },
  )
}
