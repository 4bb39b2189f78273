import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { GeorepError } from '../core/errors.ts'
import type { ExtraListener } from './broker-files.ts'
import type { Report, SandboxDeps } from './deps.ts'
import { bootstrapOf } from './broker-places.ts'
import { startNewCluster, type Kafka } from './launch.ts'
import { isSandboxName } from './name.ts'
import { freePorts } from './ports.ts'
import { claimRecord, configFile, folderName, replaceRecord, type SandboxRecord } from './record.ts'
import { removeSandbox } from './remove.ts'
import { sandboxOfRecord, type Sandbox } from './sandbox.ts'

export interface ClusterOptions<Name extends string = string> {
  readonly name: Name
  readonly region: string
  /** Settings of the brokers, by Kafka's names; they win over the sandbox's own. */
  readonly properties?: Readonly<Record<string, string>>
  readonly listeners?: readonly ExtraListener[]
  /** Further options of the JVM; of two that contradict each other the later wins. */
  readonly jvmOptions?: readonly string[]
}

export interface SandboxOptions<Name extends string = string> {
  readonly name: string
  readonly clusters: readonly ClusterOptions<Name>[]
  /**
   * Whether the sandbox goes when the calling process has gone, be it by SIGKILL: the next sweep removes it then.
   * Otherwise it stays until it is taken down.
   */
  readonly isOwned: boolean
  readonly report: Report
}

/** Starts a sandbox with a Kafka at hand, and without a sweep before: see `upSandbox`. */
export async function startSandbox<Name extends string>(
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
    await startAll(record, options, kafka, deps, signal)
    await writeFile(configFile(record.name, deps), configText(record))
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
    const { properties = {}, listeners = [] } = options.clusters[index] ?? {}
    try {
      const both = AbortSignal.any([signal, oneFailed.signal])
      await startNewCluster(record, cluster, { properties, listeners }, kafka, deps, { signal: both })
    } catch (error) {
      oneFailed.abort(error)
      throw error
    }
  })
  await Promise.allSettled(starts)
  signal.throwIfAborted()
  if (oneFailed.signal.aborted) throw oneFailed.signal.reason
}

/** The georep.yaml of a sandbox. */
export function configText(record: Pick<SandboxRecord, 'clusters'>): string {
  const clusters = record.clusters.map((cluster) => [
    cluster.name,
    { bootstrap: bootstrapOf(cluster), region: cluster.region },
  ])
  return stringify({ clusters: Object.fromEntries(clusters) as unknown })
}

async function newRecord(options: SandboxOptions, kafka: Kafka, deps: SandboxDeps): Promise<SandboxRecord> {
  const id = deps.newId()
  const names = [options.name, ...options.clusters.map(({ name }) => name)]
  for (const name of names) if (!isSandboxName(name)) throw new Error(`"${name}" cannot be a name in a sandbox`)
  const perCluster = options.clusters.map(({ listeners = [] }) => 2 + listeners.length)
  const ports = [...(await freePorts(perCluster.reduce((sum, count) => sum + count, 0), () => randomOf(deps.newId())))] // prettier-ignore
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
    clusters: options.clusters.map(({ name, region, listeners = [], jvmOptions = [] }) => ({
      name,
      region,
      clusterId: clusterIdOf(deps.newId),
      jvmOptions: [...jvmOptions],
      brokers: [
        {
          nodeId: 1,
          port: nextPort(),
          controllerPort: nextPort(),
          ports: Object.fromEntries(listeners.map((listener) => [listener.name, nextPort()])),
        },
      ],
    })),
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
