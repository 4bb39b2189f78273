import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { GeorepError } from '../core/errors.ts'
import { anySignal } from '../core/time.ts'
import type { ExtraListener } from './broker-files.ts'
import type { Report, SandboxDeps } from './deps.ts'
import { bootstrapOf, wanBootstrapOf, wanListener } from './broker-places.ts'
import type { Kafka } from './jvm.ts'
import { startNewConnect } from './connect/launch.ts'
import { clusterOfConnect } from './connect/places.ts'
import { restEntry } from './connect/rest-access.ts'
import { urlOf } from './connect/worker-files.ts'
import { startNewCluster } from './launch.ts'
import { isSandboxName } from './name.ts'
import { freePorts } from './ports.ts'
import {
  claimRecord,
  configFile,
  type ConnectRecord,
  folderName,
  replaceRecord,
  type SandboxRecord,
  type WanRecord,
} from './record.ts'
import { removeSandbox } from './remove.ts'
import { sandboxOfRecord, type Sandbox } from './sandbox.ts'
import { entriesOf } from './secure/access.ts'
import { clientListener, internalListener, secureProperties } from './secure/broker-properties.ts'
import { grantWorkers } from './secure/grant.ts'
import { makeSecrets } from './secure/make.ts'
import { startWan } from './wan/handle.ts'

const attempts = 3

export interface ClusterOptions<Name extends string = string> {
  readonly name: Name
  readonly region: string
  /** Default 1. Of three, one may be lost: topics have three replicas, two of them in sync. */
  readonly brokers?: number
  /** Settings of the brokers, by Kafka's names; they win over the sandbox's own. */
  readonly properties?: Readonly<Record<string, string>>
  readonly listeners?: readonly ExtraListener[]
  /** Further options of the JVM; of two that contradict each other the later wins. */
  readonly jvmOptions?: readonly string[]
}

export interface ConnectOptions {
  readonly workers: number
  readonly isExactlyOnce: boolean
  /** As those of a cluster. */
  readonly jvmOptions?: readonly string[]
}

export interface SandboxOptions<Name extends string = string> {
  readonly name: string
  readonly clusters: readonly ClusterOptions<Name>[]
  /** TLS, SCRAM and an authorizer, which lets georep do nothing until it is granted. */
  readonly isSecure?: boolean
  /** What lies between two clusters; undefined for nothing. */
  readonly wan?: WanRecord | undefined
  /** Kafka Connect, attached to the last cluster; undefined for none. */
  readonly connect?: ConnectOptions | undefined
  /**
   * Whether the sandbox goes when the calling process has gone, be it by SIGKILL: the next sweep removes it then.
   * Otherwise it stays until it is taken down.
   */
  readonly isOwned: boolean
  readonly report: Report
}

/**
 * Starts a sandbox with a Kafka at hand, and without a sweep before: see `upSandbox`. When somebody else takes a port between its being found free and
 * the broker's start, as another sandbox that starts at the same time may, it is started again on others.
 */
export async function startSandbox<Name extends string>(
  options: SandboxOptions<Name>,
  kafka: Kafka,
  deps: SandboxDeps,
  within: { readonly signal: AbortSignal },
): Promise<Sandbox<Name>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options, kafka, deps, within)
    } catch (error) {
      if (!(error instanceof GeorepError && error.code === 'GR-SANDBOX-PORT') || attempt === attempts) throw error
      options.report('another process took a port: starting again on others')
    }
  }
}

async function startOnce<Name extends string>(
  options: SandboxOptions<Name>,
  kafka: Kafka,
  deps: SandboxDeps,
  { signal }: { readonly signal: AbortSignal },
): Promise<Sandbox<Name>> {
  const { platform } = deps
  if (platform === 'win32') {
    throw new GeorepError('unsupported', 'GR-SANDBOX-PLATFORM', 'a sandbox needs the signals of a Unix system', {
      next: 'use Linux, macOS or the Windows Subsystem for Linux',
    })
  }
  const startedAt = await deps.processes.startedAt(deps.pid)
  if (startedAt === undefined) throw new Error(`process ${deps.pid} is not in the table of processes`)
  const owner = { pid: deps.pid, startedAt }
  // The one who starts it owns it until it is up: a start that was killed is swept as well.
  const record = { ...(await newRecord(options, kafka, deps)), owner }
  if (!(await claimRecord(record, deps))) throw taken(record.name)
  try {
    await mkdir(record.folder, { mode: 0o700 })
    options.report(
      `starting ${record.clusters.map(({ name }) => `"${name}"`).join(' and ')} (Kafka ${record.kafkaVersion})`,
    )
    if (record.isSecure === true) await makeSecrets(record, kafka.java, deps, { signal })
    await startAll(record, options, kafka, deps, signal)
    await writeFile(configFile(record.name, deps), configText(record), { mode: 0o600 })
    if (!options.isOwned) await replaceRecord({ ...record, owner: null }, deps)
  } catch (error) {
    await removeSandbox(record, deps, { graceMs: 0, signal: new AbortController().signal })
    throw error
  }
  return sandboxOfRecord(record, deps)
}

