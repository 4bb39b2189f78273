import kafkajs from 'kafkajs'
import { type Beside, benchBeside, consumerGroups, figuresOf, linesOf, report, type Run, step } from './beside-tools.ts'

// `georep lag` and `georep offset reset` over 1,000 groups of 30 partitions each, beside Kafka's own tool, which is asked the same of the same cluster, in
// turn. No figure is printed unless both agree, partition by partition.

const groupCount = 1_000
const partitionCount = 30
const recordsEach = 100
/** Groups that begin at one place share a call of Kafka's tool. */
const places = 10
const rounds = 5
const topic = 'bench'

interface Row {
  readonly group: string
  readonly partition: number
  readonly committed: string
  readonly logEnd: string
  readonly lag: string
  readonly lagMs: number | null
}

const groups = Array.from({ length: groupCount }, (_, index) => `bench-${index.toString().padStart(4, '0')}`)
const partitions = Array.from({ length: partitionCount }, (_, partition) => partition)
await benchBeside(bench)

async function bench({ sandbox, own, tool }: Beside): Promise<void> {
  const { east } = sandbox.clusters
  const at = ['--bootstrap-server', east.bootstrap.join(',')] as const
  await step('records', async () => { await write(east.bootstrap) }) // prettier-ignore
  await step('commits', async () => {
    for (let place = 0; place < places; place++) {
      const some = groups.filter((_, index) => index % places === place).flatMap((group) => ['--group', group])
      await tool(consumerGroups, ...at, ...some, '--topic', topic, '--reset-offsets', '--to-offset', `${place}`, '--execute') // prettier-ignore
    }
  })
  await own('link', 'create', 'east-west')
  await own('mirror', 'create', topic, '--link', 'east-west')

  const describe = async (): Promise<Run> =>
    await tool(consumerGroups, ...at, '--describe', '--all-groups', '--offsets')
  const lag = async (): Promise<Run> => await own('lag', '--link', 'east-west', '-o', 'json')
  const reset = ['offset', 'reset', '--cluster', 'east', '--group', 'bench-*', '--apply', '--confirm', 'east', '-o', 'json', '--allow-skip'] as const // prettier-ignore
  const runs = { lag: [], describe: [], reset: [], resetOffsets: [] } as Record<string, Run[]>
  for (let round = -1; round < rounds; round++) {
    // In turn, so that each of them always has all commits to move.
    const last = {
      describe: await describe(),
      lag: await lag(),
      reset: await own(...reset, '--to', 'latest', '--undo', `${sandbox.configFile}.${round}.undo.json`),
    } as Record<string, Run>
    same(last['lag']!, last['describe']!, undefined)
    same(await lag(), await describe(), 'end')
    last['resetOffsets'] = await tool(consumerGroups, ...at, '--all-groups', '--topic', topic, '--reset-offsets', '--to-earliest', '--execute') // prettier-ignore
    same(await lag(), await describe(), 'start')
    for (const [name, one] of Object.entries(last)) if (round >= 0) runs[name]!.push(one) // the first round fills the caches of the system
    const seen = Object.entries(last).map(([name, { ms }]) => `${name} ${Math.round(ms)} ms`)
    report(`round ${round + 1} of ${rounds}: ${seen.join(', ')}`)
  }
  print(runs)
}

/** Both have seen the same of every partition of every group, and, where that is given, the place that was asked for. */
function same(lag: Run, described: Run, place: 'start' | 'end' | undefined): void {
  const rows = (JSON.parse(lag.out) as { data: { groups: readonly Row[] } }).data.groups
  const ours = rows.map((row) => `${row.group}/${row.partition} ${row.committed} ${row.logEnd} ${row.lag}`)
  // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG …
  const theirs = linesOf(described.out)
    .map((line) => line.split(/\s+/))
    .filter(([, name]) => name === topic)
    .map(([group, , partition, ...figures]) => `${group}/${partition} ${figures.slice(0, 3).join(' ')}`)
  const known = new Set(theirs)
  const other = ours.find((line) => !known.has(line))
  if (ours.length !== groupCount * partitionCount || known.size !== ours.length || other !== undefined) {
    throw new Error(`${ours.length} here and ${known.size} there; not there: ${other}`)
  }
  if (rows.some(({ lagMs }) => lagMs === null)) throw new Error('the seconds of some lag are not known')
  const astray =
    place === undefined ? undefined : rows.find((row) => row.committed !== (place === 'end' ? row.logEnd : '0'))
  if (astray !== undefined) throw new Error(`${astray.group}/${astray.partition} is at ${astray.committed}`)
}

function print(runs: Readonly<Record<string, readonly Run[]>>): void {
  const meaning = {
    lag: 'georep lag -o json',
    describe: 'kafka-consumer-groups --describe --all-groups',
    reset: 'georep offset reset --apply',
    resetOffsets: 'kafka-consumer-groups --reset-offsets --execute',
  } as const
  const figures = Object.fromEntries(Object.entries(runs).map(([name, some]) => [name, figuresOf(some)]))
  const ratio = (peer: string, name: string): number => Math.round((100 * figures[peer]!.medianMs) / figures[name]!.medianMs) / 100 // prettier-ignore
  const ratios = { lag: ratio('describe', 'lag'), reset: ratio('resetOffsets', 'reset') }
  console.log(`${groupCount} groups of ${partitionCount} partitions; ${rounds} runs, in turn; all figures agree\n`)
  console.log(`${''.padEnd(50)} median      min    memory`)
  for (const [name, what] of Object.entries(meaning)) {
    const { medianMs, minMs, maxRssMb } = figures[name]!
    console.log(`${what.padEnd(48)} ${medianMs.toString().padStart(5)} ms ${minMs.toString().padStart(5)} ms ${maxRssMb.toString().padStart(6)} MB`) // prettier-ignore
  }
  console.log(`\nlag: kafka-consumer-groups takes ${ratios.lag} × as long\nreset: kafka-consumer-groups takes ${ratios.reset} × as long`) // prettier-ignore
  console.log(`\n${JSON.stringify({ bench: 'groups', unit: 'ms, MB', figures, ratios })}`)
}

async function write(bootstrap: readonly string[]): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [...bootstrap], logLevel: kafkajs.logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: partitionCount }], waitForLeaders: true })
  await admin.disconnect()
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  for (let sent = 0; sent < recordsEach; sent++) {
    await producer.send({ topic, messages: partitions.map((partition) => ({ partition, value: 'record' })) })
  }
  await producer.disconnect()
}
