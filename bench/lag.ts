import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Kafka } from 'kafkajs'
import { type Beside, benchBeside, consumerGroups, env, figuresOf, georep, linesOf, Memory, report, type Run, signal, step } from './beside-tools.ts' // prettier-ignore

// `georep lag` over 10,000 partitions, beside Kafka's own tools asked the same of the same clusters. No figure is printed unless all of them agree,
// partition by partition.

const topicCount = 100
const perTopic = 100
const rounds = 5
const filledTopics = 30
const pausedTopics = 10
const readyMs = 240_000
const group = 'bench'
const getOffsets = 'org.apache.kafka.tools.GetOffsetShell'

interface LagDocument {
  readonly partitions: readonly {
    readonly topic: string
    readonly partition: number
    readonly sourceEnd: string
    readonly mirrored: string
    readonly lag: string | null
    readonly lagMs: number | null
  }[]
  readonly groups: readonly {
    readonly topic: string
    readonly partition: number
    readonly committed: string
    readonly logEnd: string
    readonly lag: string
  }[]
}

const topics = Array.from({ length: topicCount }, (_, index) => `bench-${index.toString().padStart(3, '0')}`)
const partitions = Array.from({ length: perTopic }, (_, partition) => partition)
let runner: ChildProcess | undefined
await benchBeside(bench, () => runner?.kill('SIGKILL'))

async function bench({ sandbox, own, tool }: Beside): Promise<void> {
  const { east, west } = sandbox.clusters
  const [atEast, atWest] = [east.bootstrap.join(','), west.bootstrap.join(',')]
  const source = new kafkajs.Kafka({ brokers: [...east.bootstrap], logLevel: kafkajs.logLevel.NOTHING })

  await step('topics', async () => { await create(source) }) // prettier-ignore
  await step('records', async () => { await write(source, topics.slice(0, filledTopics), 20) }) // prettier-ignore
  await step('commits', async () => {
    const all = topics.flatMap((topic) => ['--topic', topic])
    await tool(consumerGroups, '--bootstrap-server', atEast, '--group', group, ...all, '--reset-offsets', '--to-offset', '10', '--execute') // prettier-ignore
  })
  await own('link', 'create', 'east-west', '--groups', group)
  await step('mirrors', async () => { await own('mirror', 'create', ...topics, '--link', 'east-west') }) // prettier-ignore
  runner = spawn(process.execPath, [georep, '--config', sandbox.configFile, 'link', 'run', 'east-west'], {
    env: { ...env, ...sandbox.environmentFor('runner') },
    stdio: 'ignore',
  })
  const runnerMemory = new Memory(runner.pid)
  await step('caught up', async () => { await untilLag(own, 0) }) // prettier-ignore
  const paused = topics.slice(0, pausedTopics)
  await own('mirror', 'pause', ...paused, '--link', 'east-west')
  await write(source, paused, 5)
  await step('lagging', async () => { await untilLag(own, pausedTopics * perTopic) }) // prettier-ignore

  const describe = [consumerGroups, '--bootstrap-server', atEast, '--describe', '--group', group] as const
  const offsetsAt = async (at: string): Promise<Run> =>
    await tool(getOffsets, '--bootstrap-server', at, '--topic-partitions', 'bench-.*')
  const cases = {
    json: async () => await own('lag', '-o', 'json'),
    table: async () => await own('lag', '-o', 'table'),
    mirrors: async () => await own('lag', '--mirrors-only', '-o', 'json'),
    groups: async () => await tool(...describe),
    offsets: async () => together(await offsetsAt(atEast), await offsetsAt(atWest)),
  } as const
  const none: Run = { ms: 0, rssMb: 0, out: '' }
  const noRuns: Record<keyof typeof cases, Run> = {
    json: none,
    table: none,
    mirrors: none,
    groups: none,
    offsets: none,
  }
  const runs = { json: [], table: [], mirrors: [], groups: [], offsets: [] } as Record<keyof typeof cases, Run[]>
  for (let round = -1; round < rounds; round++) {
    const last = { ...noRuns }
    for (const name of Object.keys(cases) as (keyof typeof cases)[]) {
      last[name] = await cases[name]()
      if (round >= 0) runs[name].push(last[name]) // the first round fills the caches of the system
    }
    check(last)
    report(
      `round ${round + 1} of ${rounds}: ${Object.entries(last)
        .map(([name, { ms }]) => `${name} ${Math.round(ms)} ms`)
        .join(', ')}`,
    )
  }
  print(runs, runnerMemory.stop())
}

/** All three must have seen the same, of every partition. */
function check({ json, groups, offsets }: Readonly<Record<'json' | 'groups' | 'offsets', Run>>): void {
  const { partitions: rows, groups: groupRows } = (JSON.parse(json.out) as { data: LagDocument }).data
  // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG …
  const described = linesOf(groups.out)
    .map((line) => line.split(/\s+/))
    .filter(([name]) => name === group)
    .map(([, topic, partition, ...figures]) => `${topic}:${partition} ${figures.slice(0, 3).join(' ')}`)
  same('groups', groupRows.map(({ topic, partition, committed, logEnd, lag }) => `${topic}:${partition} ${committed} ${logEnd} ${lag}`), described) // prettier-ignore
  const [source = '', mirror = ''] = offsets.out.split('\f')
  same('sources', rows.map(({ topic, partition, sourceEnd }) => `${topic}:${partition}:${sourceEnd}`), linesOf(source)) // prettier-ignore
  same('mirrors', rows.map(({ topic, partition, mirrored }) => `${topic}:${partition}:${mirrored}`), linesOf(mirror)) // prettier-ignore
  const isUnknown = rows.some(({ sourceEnd, mirrored, lag, lagMs }) => lagMs === null || lag === null || BigInt(sourceEnd) - BigInt(mirrored) !== BigInt(lag)) // prettier-ignore
  if (isUnknown) throw new Error('the lag of some partition is not known, or is not the difference of its ends')
}

