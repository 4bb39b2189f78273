import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anySignal, withDeadline } from '../core/time.ts'
import { brokerProperties, log4jProperties, type ExtraListener } from './broker-files.ts'
import { brokerFolder, markerOfBroker } from './broker-places.ts'
import type { SandboxDeps } from './deps.ts'
import { exitOf, type Jvm, jvmArguments, type Kafka, startJvm } from './jvm.ts'
import { unmarked } from './marker.ts'
import { notStarted } from './not-started.ts'
import { untilReady } from './ready.ts'
import type { BrokerRecord, ClusterRecord, SandboxRecord } from './record.ts'
import { runCommand } from './run-command.ts'
import { accessOf, scramArguments } from './secure/access.ts'

const formatTimeoutMs = 60_000
const readyTimeoutMs = 60_000

/** What `server.properties` has beyond what a sandbox needs. */
export interface BrokerExtras {
  readonly properties: Readonly<Record<string, string>>
  readonly listeners: readonly ExtraListener[]
}

interface Options {
  readonly signal: AbortSignal
}

/** Formats the storage of a cluster's brokers, starts them, and waits until the cluster answers. */
export async function startNewCluster(
  record: SandboxRecord,
  cluster: ClusterRecord,
  extras: BrokerExtras,
  kafka: Kafka,
  deps: SandboxDeps,
  { signal }: Options,
): Promise<void> {
  const { brokers } = cluster
  const formats = brokers.map(async (broker) => {
    const folder = brokerFolder(record, cluster, broker)
    await mkdir(join(folder, 'tmp'), { recursive: true })
    const isSecure = record.isSecure === true
    const settings = { broker, brokers, region: cluster.region, dataFolder: join(folder, 'data'), isSecure, ...extras }
    await writeFile(join(folder, 'server.properties'), brokerProperties(settings), { mode: 0o600 })
    await writeFile(join(folder, 'log4j2.properties'), log4jProperties)
    await format(record, cluster, broker, kafka, deps, { signal })
  })
  // All of them, also when one fails: what is removed then must not come back.
  await Promise.allSettled(formats)
  await Promise.all(formats)
  await startBrokers(record, cluster, brokers, kafka, deps, { signal })
}

/** Starts brokers of a cluster that ran before, and waits until the whole cluster answers. */
export async function startBrokers(
  record: SandboxRecord,
  cluster: ClusterRecord,
  brokers: readonly BrokerRecord[],
  kafka: Kafka,
  deps: SandboxDeps,
  { signal }: Options,
): Promise<void> {
  const over = new AbortController()
  const deadline = anySignal(withDeadline(signal, readyTimeoutMs), over.signal)
  try {
    const exits = brokers.map(async (broker) => {
      const main = ['kafka.Kafka', join(brokerFolder(record, cluster, broker), 'server.properties')]
      const exit = await exitOf(startJvm(kafka, jvmOf(record, cluster, broker, deps), main, deps), deadline)
      throw await notStarted(record, cluster, broker, exit)
    })
    await Promise.race([untilReady(cluster, await accessOf(record, 'admin'), deps, deadline), ...exits])
  } catch (error) {
    signal.throwIfAborted()
    const [first] = brokers
    if (!deadline.aborted || first === undefined) throw error
    throw await notStarted(record, cluster, first, `no answer within ${readyTimeoutMs / 1000} s`)
  } finally {
    over.abort(new Error('the start is over'))
  }
}

function jvmOf(record: SandboxRecord, cluster: ClusterRecord, broker: BrokerRecord, deps: SandboxDeps): Jvm {
  const { jvmOptions } = cluster
  return {
    ...{ folder: brokerFolder(record, cluster, broker), name: 'broker', jvmOptions },
    marker: markerOfBroker(record, cluster, broker, deps),
  }
}

async function format(
  record: SandboxRecord,
  cluster: ClusterRecord,
  broker: BrokerRecord,
  kafka: Kafka,
  deps: SandboxDeps,
  { signal }: Options,
): Promise<void> {
  const folder = brokerFolder(record, cluster, broker)
  const tool = ['kafka.tools.StorageTool', 'format', '--cluster-id', cluster.clusterId]
  const words = [...tool, '--config', join(folder, 'server.properties'), ...(await scramArguments(record))]
  // In a file, since everybody on the machine can see a command line.
  const file = join(folder, 'format.args')
  await writeFile(file, words.map((word) => `"${word.replaceAll('\\', '\\\\')}"\n`).join(''), { mode: 0o600 })
  const result = await runCommand(
    kafka.java.command,
    [...jvmArguments(kafka, { ...jvmOf(record, cluster, broker, deps), jvmOptions: [] }), `@${file}`],
    { env: unmarked(deps.env), cwd: folder, timeoutMs: formatTimeoutMs, signal },
  )
  await rm(file)
  if (result?.code === 0) return
  await writeFile(join(folder, 'broker.out'), result?.output ?? '')
  throw await notStarted(record, cluster, broker, 'its storage could not be formatted')
}
