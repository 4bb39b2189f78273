import { GeorepError } from '../core/errors.ts'
import type { Report, SandboxDeps } from './deps.ts'
import { scopeOf } from './folders.ts'
import { resolveKafka } from './kafka.ts'
import { bootstrapOf, brokerFolder, hasData, markerOfBroker, wanBootstrapOf, wanListener } from './broker-places.ts'
import { type Controls, controlsOf } from './controls.ts'
import { connectOfRecord, type SandboxConnect } from './connect/handle.ts'
import { startBrokers } from './launch.ts'
import { markOfEnvironment, textOfMarker } from './marker.ts'
import type { MarkedProcess } from './process-table.ts'
import { type BrokerRecord, configFile, type ClusterRecord, type SandboxRecord } from './record.ts'
import { endProcesses, processesOf, removeSandbox } from './remove.ts'
import { secureFiles, type SecureFiles } from './secure/places.ts'
import { type SandboxWan, wanOfRecord } from './wan/handle.ts'

/** A broker is given this long to end by itself, as it would on a machine that is shut down. */
const shutdownMs = 10_000

interface Options {
  readonly signal: AbortSignal
}

/**
 * - up: all brokers run
 * - down: none does
 * - paused: all that run are stopped (SIGSTOP)
 * - degraded: some run, and others are gone or stopped
 */
export type ClusterState = 'up' | 'down' | 'paused' | 'degraded'
export type BrokerState = Exclude<ClusterState, 'degraded'>

/** One cluster of a sandbox, and what can be done to all its brokers at once. */
export interface SandboxCluster extends Controls {
  readonly name: string
  readonly region: string
  readonly clusterId: string
  readonly brokers: readonly SandboxBroker[]
  /** Of the PLAINTEXT listeners. */
  readonly bootstrap: readonly string[]
  /** From another region, over the WAN; empty without one. */
  readonly wanBootstrap: readonly string[]
  /** Of the extra listeners, by name. */
  readonly listeners: Readonly<Record<string, readonly string[]>>
  /** What the brokers log. */
  readonly logFiles: readonly string[]
  /** As the processes are. Not whether Kafka answers. */
  readonly state: () => Promise<ClusterState>
  /** Continues what is stopped, starts what is gone on its data and ports, and waits until the cluster answers. */
  readonly start: (options: Options) => Promise<void>
  /** Ends the brokers, then as `start`. */
  readonly restart: (options: Options) => Promise<void>
}

export interface SandboxBroker extends Controls {
  readonly nodeId: number
  readonly state: () => Promise<BrokerState>
}

/**
 * A sandbox: real Kafka clusters on this machine. Disposing of it takes it down, so that the one who keeps a sandbox
 * for good must not `await using` it.
 */
export interface Sandbox<Name extends string = string> extends AsyncDisposable {
  readonly name: string
  readonly folder: string
  /** A georep.yaml with the clusters in it, as they are reached from the last of them. */
  readonly configFile: string
  readonly clusters: Readonly<Record<Name, SandboxCluster>>
  readonly wan: SandboxWan | undefined
  readonly connect: SandboxConnect | undefined
  /** Where the secrets are, of a sandbox with TLS, SCRAM and an authorizer. */
  readonly secure: SecureFiles | undefined
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
    wan: wanOfRecord(record, deps),
    connect: connectOfRecord(record, deps),
    secure: record.isSecure === true ? secureFiles(record) : undefined,
    environmentFor: (role) => markOfEnvironment({ scope: scopeOf(deps), sandbox: record.name, id: record.id, role }),
    down,
    [Symbol.asyncDispose]: async () => {
      // Not the signal of what used it: that one may have been aborted, which is why it is taken down.
      await down({ signal: new AbortController().signal })
    },
  }
}

function clusterOf(record: SandboxRecord, cluster: ClusterRecord, deps: SandboxDeps): SandboxCluster {
  const markOf = (broker: BrokerRecord): string => textOfMarker(markerOfBroker(record, cluster, broker, deps))
  const processesOfBrokers = async (brokers: readonly BrokerRecord[]): Promise<readonly MarkedProcess[]> => {
    const marks = new Set(brokers.map(markOf))
    return (await processesOf(record, deps)).filter(({ marker }) => marks.has(textOfMarker(marker)))
  }
  const processes = async (): Promise<readonly MarkedProcess[]> => await processesOfBrokers(cluster.brokers)
  const controls = controlsOf(processes, deps, () => notRunning(record, cluster))
  const names = Object.keys(cluster.brokers[0]?.ports ?? {}).filter((name) => name !== wanListener)
  const start = async ({ signal }: Options): Promise<void> => {
    if (!(await hasData(record, cluster))) throw dataGone(record, cluster)
    const kafka = await resolveKafka(deps, { report: silent, signal, version: record.kafkaVersion })
    const alive = await processes()
    if (alive.some(({ isPaused }) => isPaused)) await controls.resume({ signal })
    const running = new Set(alive.map(({ marker }) => textOfMarker(marker)))
    const missing = cluster.brokers.filter((broker) => !running.has(markOf(broker)))
    await startBrokers(record, cluster, missing, kafka, deps, { signal })
  }
  return {
    ...controls,
    name: cluster.name,
    region: cluster.region,
    clusterId: cluster.clusterId,
    brokers: cluster.brokers.map((broker) => {
      const own = async (): Promise<readonly MarkedProcess[]> => await processesOfBrokers([broker])
      return {
        ...controlsOf(own, deps, () => notRunning(record, cluster, broker)),
        nodeId: broker.nodeId,
        state: async () => {
          const [process] = await own()
          return process === undefined ? 'down' : process.isPaused ? 'paused' : 'up'
        },
      }
    }),
    bootstrap: bootstrapOf(cluster),
    wanBootstrap: wanBootstrapOf(cluster),
    listeners: Object.fromEntries(
      names.map((name) => [name, cluster.brokers.map(({ ports }) => `127.0.0.1:${ports[name] ?? 0}`)]),
    ),
    logFiles: cluster.brokers.map((broker) => `${brokerFolder(record, cluster, broker)}/broker.log`),
    state: async () => {
      const alive = await processes()
      const paused = alive.filter(({ isPaused }) => isPaused).length
      if (alive.length === 0) return 'down'
      if (paused === alive.length) return 'paused'
      return alive.length === cluster.brokers.length && paused === 0 ? 'up' : 'degraded'
    },
    start,
    restart: async ({ signal }) => {
      if (!(await hasData(record, cluster))) throw dataGone(record, cluster)
      await endProcesses(await processes(), deps, { graceMs: shutdownMs, signal })
      await start({ signal })
    },
  }
}

const silent: Report = () => undefined

function notRunning(record: SandboxRecord, cluster: ClusterRecord, broker?: BrokerRecord): GeorepError {
  const what = `${broker === undefined ? '' : `broker ${broker.nodeId} of `}cluster "${cluster.name}"`
  return new GeorepError('failed', 'GR-SANDBOX-DOWN', `${what} of sandbox "${record.name}" is down`, {
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
