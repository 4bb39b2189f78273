import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Kafka } from 'kafkajs'
import { parse } from 'yaml'

// Records through a WAN of 80 ms and 100 MB/s, with 1 and with 100 partitions: how many a second, and how old they are when they can be read on the
// far side. Beside it, in the same run and through the same WAN, an ordinary client that reads on one side and writes on the other: kafkajs with its
// defaults. Build first: npm run build.

const sizeMb = 200
const peerMs = 8_000
const latencyMs = 10_000
const recordBytes = 1_000
const georep = join(process.cwd(), 'bin', 'georep') // npm runs scripts in the root of the package
const folder = mkdtempSync(join(tmpdir(), 'georep-bench-'))
// Of its own, so that it meets no sandbox of the user's. The cache is the user's.
const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state') }

interface View {
  readonly config: string
  readonly clusters: readonly { readonly name: string; readonly bootstrap: readonly string[] }[]
}
interface Figures {
  readonly mbPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const runners: ChildProcess[] = []
try {
  const up = ['sandbox', 'up', '--name', 'bench', '--wan-latency', '80ms', '--wan-bandwidth', '100MB/s', '-o', 'json']
  const { config, clusters } = (JSON.parse(run(...up)) as { data: View }).data
  const at = (name: string): Kafka => client(clusters.find((one) => one.name === name)?.bootstrap ?? [])
  const [east, west] = [at('east'), at('west')]
  // As georep.yaml has it: over the WAN.
  const file = parse(readFileSync(config, 'utf8')) as { clusters: { east: { bootstrap: string[] } } }
  const overWan = client(file.clusters.east.bootstrap)
  run('--config', config, 'link', 'create', 'east-west')
  const results: Record<string, { readonly georep: Figures; readonly peer: Figures }> = {}
  for (const partitions of [1, 100]) {
    const topic = `p${partitions}`
    await fill(east, topic, partitions)
    await create(west, `peer-${topic}`, partitions)
    const peerMb = await peerRate(overWan, west, topic)
    run('--config', config, 'mirror', 'create', topic, '--link', 'east-west')
    const runner = spawn(process.execPath, [georep, '--config', config, 'link', 'run', 'east-west'], {
      env,
      stdio: 'ignore',
    })
    runners.push(runner)
    const mirrorMb = await mirrorRate(east, west, topic)
    const [own, peer] = await latencies(east, [west, overWan], topic, partitions)
    runner.kill('SIGTERM')
    await new Promise((resolve) => runner.once('exit', resolve))
    results[topic] = { georep: { mbPerSecond: mirrorMb, ...own! }, peer: { mbPerSecond: peerMb, ...peer! } }
  }
  print(results)
} finally {
  for (const runner of runners) runner.kill('SIGKILL')
  run('sandbox', 'down', '--name', 'bench')
  rmSync(folder, { recursive: true, force: true })
}

function print(results: Readonly<Record<string, { readonly georep: Figures; readonly peer: Figures }>>): void {
  const ratios: Record<string, number> = {}
  console.log(`80 ms round trip, 100 MB/s each way; ${sizeMb} MB of records of ${recordBytes} bytes\n`)
  for (const [topic, { georep: own, peer }] of Object.entries(results)) {
    ratios[`${topic}.throughput`] = round(own.mbPerSecond / peer.mbPerSecond)
    ratios[`${topic}.p50`] = round(own.p50Ms / peer.p50Ms)
    console.log(
      `${topic.slice(1)} ${topic === 'p1' ? 'partition' : 'partitions'}: ${ratios[`${topic}.throughput`]} × the throughput of the peer`,
    )
    for (const [name, figures] of [
      ['georep, mirrored', own],
      ['kafkajs, read here and written there', peer],
    ] as const) {
      // prettier-ignore
      console.log(`  ${name.padEnd(38)} ${figures.mbPerSecond.toFixed(1).padStart(7)} MB/s`)
    }
    console.log(
      `  ${'georep: age when read from the mirror'.padEnd(38)} ${own.p50Ms.toFixed(0).padStart(7)} ms p50, ${own.p99Ms.toFixed(0)} ms p99`,
    )
    console.log(
      `  ${'kafkajs: age when read over the WAN'.padEnd(38)} ${peer.p50Ms.toFixed(0).padStart(7)} ms p50, ${peer.p99Ms.toFixed(0)} ms p99`,
    )
  }
  console.log(`\n${JSON.stringify({ bench: 'wan', unit: 'MB/s, ms', figures: results, ratios })}`)
}

async function create(kafka: Kafka, topic: string, partitions: number): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true })
  await admin.disconnect()
}

