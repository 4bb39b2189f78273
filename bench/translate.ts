import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Kafka } from 'kafkajs'
import { systemTime } from '../src/cli/system-time.ts'
import type { Offset } from '../src/core/offset.ts'
import { ownPlaces, translate, type Flow } from '../src/engines/mm2/translate.ts'
import type { OwnPlace, PlaceTranslation, SourcePlace } from '../src/engines/translating.ts'
import { Cluster } from '../src/kafka/cluster.ts'
import type { SandboxWorker } from '../src/sandbox/connect/handle.ts'
import { type Beside, benchBeside, consumerGroups, report, signal, step } from './beside-tools.ts'

// Where groups go on that read a million records which MirrorMaker 2 has copied, beside its own checkpoints of the same groups: of a worker that is killed again and
// again, of one that copies exactly once, and from a source that is written to in transactions, some of them aborted. What is skipped and read again is counted by
// kafkajs, which reads all records on both sides: each has a key of its own.

const records = 1_000_000
const lags = [0, 1_000, 10_000, 100_000, 500_000] as const
/** Groups at about each lag. */
const groupsEach = 20
const kills = 3
const rounds = 3
const modes = {
  killed: 'at least once, killed',
  once: 'exactly once',
  transactions: 'transactional source',
} as const
type Mode = keyof typeof modes
const names = Object.keys(modes) as Mode[]

interface Group {
  readonly name: string
  readonly lag: number
  /** How far it is exactly: some tens more than its lag. */
  readonly behind: number
}

const groups: readonly Group[] = lags.flatMap((lag) =>
  Array.from({ length: groupsEach }, (_, n) => ({
    name: `lag-${lag}-${n}`,
    lag,
    behind: lag === 0 ? n : lag + 37 * n,
  })),
)

await benchBeside(bench, undefined, { connect: { workers: 1, isExactlyOnce: false } })

async function bench({ sandbox, tool }: Beside): Promise<void> {
  const { east, west } = sandbox.clusters
  const [worker] = sandbox.connect?.workers ?? []
  if (worker === undefined) throw new Error('there is no worker')
  const [source, destination] = [client(east.bootstrap), client(west.bootstrap)]
  const config = configOf(east.bootstrap, west.bootstrap)

  await step('topics', async () => { await create(source) }) // prettier-ignore
  await step('records', async () => {
    for (const mode of names) await write(source, mode)
  })
  await step('copied, killed', async () => {
    await connector(worker.url, 'Source', 'killed', { ...config, topics: 'killed' })
    for (let kill = 1; kill <= kills; kill++) {
      await untilEnd(destination, 'killed', (kill * records) / (kills + 2))
      await worker.kill({ signal })
      await worker.start({ signal })
    }
    await untilCopied(source, destination, 'killed')
  })
  await step('copied, exactly once', async () => {
    await fetch(`${worker.url}/connectors/killed/pause`, { method: 'PUT', signal })
    await beExactlyOnce(worker)
    for (const mode of ['once', 'transactions'] as const) {
      await connector(worker.url, 'Source', mode, { ...config, topics: mode, 'exactly.once.support': 'required', 'source.consumer.isolation.level': 'read_committed' }) // prettier-ignore
      await untilCopied(source, destination, mode)
    }
  })
  const truths = {} as Record<Mode, Truth>
  await step('truth', async () => {
    for (const mode of names) truths[mode] = await truthOf(source, destination, mode)
  })
  const places = names.flatMap((mode) => groups.map((group) => ({ mode, group, place: truths[mode].placeOf(group.behind) }))) // prettier-ignore
  await step('commits', async () => {
    const rows = places.map(({ mode, group, place }) => `"${group.name}","${mode}",0,${place}`)
    const file = `${sandbox.configFile}.commits.csv`
    await writeFile(file, `${rows.join('\n')}\n`)
    const all = groups.flatMap(({ name }) => ['--group', name])
    await tool(consumerGroups, '--bootstrap-server', east.bootstrap.join(), ...all, '--reset-offsets', '--from-file', file, '--execute') // prettier-ignore
  })

  await using here = clusterOf('east', east.bootstrap)
  await using there = clusterOf('west', west.bootstrap)
  const flow: Flow = {
    source: here,
    destination: there,
    sourceSilent: undefined,
    sourceAlias: 'east',
    targetAlias: 'west',
    separator: '.',
    syncsOn: 'target',
    mirrorOf: (topic) => ({ topic: `east.${topic}`, partitions: 1, stoppedAt: () => undefined }),
  }
  let own: readonly OwnPlace[] = []
  await step('checkpoints', async () => {
    await connector(worker.url, 'Checkpoint', 'checkpoints', { ...config, groups: 'lag-.*' })
    const until = Date.now() + 90_000
    while (own.length < places.length && Date.now() < until) {
      await sleep(1_000, undefined, { signal })
      own = await ownPlaces(flow, { signal }).catch(() => [])
    }
  })
  const asked = places.map(({ mode: topic, place }) => ({ topic, partition: 0, offset: BigInt(place) as Offset }))
  const found = await translate(flow, asked, { signal, verify: true })
  const dead = await translate({ ...flow, sourceSilent: 'the source does not answer' }, asked, { signal, verify: true })
  const rows = places.map((one, index): Row => {
    const checkpoint = own.find(
      ({ group, mirrorTopic }) => group === one.group.name && mirrorTopic === `east.${one.mode}`,
    )
    return rowOf(one, { found: found[index]!, dead: dead[index]!, checkpoint }, truths[one.mode])
  })
  const ms = await timeOf(flow, names.map((mode) => truths[mode])) // prettier-ignore
  print(rows, ms)
}