/** Ends only when no cluster is being started any more: what is removed after a failure must not come back. */
async function startAll(
  record: SandboxRecord,
  options: SandboxOptions,
  kafka: Kafka,
  deps: SandboxDeps,
  signal: AbortSignal,
): Promise<void> {
  const oneFailed = new AbortController()
  const starts = record.clusters.map(async (cluster, index) => {
    const given = options.clusters[index]
    const listeners = given === undefined ? [] : listenersOf(given, options)
    const clients = [
      clientListener,
      ...listeners.filter(({ protocol }) => protocol === 'SASL_SSL').map(({ name }) => name),
    ]
    const secure = record.isSecure === true ? await secureProperties(record, clients) : {}
    const extras = { properties: { ...secure, ...given?.properties }, listeners }
    const both = anySignal(signal, oneFailed.signal)
    await startNewCluster(record, cluster, extras, kafka, deps, { signal: both })
    if (record.connect === undefined || cluster !== clusterOfConnect(record)) return
    options.report(`starting Kafka Connect beside "${cluster.name}"`)
    if (record.isSecure === true) {
      await grantWorkers(sandboxOfRecord(record, deps), cluster.name, { time: deps.time, signal: both })
    }
    await startNewConnect(record, record.connect, kafka, deps, { signal: both })
  })
  const wan = record.wan === undefined ? [] : [startWan(record, deps, { signal: anySignal(signal, oneFailed.signal) })] // prettier-ignore
  await Promise.allSettled(
    [...starts, ...wan].map(async (start) => {
      await start.catch((error: unknown) => { oneFailed.abort(error) }) // prettier-ignore
    }),
  )
  signal.throwIfAborted()
  if (oneFailed.signal.aborted) throw oneFailed.signal.reason
}

/** A cluster's listeners beside PLAINTEXT. */
function listenersOf(
  { listeners = [] }: ClusterOptions,
  { wan, isSecure }: Pick<SandboxOptions, 'wan' | 'isSecure'>,
): readonly ExtraListener[] {
  return [
    ...listeners,
    ...(isSecure === true ? [{ name: internalListener, protocol: 'SSL' } as const] : []),
    ...(wan === undefined
      ? []
      : [{ name: wanListener, protocol: isSecure === true ? 'SASL_SSL' : 'PLAINTEXT' } as const]),
  ]
}

/**
 * The georep.yaml of a sandbox. It says how each cluster is reached from where georep runs, and that is beside the last cluster, the destination: the
 * others are on the far side of the WAN.
 */
export function configText(
  record: Pick<SandboxRecord, 'clusters' | 'wan' | 'connect' | 'folder' | 'isSecure'>,
): string {
  const clusters = record.clusters.map((cluster, index) => {
    const isFar = record.wan !== undefined && index < record.clusters.length - 1
    const bootstrap = isFar ? wanBootstrapOf(cluster) : bootstrapOf(cluster)
    const [worker] = cluster === clusterOfConnect(record) ? (record.connect?.workers ?? []) : []
    const connect = worker === undefined ? {} : { connect: { url: urlOf(worker), ...restEntry(record) } }
    return [cluster.name, { bootstrap, region: cluster.region, ...entriesOf(record), ...connect }]
  })
  return stringify({ clusters: Object.fromEntries(clusters) as unknown })
}

async function newRecord(options: SandboxOptions, kafka: Kafka, deps: SandboxDeps): Promise<SandboxRecord> {
  const id = deps.newId()
  const names = [options.name, ...options.clusters.map(({ name }) => name)]
  for (const name of names) if (!isSandboxName(name)) throw new Error(`"${name}" cannot be a name in a sandbox`)
  const { wan, connect } = options
  if (wan !== undefined && options.clusters.length !== 2) throw new Error('a WAN lies between two clusters')
  const perCluster = options.clusters.map((cluster) => {
    return (cluster.brokers ?? 1) * (2 + listenersOf(cluster, options).length + (wan === undefined ? 0 : 1))
  })
  const needed = perCluster.reduce((sum, count) => sum + count, connect?.workers ?? 0)
  const ports = [...(await freePorts(needed, () => randomOf(deps.newId())))]
  const nextPort = (): number => ports.pop() ?? 0
  return {
    v: 1,
    id,
    name: options.name,
    hostname: deps.hostname,
    folder: join(deps.tempFolder, folderName(options.name, id)),
    createdAt: deps.time.now().toISOString(),
    kafkaVersion: kafka.jars.version,
    owner: null,
    ...(wan === undefined ? {} : { wan }),
    ...(options.isSecure === true ? { isSecure: true } : {}),
    ...(connect === undefined ? {} : { connect: connectRecord(connect, nextPort) }),
    clusters: options.clusters.map((cluster) => ({
      name: cluster.name,
      region: cluster.region,
      clusterId: clusterIdOf(deps.newId),
      jvmOptions: [...(cluster.jvmOptions ?? [])],
      brokers: Array.from({ length: cluster.brokers ?? 1 }, (_, index) => ({
        nodeId: index + 1,
        port: nextPort(),
        controllerPort: nextPort(),
        ports: Object.fromEntries(listenersOf(cluster, options).map((listener) => [listener.name, nextPort()])),
        ...(wan === undefined ? {} : { wanPort: nextPort() }),
      })),
    })),
  }
}

function connectRecord({ workers, isExactlyOnce, jvmOptions }: ConnectOptions, nextPort: () => number): ConnectRecord {
  return {
    isExactlyOnce,
    ...(jvmOptions === undefined ? {} : { jvmOptions: [...jvmOptions] }),
    workers: Array.from({ length: workers }, (_, index) => ({ id: index + 1, port: nextPort() })),
  }
}

/** 16 bytes in URL-safe base64, as Kafka makes them: never with a dash at the beginning, which would look like an option. */
function clusterIdOf(newId: () => string): string {
  for (;;) {
    const id = createHash('sha256').update(newId()).digest().subarray(0, 16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}

function randomOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32
}

function taken(name: string): GeorepError {
  return new GeorepError('conflict', 'GR-SANDBOX-EXISTS', `there is a sandbox "${name}" already`, {
    next: `georep sandbox status --name ${name}`,
  })
}
