import { type ChildProcess, spawn } from 'node:child_process'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Kafka } from 'kafkajs'
import { compactsSoon, fillWithHoles, type Holes, untilHoles } from '../test/cluster/support/holes.ts'
import { type Beside, benchBeside, env, georep, report, signal, step } from './beside-tools.ts'
import { carried, client, createTopic, removeTopic } from './mirror/observe.ts'

// How many offsets a second a running mirror hides, and what they take on disk, by the size of the holes that compaction has left on the source. Beside it records of
// one byte by Kafka's own producer: what as many offsets cost that consumers are given. Build first: npm run build.

const cases = {
  holes1: { count: 3_000, offsets: 1 },
  holes10: { count: 2_000, offsets: 10 },
  holes1k: { count: 100, offsets: 1_000 },
  holes100k: { count: 3, offsets: 100_000 },
  holes1M: { count: 1, offsets: 1_000_000 },
} as const satisfies Readonly<Record<string, Holes>>
type Case = keyof typeof cases
const names = Object.keys(cases) as Case[]
const peerRecords = 1_000_000
const patienceMs = 600_000
const perfTest = 'org.apache.kafka.tools.ProducerPerformance'
const logDirs = 'org.apache.kafka.tools.LogDirsCommand'
const link = 'east-west'

let runner: ChildProcess | undefined
await benchBeside(bench, () => runner?.kill('SIGKILL'))

async function bench(beside: Beside): Promise<void> {
  const { sandbox, own, tool } = beside
  const { east, west } = sandbox.clusters
  const [source, destination] = [client(east.bootstrap), client(west.bootstrap)]
  const load = loadavg()[0] ?? NaN
  await step('holes', async () => {
    await Promise.all(names.map(async (name) => { await makeHoles(east.bootstrap, source, name) })) // prettier-ignore
  })
  await own('link', 'create', link, '--source', 'east', '--destination', 'west')
  runner = spawn(process.execPath, [georep, '--config', sandbox.configFile, 'link', 'run', link], {
    env: { ...env, ...sandbox.environmentFor('runner') },
    stdio: 'ignore',
  })
  const runnerPid = runner.pid ?? 0

  const perSecond = {} as Record<Case, number>
  const bytes = {} as Record<Case, number>
  for (const name of names) {
    const { count, offsets } = cases[name]
    await step(name, async () => {
      const arrived = carried(destination, name, endOf(cases[name]), { carries: runnerPid }, patienceMs)
      await own('mirror', 'create', name, '--link', link)
      const { recordsPerSecond } = await arrived
      const hidden = count * offsets - 1
      perSecond[name] = (recordsPerSecond * hidden) / endOf(cases[name])
      bytes[name] = (await bytesOf(tool, west.bootstrap, name)) / hidden
    })
    report(`${name}: ${Math.round(perSecond[name])} a second`)
  }
  await createTopic(destination, 'peer', 1)
  const props = [`bootstrap.servers=${west.bootstrap.join()}`, 'acks=all']
  const { out } = await tool(perfTest, '--topic', 'peer', '--num-records', `${peerRecords}`, '--record-size', '1', '--throughput', '-1', '--producer-props', ...props) // prettier-ignore
  const peer = {
    perSecond: Number(/, ([\d.]+) records\/sec/.exec(out.trim().split('\n').at(-1) ?? '')?.[1]),
    bytes: (await bytesOf(tool, west.bootstrap, 'peer')) / peerRecords,
  }
  await removeTopic(destination, 'peer')
  print(perSecond, bytes, peer, load)
}

/** With the record that is behind the last hole. */
function endOf({ count, offsets }: Holes): number {
  return count * (1 + offsets) + 1
}

async function makeHoles(bootstrap: readonly string[], kafka: Kafka, topic: Case): Promise<void> {
  await createTopic(kafka, topic, 1)
  const admin = kafka.admin()
  await admin.connect()
  const set = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }] }) // prettier-ignore
  }
  try {
    await set({ 'cleanup.policy': 'compact' })
    const place = { topic, partition: 0 }
    await fillWithHoles(bootstrap, place, cases[topic])
    await set(compactsSoon)
    await sleep(1_000, undefined, { signal }) // until the broker goes by it, and the segment is old enough
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    await producer.send({ topic, messages: [{ key: 'last', value: 'last' }] })
    await producer.disconnect()
    await untilHoles(bootstrap, place, cases[topic], patienceMs)
    // The mirror is not to compact what is measured.
    await set({ 'cleanup.policy': 'compact' })
  } finally {
    await admin.disconnect()
  }
}

/** Of the one log that a topic has, without its indexes, as its broker tells Kafka's tool. */
async function bytesOf(tool: Beside['tool'], bootstrap: readonly string[], topic: string): Promise<number> {
  const { out } = await tool(logDirs, '--bootstrap-server', bootstrap.join(), '--describe', '--topic-list', topic)
  const size = /"size":(\d+)/.exec(out)?.[1]
  if (size === undefined) throw new Error(`the size of "${topic}" is not told: ${out}`)
  return Number(size)
}

function print(
  perSecond: Readonly<Record<Case, number>>,
  bytes: Readonly<Record<Case, number>>,
  peer: { readonly perSecond: number; readonly bytes: number },
  load: number,
): void {
  const figures = {
    offsetsPerSecond: Object.fromEntries(names.map((name) => [name, Math.round(perSecond[name])])),
    bytesPerOffset: Object.fromEntries(names.map((name) => [name, rounded(bytes[name])])),
    peer: { recordsPerSecond: Math.round(peer.perSecond), bytesPerRecord: rounded(peer.bytes) },
    load: rounded(load),
  }
  const ratios = {
    perSecond: rounded(perSecond.holes1M / peer.perSecond),
    bytes: rounded(bytes.holes1M / peer.bytes),
  }
  console.log(`offsets that a mirror of one partition hides; load ${figures.load} before\n`)
  console.log(`${''.padEnd(36)} offsets/s   bytes an offset   10 million take`)
  const line = (what: string, rate: number, size: number): void => {
    const minutes = 10_000_000 / rate / 60
    console.log(`${what.padEnd(36)} ${Math.round(rate).toString().padStart(9)}   ${size.toFixed(1).padStart(15)}   ${`${minutes.toFixed(1)} min`.padStart(15)}`) // prettier-ignore
  }
  for (const name of names) {
    const { count, offsets } = cases[name]
    line(`${count} ${count === 1 ? 'hole' : 'holes'} of ${offsets}`, perSecond[name], bytes[name])
  }
  line(`records of 1 byte, Kafka's producer`, peer.perSecond, peer.bytes)
  console.log(`\n${ratios.perSecond} × the records a second of Kafka's producer, ${ratios.bytes} × their bytes`)
  console.log(`\n${JSON.stringify({ bench: 'hide', unit: 'offsets/s, bytes', figures, ratios })}`)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