interface Row {
  readonly mode: Mode
  readonly lag: number
  readonly isExact: boolean
  readonly ours: number
  readonly checkpoint: number | undefined
  readonly dead: number
  readonly deadBound: number
}

/** @throws when a record is skipped, or more are read again than was said */
function rowOf(
  { mode, group, place }: { readonly mode: Mode; readonly group: Group; readonly place: number },
  told: {
    readonly found: PlaceTranslation
    readonly dead: PlaceTranslation
    readonly checkpoint: OwnPlace | undefined
  },
  truth: Truth,
): Row {
  const counted = ({ translated }: PlaceTranslation): { readonly again: number; readonly bound: number } => {
    if (translated.kind === 'unknown') throw new Error(`${mode}, ${group.name}: ${translated.why}`)
    const { skipped, again } = truth.outcome(place, Number(translated.to))
    const bound = translated.kind === 'exact' ? 0 : Number(translated.reread)
    if (skipped > 0 || again > bound) {
      throw new Error(`${mode}, ${group.name}: ${translated.kind} at ${translated.to.toString()}, ${skipped} skipped, ${again} read again`)
    }
    return { again, bound }
  } // prettier-ignore
  const [ours, dead] = [counted(told.found), counted(told.dead)]
  const checkpoint = told.checkpoint === undefined ? undefined : truth.outcome(place, Number(told.checkpoint.to)).again
  return { mode, lag: group.lag, isExact: told.found.translated.kind === 'exact', ours: ours.again, checkpoint, dead: dead.again, deadBound: dead.bound } // prettier-ignore
}

/** How long a thousand groups take that read all three topics, in milliseconds: the median. */
async function timeOf(flow: Flow, truths: readonly Truth[]): Promise<number> {
  const behind = Array.from({ length: 1_000 }, (_, n) => lags[n % lags.length]! + 31 * n)
  const places = truths.flatMap(
    ({ placeOf, topic }) =>
    behind.map((lag): SourcePlace => ({ topic, partition: 0, offset: BigInt(placeOf(Math.min(lag, records))) as Offset })), // prettier-ignore
  )
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now()
    const found = await translate(flow, places, { signal, verify: true })
    times.push(performance.now() - startedMs)
    const other = found.find(({ translated }) => translated.kind !== 'exact')
    if (other !== undefined) report(`not exact: ${JSON.stringify(other, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`) // prettier-ignore
  }
  return Math.round(times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!)
}

