import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import { type Controls, controlsOf } from '../controls.ts'
import type { SandboxDeps } from '../deps.ts'
import { resolveKafka } from '../kafka.ts'
import { textOfMarker } from '../marker.ts'
import type { MarkedProcess } from '../process-table.ts'
import type { SandboxRecord, WorkerRecord } from '../record.ts'
import { endProcesses, processesOf } from '../remove.ts'
import { startWorkers } from './launch.ts'
import { clusterOfConnect, jvmOfWorker } from './places.ts'
import { urlOf } from './worker-files.ts'

/** A worker is given this long to end by itself: it stops its tasks, and leaves the group. */
const shutdownMs = 15_000

interface Options {
  readonly signal: AbortSignal
}

export type WorkerState = 'up' | 'down' | 'paused'

/** Kafka Connect beside the last cluster of a sandbox. */
export interface SandboxConnect {
  /** The name of that cluster. */
  readonly cluster: string
  /** Whether `exactly.once.source.support` is enabled. */
  readonly isExactlyOnce: boolean
  readonly workers: readonly SandboxWorker[]
  /** Continues what is stopped, starts what is gone, and waits until all answer. */
  readonly start: (options: Options) => Promise<void>
}

export interface SandboxWorker extends Controls {
  /** From 1. */
  readonly id: number
  /** Of its REST interface; every worker answers for all of them. */
  readonly url: string
  readonly logFile: string
  /** As the process is. Not whether it answers. */
  readonly state: () => Promise<WorkerState>
  /** SIGTERM, as an operator would: what it carries goes to the other workers at once. Waits until it is gone. */
  readonly stop: (options: Options) => Promise<void>
  /** Continues it where it is stopped, starts it on its files and its port where it is gone, and waits until it answers and is in the group. */
  readonly start: (options: Options) => Promise<void>
  /** `stop` where it is there, then `start`. */
  readonly restart: (options: Options) => Promise<void>
}

/** Undefined for a sandbox without one. */
export function connectOfRecord(record: SandboxRecord, deps: SandboxDeps): SandboxConnect | undefined {
  const { connect } = record
  if (connect === undefined) return undefined
  const processes = async ({ id }: WorkerRecord): Promise<readonly MarkedProcess[]> => {
    const mark = textOfMarker(jvmOfWorker(record, { id, port: 0 }, deps).marker)
    return (await processesOf(record, deps)).filter(({ marker }) => textOfMarker(marker) === mark)
  }
  const start = async (workers: readonly WorkerRecord[], { signal }: Options): Promise<void> => {
    const files = workers.map((worker) => join(jvmOfWorker(record, worker, deps).folder, 'worker.properties'))
    for (const file of files) await access(file).catch(() => { throw filesGone(record) }) // prettier-ignore
    const missing: WorkerRecord[] = []
    for (const worker of workers) {
      const alive = await processes(worker)
      if (alive.length === 0) missing.push(worker)
      if (alive.some(({ isPaused }) => isPaused)) await controls(worker).resume({ signal })
    }
    const kafka = await resolveKafka(deps, { report: () => undefined, signal, version: record.kafkaVersion })
    await startWorkers(record, missing, kafka, deps, { signal })
  }
  const controls = (worker: WorkerRecord): Controls =>
    controlsOf(
      async () => await processes(worker),
      deps,
      () => notRunning(record, worker),
    )
  const workerOf = (worker: WorkerRecord): SandboxWorker => ({
    ...controls(worker),
    id: worker.id,
    url: urlOf(worker),
    logFile: join(jvmOfWorker(record, worker, deps).folder, 'worker.log'),
    state: async () => {
      const [process] = await processes(worker)
      return process === undefined ? 'down' : process.isPaused ? 'paused' : 'up'
    },
    stop: async ({ signal }) => {
      const alive = await processes(worker)
      if (alive.length === 0) throw notRunning(record, worker)
      await endProcesses(alive, deps, { graceMs: shutdownMs, signal })
    },
    start: async (options) => {
      await start([worker], options)
    },
    restart: async ({ signal }) => {
      await endProcesses(await processes(worker), deps, { graceMs: shutdownMs, signal })
      await start([worker], { signal })
    },
  })
  return {
    cluster: clusterOfConnect(record).name,
    isExactlyOnce: connect.isExactlyOnce,
    workers: connect.workers.map(workerOf),
    start: async (options) => {
      await start(connect.workers, options)
    },
  }
}

function notRunning({ name }: SandboxRecord, { id }: WorkerRecord): GeorepError {
  return new GeorepError('failed', 'GR-SANDBOX-DOWN', `Connect worker ${id} of sandbox "${name}" is down`, {
    next: `georep sandbox up --name ${name}`,
  })
}

function filesGone({ name, folder }: SandboxRecord): GeorepError {
  return new GeorepError(
    'failed',
    'GR-SANDBOX-DATA',
    `the settings of the Connect workers of sandbox "${name}" are gone from "${folder}"`,
    { next: `georep sandbox down --name ${name}` },
  )
}
