import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Kafka } from 'kafkajs'
import { benchBeside, type Beside, connect, report, signal, step } from './beside-tools.ts'

// One topic, mirrored by MirrorMaker 2 from a source that is 80 ms away: how many records a second arrive with the connectors that `link create --engine mm2` makes,
// and with those that it makes with --wan, in turn. Counted by kafkajs, from the first record on the destination to the last. The WAN of the sandbox takes more than
// one worker can carry, so that it is not the rate of the line that limits, but the time that it takes. Build first: npm run build.

const records = 1_000_000
const partitions = 4
/** Of a record: none has the same size as the one before it. */
const bytes = { least: 200, most: 1_000 }
const wan = { roundTripMs: 80, bytesPerSecond: 1_000_000_000 }
const rounds = 3
const topic = 'records'
const modes = { without: [], with: ['--wan'] } as const satisfies Record<string, readonly string[]>
type Mode = keyof typeof modes
const names = Object.keys(modes) as Mode[]

await benchBeside(bench, () => undefined, { wan, connect })

async function bench({ sandbox, own }: Beside): Promise<void> {
  const { east, west } = sandbox.clusters
  const [source, destination] = [client(east.bootstrap), client(west.bootstrap)]
  await step(`${records} records`, async () => { await write(source) }) // prettier-ignore
  const rates: Record<Mode, number[]> = { without: [], with: [] }
  for (let round = 1; round <= rounds; round++) {
    for (const mode of names) {
      const link = `${mode}-${round}`
      await own('link', 'create', link, '--source', 'east', '--destination', 'west', '--engine', 'mm2', ...modes[mode])
      await requireOverWan(sandbox.connect?.workers[0]?.url ?? '', link, east.wanBootstrap)
      const arrived = rateOf(destination)
      await own('mirror', 'create', topic, '--link', link)
      const rate = await arrived
      rates[mode].push(rate)
      report(`round ${round} of ${rounds}, ${mode} the profile: ${Math.round(rate)} records a second`)
      await own('link', 'delete', link, '--with-mirrors', '--confirm', link)
      await remove(destination)
    }
  }
  print(rates)
}

/** @throws when the connector would read the source beside the WAN */
async function requireOverWan(url: string, link: string, bootstrap: readonly string[]): Promise<void> {
  const answer = await fetch(`${url}/connectors/georep.${link}.source/config`, { signal })
  const config = (await answer.json()) as Readonly<Record<string, string>>
  const at = config['source.cluster.bootstrap.servers']
  if (at !== bootstrap.join(',')) throw new Error(`the source is read at ${at}, the WAN is at ${bootstrap.join(',')}`)
}

/** Records a second, from the first one that arrives to the last. */
async function rateOf(kafka: Kafka): Promise<number> {
  const admin = kafka.admin()
  await admin.connect()
  let first: { readonly atMs: number; readonly end: number } | undefined
  for (const until = Date.now() + 300_000; Date.now() < until;) {
    await sleep(20, undefined, { signal })
    const ends = await admin.fetchTopicOffsets(topic).catch(() => []) // It is not there yet.
    const end = ends.reduce((sum, { high }) => sum + Number(high), 0)
    const atMs = performance.now()
    if (end > 0) first ??= { atMs, end }
    if (first === undefined || end < records) continue
    await admin.disconnect()
    if (end !== records) throw new Error(`${end} records have arrived, of ${records}`)
    return ((end - first.end) * 1_000) / (atMs - first.atMs)
  }
  throw new Error('they have not arrived within five minutes')
}

async function write(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true })
  await admin.disconnect()
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  // Of text that is compressed to some three quarters.
  const text = Buffer.from(randomBytes(3 * 1_024 * 1_024).toString('base64'))
  const each = 1_000
  for (let sent = 0, at = 0; sent < records; sent += each) {
    signal.throwIfAborted()
    const messages = Array.from({ length: each }, (_, n) => {
      const size = bytes.least + (((sent + n) * 7_919) % (bytes.most - bytes.least + 1))
      at = (at + size) % (text.length - bytes.most)
      return { partition: (sent / each) % partitions, value: text.subarray(at, at + size) }
    })
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
}

async function remove(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [topic] })
  while ((await admin.listTopics()).includes(topic)) await sleep(100, undefined, { signal })
  await admin.disconnect()
}

function print(rates: Readonly<Record<Mode, readonly number[]>>): void {
  const median = (some: readonly number[]): number => Math.round(some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)]!) // prettier-ignore
  const figures = { without: median(rates.without), with: median(rates.with) }
  const ratios = { recordsPerSecond: Math.round((100 * figures.with) / figures.without) / 100 }
  console.log(`${records} records of ${bytes.least} to ${bytes.most} bytes in ${partitions} partitions; ${wan.roundTripMs} ms round trip, ${wan.bytesPerSecond / 1_000_000} MB/s each way; ${rounds} runs, in turn\n`) // prettier-ignore
  console.log('                  records/s, median       each')
  for (const name of names) {
    const each = rates[name].map((rate) => Math.round(rate).toString()).join(' ')
    console.log(`${`${name} --wan`.padEnd(18)} ${figures[name].toString().padStart(16)}       ${each}`)
  }
  console.log(`\nwith the profile: ${ratios.recordsPerSecond} × the records a second`)
  console.log(`\n${JSON.stringify({ bench: 'mm2-wan', unit: 'records/s', figures, ratios })}`)
}

function client(brokers: readonly string[]): Kafka {
  return new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
}