function print(rows: readonly Row[], msPer1000Groups: number): void {
  const most = (some: readonly Row[], of: (row: Row) => number | undefined): number => Math.max(0, ...some.map((row) => of(row) ?? 0)) // prettier-ignore
  const share = (some: readonly Row[]): number => some.filter(({ isExact }) => isExact).length / some.length
  console.log(`${records} records a topic, ${groupsEach} groups about each lag; nothing is skipped; the most records that are read again by any of them\n`) // prettier-ignore
  const line = (...cells: readonly (string | number)[]): void => {
    console.log(cells.map((cell, n) => (n === 0 ? String(cell).padEnd(24) : String(cell).padStart(n === 1 ? 8 : 13))).join('')) // prettier-ignore
  }
  line('', 'lag', 'exact', 'georep', 'source dead', 'said at most', 'checkpoint', 'without one')
  for (const mode of names) {
    for (const lag of lags) {
      const some = rows.filter((row) => row.mode === mode && row.lag === lag)
      const without = some.filter(({ checkpoint }) => checkpoint === undefined).length
      line(modes[mode], lag, `${(100 * share(some)).toFixed(0)} %`, most(some, ({ ours }) => ours), most(some, ({ dead }) => dead), most(some, ({ deadBound }) => deadBound), most(some, ({ checkpoint }) => checkpoint), without) // prettier-ignore
    }
  }
  console.log(`\n1,000 groups of three partitions: ${msPer1000Groups} ms`)
  const figures = {
    exactShare: share(rows),
    rereadOurs: most(rows, ({ ours }) => ours),
    rereadCheckpoint: most(rows, ({ checkpoint }) => checkpoint),
    msPer1000Groups,
  }
  console.log(`\n${JSON.stringify({ bench: 'translate', figures, ratios: {} })}`)
}

interface Truth {
  readonly topic: Mode
  /** Where a group stands on the source that has so many records before it that it has not read. */
  readonly placeOf: (behind: number) => number
  readonly outcome: (place: number, to: number) => { readonly skipped: number; readonly again: number }
}

/** By the numbers that the records have as their keys. */
async function truthOf(source: Kafka, destination: Kafka, mode: Mode): Promise<Truth> {
  const here = new Float64Array(records)
  await readAll(source, mode, (key, offset) => { here[key] = offset }) // prettier-ignore
  const keys: number[] = []
  const offsets: number[] = []
  const last = new Float64Array(records).fill(Infinity)
  await readAll(destination, `east.${mode}`, (key, offset) => {
    keys.push(key)
    offsets.push(offset)
    last[key] = offset
  })
  const missing = last.filter((copy) => copy === Infinity).length
  report(`${mode}: ${keys.length} copies of ${records} records, ${missing} are missing`)
  // From each record on, the lowest of the last copies: behind that, one is skipped.
  const needed = last.slice()
  for (let key = records - 2; key >= 0; key--) needed[key] = Math.min(needed[key]!, needed[key + 1]!)
  return {
    topic: mode,
    placeOf: (behind) => (behind === 0 ? here[records - 1]! + 1 : here[records - behind]!),
    outcome: (place, to) => {
      const unread = lowest(records, (key) => here[key]! >= place)
      const from = lowest(offsets.length, (at) => offsets[at]! >= to)
      let again = 0
      for (let at = from; at < keys.length; at++) if (keys[at]! < unread) again++
      const isSkipped = unread < records && needed[unread]! < to
      return { skipped: isSkipped ? last.slice(unread).filter((copy) => copy < to).length : 0, again }
    },
  }
}