async function fill(kafka: Kafka, topic: string, partitions: number): Promise<void> {
  await create(kafka, topic, partitions)
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const perBatch = 500
  const value = Buffer.alloc(recordBytes, 'x')
  for (let sent = 0, batch = 0; sent < sizeMb * 1_000; batch++, sent += perBatch) {
    const messages = Array.from({ length: perBatch }, () => ({ partition: batch % partitions, value }))
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
}

/** Reads over the WAN and writes beside it, for a while. */
async function peerRate(from: Kafka, to: Kafka, topic: string): Promise<number> {
  const producer = to.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  const consumer = from.consumer({ groupId: `peer-${topic}` })
  await Promise.all([producer.connect(), consumer.connect()])
  await consumer.subscribe({ topic, fromBeginning: true })
  let bytes = 0
  let startedAt: number | undefined
  await consumer.run({
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch }) => {
      startedAt ??= performance.now()
      const messages = batch.messages.map(({ key, value }) => ({ partition: batch.partition, key, value }))
      await producer.send({ topic: `peer-${topic}`, messages })
      bytes += batch.messages.length * recordBytes
    },
  })
  while (startedAt === undefined || performance.now() < startedAt + peerMs) await sleep(50)
  const rate = bytes / 1_000 / (performance.now() - startedAt)
  await consumer.disconnect()
  await producer.disconnect()
  return rate
}

/** From the first record of the mirror to the last. */
async function mirrorRate(east: Kafka, west: Kafka, topic: string): Promise<number> {
  const [source, destination] = [east.admin(), west.admin()]
  await Promise.all([source.connect(), destination.connect()])
  const endOf = async (admin: typeof source): Promise<number> =>
    (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0)
  const end = await endOf(source)
  let first: { readonly at: number; readonly end: number } | undefined
  for (;;) {
    const now = await endOf(destination)
    if (now > 0) first ??= { at: performance.now(), end: now }
    if (first !== undefined && now >= end) {
      await Promise.all([source.disconnect(), destination.disconnect()])
      return ((end - first.end) * recordBytes) / 1_000 / (performance.now() - first.at)
    }
    await sleep(20)
  }
}

/** How old records are when consumers get them: one record every 10 ms, written in the source's region. */
async function latencies(
  east: Kafka,
  readers: readonly Kafka[],
  topic: string,
  partitions: number,
): Promise<readonly { readonly p50Ms: number; readonly p99Ms: number }[]> {
  const ages = readers.map((): number[] => [])
  const startedAt = Date.now()
  const consumers = await Promise.all(
    readers.map(async (kafka, index) => {
      const consumer = kafka.consumer({ groupId: `latency-${topic}-${index}` })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: false })
      const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
      await consumer.run({
        partitionsConsumedConcurrently: 4,
        eachMessage: async ({ message: { timestamp } }) => {
          if (Number(timestamp) >= startedAt) ages[index]?.push(Date.now() - Number(timestamp))
          await Promise.resolve()
        },
      })
      await joined
      return consumer
    }),
  )
  await sleep(2_000) // the consumers have their partitions: what they read is not from a start
  const producer = east.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const until = performance.now() + latencyMs
  for (let sent = 0; performance.now() < until; sent++) {
    const message = { partition: sent % partitions, value: Buffer.alloc(100), timestamp: Date.now().toString() }
    await producer.send({ topic, messages: [message] })
    await sleep(10)
  }
  await sleep(1_000) // the last records are on their way
  await Promise.all([producer.disconnect(), ...consumers.map(async (consumer) => { await consumer.disconnect() })]) // prettier-ignore
  return ages.map((all) => {
    const sorted = all.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN
    return { p50Ms: at(0.5), p99Ms: at(0.99) }
  })
}

function client(brokers: readonly string[]): Kafka {
  return new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
}

function run(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [georep, ...args], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`georep ${args.join(' ')} ended with ${String(status)}:\n${stderr}`)
  return stdout
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
