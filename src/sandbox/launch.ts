import { spawn, type ChildProcess } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { messageOf } from '../core/errors.ts'
import { anySignal, withDeadline } from '../core/time.ts'
import { brokerProperties, log4jProperties, type ExtraListener } from './broker-files.ts'
import { brokerFolder, markerOfBroker } from './broker-places.ts'
import type { SandboxDeps } from './deps.ts'
import type { Java } from './java.ts'
import type { KafkaJars } from './kafka-jars.ts'
import { markOfJvm, unmarked } from './marker.ts'
import { notStarted } from './not-started.ts'
import { untilReady } from './ready.ts'
import type { BrokerRecord, ClusterRecord, SandboxRecord } from './record.ts'
import { runCommand } from './run-command.ts'
import { accessOf, scramArguments } from './secure/access.ts'

const formatTimeoutMs = 60_000
const readyTimeoutMs = 60_000

/** What a broker is run with. */
export interface Kafka {
  readonly jars: KafkaJars
  readonly java: Java
  /** A class archive for a quicker start of the JVM. */
  readonly archive: string | undefined
}

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
      const exit = await exitOf(startBroker(record, cluster, broker, kafka, deps), deadline)
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

/**
 * Starts a broker in a process group of its own, so that a Ctrl-C at the terminal reaches georep and not its brokers:
 * when they end is georep's to decide.
 */
function startBroker(
  record: SandboxRecord,
  cluster: ClusterRecord,
  broker: BrokerRecord,
  kafka: Kafka,
  deps: SandboxDeps,
): ChildProcess {
  const folder = brokerFolder(record, cluster, broker)
  const output = openSync(join(folder, 'broker.out'), 'a')
  try {
    const child = spawn(
      kafka.java.command,
      [
        ...jvmArguments(kafka, folder),
        markOfJvm(markerOfBroker(record, cluster, broker, deps)),
        ...cluster.jvmOptions,
        'kafka.Kafka',
        join(folder, 'server.properties'),
      ],
      { cwd: folder, env: { ...unmarked(deps.env) }, detached: true, stdio: ['ignore', output, output] },
    )
    child.unref()
    return child
  } finally {
    closeSync(output)
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
    [...jvmArguments(kafka, folder), markOfJvm(markerOfBroker(record, cluster, broker, deps)), `@${file}`],
    { env: unmarked(deps.env), cwd: folder, timeoutMs: formatTimeoutMs, signal },
  )
  await rm(file)
  if (result?.code === 0) return
  await writeFile(join(folder, 'broker.out'), result?.output ?? '')
  throw await notStarted(record, cluster, broker, 'its storage could not be formatted')
}

function jvmArguments(kafka: Kafka, folder: string): readonly string[] {
  return [
    ...['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    // A JVM that is killed would leave both behind: its hsperfdata file, and the native libraries that it unpacks.
    ...['-XX:-UsePerfData', `-Djava.io.tmpdir=${join(folder, 'tmp')}`],
    ...(kafka.archive === undefined ? [] : [`-XX:SharedArchiveFile=${kafka.archive}`]),
    `-Dgeorep.log=${join(folder, 'broker.log')}`,
    `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
    ...['-cp', kafka.jars.classpath.join(delimiter)],
  ]
}

/** How the process ended, in words. Never resolves after the signal. */
async function exitOf(child: ChildProcess, signal: AbortSignal): Promise<string> {
  return await new Promise((resolve, reject) => {
    child.once('error', (error) => {
      resolve(messageOf(error))
    })
    child.once('exit', (code, by) => {
      resolve(by === null ? `its process ended with code ${code ?? 0}` : `its process was ended by ${by}`)
    })
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}