/** The lowest index from which on it holds. */
function lowest(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

async function readAll(kafka: Kafka, topic: string, onRecord: (key: number, offset: number) => void): Promise<void> {
  const end = await endOf(kafka, topic)
  const consumer = kafka.consumer({ groupId: `truth-${topic}`, maxBytesPerPartition: 8_388_608, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let [next, seen] = [0, 0]
  await consumer.run({
    eachBatch: async (payload) => {
      const { batch } = payload
      for (const { key, offset } of batch.messages) {
        onRecord(Number(key), Number(offset))
        seen++
      }
      next = Number(batch.lastOffset()) + 1
      payload.resolveOffset(batch.lastOffset())
      await Promise.resolve()
    },
  })
  // Markers at the end are not told of: it is over when nothing has come for a while.
  for (let [still, before] = [0, -1]; next < end && still < 30; before = seen) {
    await sleep(100, undefined, { signal })
    still = seen === before && seen > 0 ? still + 1 : 0
  }
  await consumer.disconnect()
}

function client(brokers: readonly string[]): Kafka {
  return new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
}

function clusterOf(name: string, bootstrap: readonly string[]): Cluster {
  return new Cluster({ name, bootstrap, region: undefined, tls: undefined, sasl: undefined }, { wait: systemTime.wait })
}

function configOf(east: readonly string[], west: readonly string[]): Readonly<Record<string, string>> {
  return {
    'source.cluster.alias': 'east',
    'target.cluster.alias': 'west',
    'source.cluster.bootstrap.servers': east.join(),
    'target.cluster.bootstrap.servers': west.join(),
    'replication.factor': '1',
    'offset-syncs.topic.replication.factor': '1',
    'checkpoints.topic.replication.factor': '1',
    // There they outlive the source.
    'offset-syncs.topic.location': 'target',
    'refresh.groups.interval.seconds': '5',
    'emit.checkpoints.interval.seconds': '5',
  }
}

async function connector(url: string, kind: string, name: string, config: Readonly<Record<string, string>>): Promise<void> {
  const body = JSON.stringify({ 'connector.class': `org.apache.kafka.connect.mirror.Mirror${kind}Connector`, ...config })
  const until = Date.now() + 60_000
  for (;;) {
    const answer = await fetch(`${url}/connectors/${name}/config`, { method: 'PUT', body, headers: { 'content-type': 'application/json' }, signal })
    if (answer.ok) return
    if (Date.now() > until) throw new Error(`connector "${name}": ${await answer.text()}`)
    await sleep(500, undefined, { signal })
  }
} // prettier-ignore

/** Connect takes it from its file when it starts. */
async function beExactlyOnce(worker: SandboxWorker): Promise<void> {
  const file = join(dirname(worker.logFile), 'worker.properties')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace('exactly.once.source.support=disabled', 'exactly.once.source.support=enabled'))
  await worker.restart({ signal })
}

async function create(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: names.map((topic) => ({ topic, numPartitions: 1 })), waitForLeaders: true })
  await admin.disconnect()
}

/** Records with their numbers as keys; of one topic in transactions, of which each tenth is aborted and written again. */
async function write(kafka: Kafka, mode: Mode): Promise<void> {
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
  const isTransactional = mode === 'transactions'
  const producer = kafka.producer(isTransactional ? { createPartitioner, transactionalId: mode, idempotent: true, maxInFlightRequests: 1 } : { createPartitioner }) // prettier-ignore
  await producer.connect()
  const value = Buffer.alloc(100, 'x')
  const each = 1_000
  for (let from = 0; from < records; from += each) {
    signal.throwIfAborted()
    const messages = Array.from({ length: each }, (_, n) => ({ partition: 0, key: String(from + n), value }))
    if (!isTransactional) {
      await producer.send({ topic: mode, messages })
      continue
    }
    for (const isAborted of from % (10 * each) === 0 ? [true, false] : [false]) {
      const transaction = await producer.transaction()
      await transaction.send({ topic: mode, messages })
      await (isAborted ? transaction.abort() : transaction.commit())
    }
  }
  await producer.disconnect()
}

async function endOf(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const [at] = await admin.fetchTopicOffsets(topic)
    return Number(at?.high ?? 0)
  } catch {
    return 0 // It is not there yet.
  } finally {
    await admin.disconnect()
  }
}

async function untilEnd(kafka: Kafka, mode: Mode, end: number): Promise<void> {
  for (const until = Date.now() + 240_000; (await endOf(kafka, `east.${mode}`)) < end;) {
    if (Date.now() > until) throw new Error(`"${mode}" is not copied`)
    await sleep(100, undefined, { signal })
  }
}

/** As many copies as records, and for a while no more: what is repeated then is, too. */
async function untilCopied(source: Kafka, destination: Kafka, mode: Mode): Promise<void> {
  await untilEnd(destination, mode, Math.min(records, await endOf(source, mode)))
  for (let before = -1, end = 0; before !== end; [before, end] = [end, await endOf(destination, `east.${mode}`)]) {
    // A worker that was killed is missed after 6 s, and begins again where it had written down.
    await sleep(8_000, undefined, { signal })
  }
}
