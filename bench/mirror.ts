import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Kafka } from 'kafkajs'
import { type Beside, benchBeside, connect, env, georep, report, signal, step } from './beside-tools.ts'
import { type Ages, agesOf } from './mirror/latency.ts'
import { fastest, inMemory, produced } from './mirror/limit.ts'
import {
  type Carried,
  carried,
  client,
  createTopic,
  mostMbOf,
  type Part,
  type Parts,
  pidOf,
  removeTopic,
} from './mirror/observe.ts'

// One topic, mirrored by the embedded engine and by MirrorMaker 2 in turn, with the clusters and the worker on one machine: how many records a second arrive, and what
// the process that carries them takes for it. Beside them the limit: the rate at which the same batches are produced by a process that has them in memory. Then
// how old records are at a steady rate, and what a gigabyte costs in records and partitions of other sizes. Build first: npm run build.

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '6' } } })
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds} is no number of rounds`)

interface Topic {
  readonly topic: string
  readonly records: number
  readonly recordBytes: number
  readonly partitions: number
}
const main: Topic = { topic: 'main', records: 2_000_000, recordBytes: 512, partitions: 4 }
const costs = {
  bytes100: { topic: 'bytes-100', records: 2_000_000, recordBytes: 100, partitions: 4 },
  bytes10k: { topic: 'bytes-10k', records: 20_000, recordBytes: 10_000, partitions: 4 },
  partitions1: { topic: 'partitions-1', records: 400_000, recordBytes: 512, partitions: 1 },
  partitions100: { topic: 'partitions-100', records: 400_000, recordBytes: 512, partitions: 100 },
  partitions1000: { topic: 'partitions-1000', records: 400_000, recordBytes: 512, partitions: 1_000 },
} as const satisfies Readonly<Record<string, Topic>>
type Cost = keyof typeof costs
const costNames = Object.keys(costs) as Cost[]
/** What the one before has left to be done, topics to be deleted and a connector to be stopped, is none of the next one's. */
const settleMs = 3_000
const steady = { partitions: 4, perSecond: 5_000, recordBytes: 512 }

/** The limit has twice as many while it is tried how it is fastest. */
const warmRounds = 3

/** As the source is written, and as the peer writes: lz4, 50 ms, 256 KiB. */
const producer = { 'compression.type': 'lz4', 'linger.ms': '50', 'batch.size': '262144' } as const
const tuned = [
  ...Object.entries(producer).map(([key, value]) => `source:producer.override.${key}=${value}`),
  // What it reads at once is no less than what it writes at once.
  'source:source.consumer.max.poll.records=10000',
  'source:source.consumer.max.partition.fetch.bytes=8388608',
]
const perfTest = 'org.apache.kafka.tools.ProducerPerformance'
const link = 'east-west'

const meaning = { georep: 'georep', mirrorMaker: 'MirrorMaker 2, tuned', limit: 'the limit: from memory' } as const
type Name = keyof typeof meaning
const names = Object.keys(meaning) as Name[]

let runner: ChildProcess | undefined
await benchBeside(bench, () => runner?.kill('SIGKILL'), { connect })

async function bench(beside: Beside): Promise<void> {
  const { sandbox, own } = beside
  const { east, west } = sandbox.clusters
  const [worker] = sandbox.connect?.workers ?? []
  if (worker === undefined) throw new Error('there is no worker')
  const [source, destination] = [client(east.bootstrap), client(west.bootstrap)]
  const load = loadavg()[0] ?? NaN

  await step('records', async () => {
    for (const one of [main, ...Object.values(costs)]) await write(beside, source, one)
  })
  await own('link', 'create', link, '--source', 'east', '--destination', 'west')
  runner = spawn(process.execPath, [georep, '--config', sandbox.configFile, 'link', 'run', link], {
    env: { ...env, ...sandbox.environmentFor('runner') },
    stdio: 'ignore',
  })
  const runnerPid = runner.pid ?? 0
  const workerPid = pidOf('ConnectDistributed', dirname(worker.logFile))
  const brokers = { source: brokerPid(east.logFiles), destination: brokerPid(west.logFiles) }

  const byOwn = async ({ topic, records }: Topic): Promise<Carried> => {
    const arrived = carried(destination, topic, records, { carries: runnerPid, ...brokers })
    await own('mirror', 'create', topic, '--link', link)
    const seen = await arrived
    await own('mirror', 'delete', topic, '--link', link, '--confirm', topic)
    await removeTopic(destination, topic)
    return seen
  }
  const createPeer = async (name: string): Promise<void> => {
    await own('link', 'create', name, '--source', 'east', '--destination', 'west', '--engine', 'mm2', '--set', ...tuned)
  }
  /** With a link of its own each time: the connector would go on from where it was. */
  const byPeer = async (name: string, { topic, records }: Topic): Promise<Carried> => {
    await createPeer(name)
    const arrived = carried(destination, topic, records, { carries: workerPid, ...brokers })
    await own('mirror', 'create', topic, '--link', name)
    const seen = await arrived
    await own('link', 'delete', name, '--with-mirrors', '--confirm', name)
    await removeTopic(destination, topic)
    return seen
  }

  const batches = await inMemory(east.bootstrap, main.topic)
  if (batches.records !== main.records) throw new Error(`${batches.records} records are in memory, of ${main.records}`)
  let lanes = 0
  // By each: what a process does only once is none of the comparison. Brokers and workers go on compiling what they run for several rounds.
  await step('warm', async () => {
    for (let n = 1; n <= warmRounds; n++) {
      await byOwn(main)
      await byPeer(`peer-warm${n}`, main)
    }
    lanes = await fastest(batches, west.bootstrap, brokers.destination)
  })
  const runs: Record<Name, Carried[]> = { georep: [], mirrorMaker: [], limit: [] }
  const ways: Readonly<Record<Name, (round: number) => Promise<Carried>>> = {
    georep: async () => await byOwn(main),
    mirrorMaker: async (round) => await byPeer(`peer-${round}`, main),
    limit: async () => await produced(batches, west.bootstrap, lanes, brokers.destination),
  }
  for (let round = 1; round <= rounds; round++) {
    for (const name of orderOf(round)) {
      await sleep(settleMs, undefined, { signal })
      runs[name].push(await ways[name](round))
    }
    const rates = names.map((name) => `${meaning[name]} ${Math.round(runs[name].at(-1)!.recordsPerSecond)}`)
    report(`round ${round} of ${rounds}, records/s: ${rates.join(', ')}`)
  }
  const ages = {} as Record<'georep' | 'mirrorMaker', Ages>
  await step('ages, georep', async () => {
    await createTopic(source, 'steady-own', steady.partitions)
    await own('mirror', 'create', 'steady-own', '--link', link)
    ages.georep = await agesOf(source, destination, { ...steady, topic: 'steady-own' })
  })
  await step('ages, MirrorMaker', async () => {
    await createTopic(source, 'steady-peer', steady.partitions)
    await createPeer('peer-steady')
    await own('mirror', 'create', 'steady-peer', '--link', 'peer-steady')
    ages.mirrorMaker = await agesOf(source, destination, { ...steady, topic: 'steady-peer' })
    await own('link', 'delete', 'peer-steady', '--with-mirrors', '--confirm', 'peer-steady')
  })
  await own('mirror', 'delete', 'steady-own', '--link', link, '--confirm', 'steady-own')
  const perGb = {} as Record<Cost, number>
  for (const name of costNames) {
    await step(`cost, ${costs[name].topic}`, async () => {
      const { cpuSeconds } = await byOwn(costs[name])
      perGb[name] = (cpuSeconds.carries * 1e9) / costs[name].recordBytes
    })
  }
  print(runs, ages, perGb, { load, runnerMb: mostMbOf(runnerPid) })
}

/** Another one in each of six rounds: brokers get faster for a while, and this machine may be slower at one time than at another. */
function orderOf(round: number): readonly Name[] {
  const first = round % names.length
  const order = [...names.slice(first), ...names.slice(0, first)]
  return round % 2 === 0 ? order : order.toReversed()
}

type Runs = Readonly<Record<Name, readonly Carried[]>>

function print(
  runs: Runs,
  ages: Readonly<Record<'georep' | 'mirrorMaker', Ages>>,
  perGb: Readonly<Record<Cost, number>>,
  { load, runnerMb }: { readonly load: number; readonly runnerMb: number },
): void {
  const rateOf = (name: Name): number => Math.round(median(runs[name].map(({ recordsPerSecond }) => recordsPerSecond)))
  const cpuOf = (name: Name): Parts<number> => perMillion(runs[name])
  const figures = {
    recordsPerSecond: { georep: rateOf('georep'), mirrorMaker: rateOf('mirrorMaker'), limit: rateOf('limit') },
    cpuSecondsPerMillion: { georep: cpuOf('georep'), mirrorMaker: cpuOf('mirrorMaker'), limit: cpuOf('limit') },
    ages,
    cpuSecondsPerGb: Object.fromEntries(costNames.map((name) => [name, rounded(perGb[name])])),
    runnerMb,
    load: rounded(load),
  }
  const { recordsPerSecond: rate, cpuSecondsPerMillion: cpu } = figures
  // Of what was measured within one round, one right after the other; then the median.
  const ratioTo = (peer: Name, figure: (one: Carried) => number): number =>
    rounded(median(runs.georep.map((one, round) => figure(one) / figure(runs[peer][round]!))))
  const ratios = {
    recordsPerSecond: ratioTo('mirrorMaker', ({ recordsPerSecond }) => recordsPerSecond),
    cpu: ratioTo('mirrorMaker', ({ cpuSeconds }) => cpuSeconds.carries),
    ofLimit: ratioTo('limit', ({ recordsPerSecond }) => recordsPerSecond),
  }
  console.log(`${main.records} records of ${main.recordBytes} bytes in ${main.partitions} partitions, lz4, batches of 256 KiB; ${rounds} rounds, ratios of each, their median; load ${figures.load} before\n`) // prettier-ignore
  console.log(`${''.padEnd(28)} records/s, median    CPU s a million: carries, source, destination    p50    p99    records/s, each`) // prettier-ignore
  for (const name of names) {
    const times = name === 'limit' ? ['', ''] : [`${ages[name].p50Ms} ms`, `${ages[name].p99Ms} ms`]
    const used = (['carries', 'source', 'destination'] as const).map((part) =>
      (cpu[name][part]?.toFixed(2) ?? '').padStart(7),
    )
    const each = runs[name].map(({ recordsPerSecond }) => Math.round(recordsPerSecond).toString()).join(' ')
    console.log(`${meaning[name].padEnd(28)} ${rate[name].toString().padStart(17)}  ${used.join(' ').padStart(43)} ${times.map((one) => one.padStart(6)).join(' ')}    ${each}`) // prettier-ignore
  }
  const cores = availableParallelism()
  const most = (cores * 1e6) / Object.values(cpu.georep).reduce((sum, one) => sum + one, 0)
  console.log(`\nwith ${cores} cores busy all the time the three processes would carry ${Math.round(most)} records/s, ${rounded(most / rate.limit)} × the limit`) // prettier-ignore
  console.log(
    `\nthe ages are those of records when a consumer of the destination gets them, at ${steady.perSecond} a second\n`,
  )
  console.log('georep, CPU seconds a GB of records')
  for (const name of costNames) {
    const { records, recordBytes, partitions } = costs[name]
    console.log(`  ${`${records} of ${recordBytes} bytes in ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`.padEnd(44)} ${perGb[name].toFixed(2).padStart(6)}`) // prettier-ignore
  }
  console.log(`\nthe runner had ${runnerMb} MB at the most, of all this`)
  console.log(
    `${ratios.recordsPerSecond} × the records a second of MirrorMaker 2, with ${ratios.cpu} × its CPU; ${ratios.ofLimit} × the limit`,
  )
  console.log(`\n${JSON.stringify({ bench: 'mirror', unit: 'records/s, s, ms', figures, ratios })}`)
}

/** The median of each process, in seconds a million records. */
function perMillion(some: readonly Carried[]): Parts<number> {
  const of = (part: Part): number => rounded(1e6 * median(some.map(({ cpuSeconds }) => cpuSeconds[part] ?? NaN)))
  const parts = Object.keys(some[0]?.cpuSeconds ?? {}) as Part[]
  return Object.fromEntries(parts.map((part) => [part, of(part)])) as unknown as Parts<number>
}

function brokerPid([logFile = '']: readonly string[]): number {
  return pidOf('kafka.Kafka', dirname(logFile))
}

/** By Kafka's own producer, tuned as the peer's. */
async function write({ sandbox, tool }: Beside, kafka: Kafka, one: Topic): Promise<void> {
  await createTopic(kafka, one.topic, one.partitions)
  const props = [`bootstrap.servers=${sandbox.clusters.east.bootstrap.join()}`, ...Object.entries(producer).map((pair) => pair.join('='))] // prettier-ignore
  await tool(perfTest, '--topic', one.topic, '--num-records', `${one.records}`, '--record-size', `${one.recordBytes}`, '--throughput', '-1', '--producer-props', ...props) // prettier-ignore
  signal.throwIfAborted()
}

function median(some: readonly number[]): number {
  const sorted = some.toSorted((a, b) => a - b)
  const [below, above] = [Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2)]
  return ((sorted[below] ?? NaN) + (sorted[above] ?? NaN)) / 2
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
