import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConnectCluster } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import { anySignal, type Time, withDeadline } from '../../core/time.ts'
import { log4jProperties } from '../broker-files.ts'
import type { SandboxDeps } from '../deps.ts'
import { exitOf, type Kafka, startJvm } from '../jvm.ts'
import { jvmNotStarted } from '../not-started.ts'
import type { ConnectRecord, SandboxRecord, WorkerRecord } from '../record.ts'
import { clusterOfConnect, jvmOfWorker } from './places.ts'
import { restCredentials, writeRestFiles } from './rest-access.ts'
import { urlOf, workerProperties } from './worker-files.ts'

const readyTimeoutMs = 60_000
const readyEveryMs = 50
const answerTimeoutMs = 5_000

interface Options {
  readonly signal: AbortSignal
}

/** Writes the workers' settings, starts them, and waits until they answer as one Connect cluster. Their Kafka cluster has to be up. */
export async function startNewConnect(
  record: SandboxRecord,
  connect: ConnectRecord,
  kafka: Kafka,
  deps: SandboxDeps,
  { signal }: Options,
): Promise<void> {
  const cluster = clusterOfConnect(record)
  await writeRestFiles(record)
  for (const worker of connect.workers) {
    const { folder } = jvmOfWorker(record, worker, deps)
    await mkdir(join(folder, 'tmp'), { recursive: true })
    const text = await workerProperties(record, connect, cluster, worker)
    await writeFile(join(folder, 'worker.properties'), text, { mode: 0o600 })
    await writeFile(join(folder, 'log4j2.properties'), log4jProperties)
  }
  await startWorkers(record, connect.workers, kafka, deps, { signal })
}

/** Starts workers whose settings are there, and waits until each of them answers and is in the group. */
export async function startWorkers(
  record: SandboxRecord,
  workers: readonly WorkerRecord[],
  kafka: Kafka,
  deps: SandboxDeps,
  { signal }: Options,
): Promise<void> {
  const over = new AbortController()
  const deadline = anySignal(withDeadline(signal, readyTimeoutMs), over.signal)
  const notStarted = async (worker: WorkerRecord, why: string): Promise<Error> =>
    await jvmNotStarted(record, `Connect worker ${worker.id}`, jvmOfWorker(record, worker, deps), why)
  const exits = workers.map(async (worker) => {
    const jvm = jvmOfWorker(record, worker, deps)
    const main = ['org.apache.kafka.connect.cli.ConnectDistributed', join(jvm.folder, 'worker.properties')]
    throw await notStarted(worker, await exitOf(startJvm(kafka, jvm, main, deps), deadline))
  })
  try {
    await Promise.race([untilReady(record, workers, deps, deadline), ...exits])
  } catch (error) {
    signal.throwIfAborted()
    const [first] = workers
    if (!deadline.aborted || first === undefined) throw error
    throw await notStarted(first, `no answer within ${readyTimeoutMs / 1000} s`)
  } finally {
    over.abort(new Error('the start is over'))
  }
}

/** All answer, then all are in the group: one that is not answers that it is rebalancing, or not at all. */
async function untilReady(
  record: SandboxRecord,
  workers: readonly WorkerRecord[],
  { time }: { readonly time: Time },
  signal: AbortSignal,
): Promise<void> {
  const { clusterId, name } = clusterOfConnect(record)
  const limits = { readMs: answerTimeoutMs, rebalanceMs: 0 }
  const credentials = await restCredentials(record)
  const all = workers.map((worker) => {
    return new ConnectCluster({ url: urlOf(worker), credentials, tls: undefined }, { wait: time.wait, limits })
  })
  const until = async <T>(look: () => Promise<T>): Promise<T> => {
    for (;;) {
      const seen = await look().then((value) => ({ value }), () => undefined) // prettier-ignore
      if (seen !== undefined) return seen.value
      await time.wait(readyEveryMs, signal)
    }
  }
  for (const each of all) {
    const { kafkaClusterId } = await until(async () => await each.root({ signal }))
    if (kafkaClusterId === clusterId) continue
    throw new GeorepError('failed', 'GR-SANDBOX-PORT', `another Kafka Connect than that of "${name}" answers at ${each.url}`, {
      next: 'try again: another process took the port',
    }) // prettier-ignore
  }
  for (const each of all) await until(async () => await each.connectors({ signal }))
}