function same(what: string, ours: readonly string[], theirs: readonly string[]): void {
  const known = new Set(theirs)
  const other = ours.find((line) => !known.has(line))
  if (ours.length === topicCount * perTopic && known.size === ours.length && other === undefined) return
  throw new Error(`${what}: ${ours.length} here and ${known.size} there; not there: ${other}`)
}

function print(
  runs: Readonly<Record<'json' | 'table' | 'mirrors' | 'groups' | 'offsets', readonly Run[]>>,
  runnerMb: number,
): void {
  const meaning = {
    json: 'georep lag -o json',
    table: 'georep lag -o table',
    mirrors: 'georep lag --mirrors-only -o json',
    groups: 'kafka-consumer-groups --describe --group',
    offsets: 'kafka-get-offsets, of both clusters',
  } as const
  const names = Object.keys(meaning) as (keyof typeof meaning)[]
  const figures = Object.fromEntries(names.map((name) => [name, figuresOf(runs[name])])) as Record<keyof typeof meaning, ReturnType<typeof figuresOf>> // prettier-ignore
  const ratio = (peers: readonly (keyof typeof meaning)[], name: keyof typeof meaning): number =>
    Math.round((100 * peers.reduce((sum, peer) => sum + figures[peer].medianMs, 0)) / figures[name].medianMs) / 100
  // All that lag tells takes both tools; either of them alone is the nearest to being faster.
  const ratios = {
    both: ratio(['groups', 'offsets'], 'json'),
    groups: ratio(['groups'], 'json'),
    offsets: ratio(['offsets'], 'mirrors'),
  }
  console.log(
    `${topicCount * perTopic} partitions, ${pausedTopics * perTopic} of them behind; ${rounds} runs, in turn; all figures agree\n`,
  )
  console.log(`${''.padEnd(44)} median      min    memory`)
  for (const name of names) {
    const { medianMs, minMs, maxRssMb } = figures[name]
    console.log(`${meaning[name].padEnd(42)} ${medianMs.toString().padStart(5)} ms ${minMs.toString().padStart(5)} ms ${maxRssMb.toString().padStart(6)} MB`) // prettier-ignore
  }
  console.log(`
lag: the two tools that tell as much take ${ratios.both} × as long, kafka-consumer-groups alone ${ratios.groups} ×
lag --mirrors-only: kafka-get-offsets takes ${ratios.offsets} × as long
the runner that carries all of it had ${Math.round(runnerMb)} MB`)
  console.log(
    `\n${JSON.stringify({ bench: 'lag', unit: 'ms, MB', figures: { ...figures, runnerMb: Math.round(runnerMb) }, ratios })}`,
  )
}

function rowsOf({ out }: Run): LagDocument['partitions'] {
  return (JSON.parse(out) as { data: LagDocument }).data.partitions
}

/** Two runs that answer one question between them. */
function together(a: Run, b: Run): Run {
  return { ms: a.ms + b.ms, rssMb: Math.max(a.rssMb, b.rssMb), out: `${a.out}\f${b.out}` }
}

async function create(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  for (let at = 0; at < topics.length; at += 10) {
    signal.throwIfAborted()
    const some = topics.slice(at, at + 10).map((topic) => ({ topic, numPartitions: perTopic }))
    await admin.createTopics({ topics: some, waitForLeaders: false, timeout: 60_000 })
  }
  // Not kafkajs's own wait, which throws where nobody can catch it.
  while (!(await isLed(admin))) await sleep(250, undefined, { signal })
  await admin.disconnect()
}

async function isLed(admin: ReturnType<Kafka['admin']>): Promise<boolean> {
  try {
    const found = (await admin.fetchTopicMetadata({ topics })).topics.flatMap((topic) => topic.partitions)
    return found.length === topicCount * perTopic && found.every(({ leader }) => leader >= 0)
  } catch {
    return false
  }
}

async function write(kafka: Kafka, to: readonly string[], perPartition: number): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  for (const topic of to) {
    signal.throwIfAborted()
    const messages = partitions.flatMap((partition) => Array.from({ length: perPartition }, () => ({ partition, value: 'record' }))) // prettier-ignore
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
}

/** Until so many partitions are known to be behind, and all others to have everything. */
async function untilLag(own: (...args: readonly string[]) => Promise<Run>, count: number): Promise<void> {
  const deadline = performance.now() + readyMs
  for (;;) {
    const rows = rowsOf(await own('lag', '--mirrors-only', '-o', 'json'))
    const isKnown = rows.length === topicCount * perTopic && rows.every(({ lag }) => lag !== null)
    if (isKnown && rows.filter(({ lag }) => lag !== '0').length === count) return
    if (performance.now() > deadline) throw new Error(`not ${count} partitions are behind after ${readyMs / 1_000} s`)
    await sleep(500, undefined, { signal })
  }
}
