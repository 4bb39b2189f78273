import { appendFileSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPrometheusText, type ReadSample } from '../support/prometheus-text.ts'
import { elementsIn, parsedXml } from '../support/reports.ts'
import { commit } from './support/commits.ts'
import { georepAtWork, type Georep } from './support/georep.ts'
import { GeorepProcess } from './support/georep-process.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { kafkaTool } from './support/log-content.ts'
import { consumed, createdTopic, eventually, layer, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { stallingNetwork } from './support/stalling-network.ts'

// How far groups are behind, against what kafkajs and Kafka's own kafka-consumer-groups tell of the same groups.

const { east, west } = sharedClusters()
const source = layer(east)
const prefix = unique('app')
const group = (name: string): string => `${prefix}-${name}`
const hour = 3_600_000

let georep: Georep
let orders: string
let mixed: string
let open: string
let bursts: string
const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const
const compressed = new Map<string, string>()

interface Row {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly committed: string | null
  readonly logStart: string | null
  readonly logEnd: string | null
  readonly lag: string | null
  readonly lagMs: number | null
  readonly method: string | null
  readonly isFuture: boolean
  readonly sourceSeen: { readonly isCurrent: boolean; readonly ageMs: number | null }
  readonly status: string
}

/** Ages, from before the records were written. */
let began = 0

beforeAll(async () => {
  began = Date.now()
  ;[orders, mixed, open, bursts] = await Promise.all([
    createdTopic(east.bootstrap, { partitions: 2 }),
    createdTopic(east.bootstrap),
    createdTopic(east.bootstrap),
    createdTopic(east.bootstrap),
    ...codecs.map(async (codec) => {
      const topic = await createdTopic(east.bootstrap, { configs: { 'compression.type': codec } })
      compressed.set(codec, topic)
      return topic
    }),
  ])
  await produce(orders, 0, [began - 3 * hour, began - 2 * hour, began - hour, began])
  await produce(orders, 1, [began, began])
  const times = [began - 3 * hour, began - 2 * hour, began]
  await Promise.all([...compressed.values()].map(async (topic) => { await produce(topic, 0, times) })) // prettier-ignore
  for (const burst of burstTimes()) await produce(bursts, 0, burst)
  for (const at of burstTimes().flat().keys()) await commit(source, group(`at${at}`), bursts, [at])
  await commit(source, group('slow'), orders, [2, 2])
  await commit(source, group('half'), orders, [4, undefined])
  await commit(source, group('ahead'), orders, [9, 2])
  for (const topic of compressed.values()) await commit(source, group('slow'), topic, [1])
  ;({ georep } = await georepAtWork([east.bootstrap, west.bootstrap], '--groups', `${prefix}-*`))
  const made = await georep.run(
    'mirror',
    'create',
    orders,
    mixed,
    open,
    bursts,
    ...compressed.values(),
    '--link',
    georep.link,
  )
  expect(made.code, made.err).toBe(0)
  appendFileSync(
    georep.config,
    `objectives: { lag: 4h, topics: { "${orders}": { lag: 1h } }, groups: { "${group('at')}*": { lag: 2h }, "${group('at5')}": { lag: 30m } } }\n`,
  )
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await georep.remove()
})

/** Times of records: two bursts with a long gap between them, and one whose clock was ahead. */
function burstTimes(): readonly (readonly number[])[] {
  const [first, second] = [began - 3 * hour, began - hour]
  return [[first, first + 10, first + 20, first + 30], [second, second + 500], [began + hour / 2]]
}

async function produce(topic: string, partition: number, timestamps: readonly number[]): Promise<void> {
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  const messages = timestamps.map((at) => ({ value: 'v', partition, timestamp: String(at) }))
  await producer.send({ topic, acks: -1, messages })
  await producer.disconnect()
}

async function groupsSeen(
  run: Georep['run'],
  ...flags: readonly string[]
): Promise<{
  readonly code: number
  readonly rows: readonly Row[]
  readonly groupEndIs: string
  readonly err: string
}> {
  // prettier-ignore
  const { code, out, err } = await run('lag', '--link', georep.link, '-o', 'json', ...flags)
  const { data } = JSON.parse(out) as { data: { groups: readonly Row[]; groupEndIs: string } }
  return { code, rows: data.groups, groupEndIs: data.groupEndIs, err }
}

function rowOf(rows: readonly Row[], name: string, topic: string, partition = 0): Row | undefined {
  return rows.find((row) => row.group === group(name) && row.topic === topic && row.partition === partition)
}

function sampleOf(
  metrics: ReturnType<typeof readPrometheusText>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): ReadSample | undefined {
  return metrics.get(name)?.samples.find((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value)) // prettier-ignore
}

/** The offsets that a read-committed consumer of kafkajs is given of what is there now. */
async function consumedUpTo(topic: string): Promise<readonly string[]> {
  return (await consumed(east.bootstrap, topic, 1)).map(({ offset }) => offset)
}

/** What is behind since `at`: never younger than when it was written, and no older than the test. */
function expectAge(row: Row | undefined, at: number): void {
  expect(row?.lagMs).toBeGreaterThanOrEqual(began - at)
  expect(row?.lagMs).toBeLessThanOrEqual(Date.now() - at)
}

describe('groups in lag', () => {
  it('have the places, ends and counts that kafkajs and kafka-consumer-groups tell, and the seconds of their next record', async () => {
    const { code, rows } = await groupsSeen(georep.run, '--topic', orders)
    expect(code).toBe(4) // "half" has no commit in one partition
    const told = rows.map((row) => [row.group.slice(prefix.length + 1), row.partition, row.lag, row.status])
    expect(told.slice(0, 3)).toEqual([
      ['half', 1, null, 'UNKNOWN'],
      ['ahead', 0, '-5', 'AHEAD'],
      ['slow', 0, '2', 'LAGGING'],
    ])
    expect(told.slice(3).map(([, , lag, status]) => [lag, status])).toEqual([['0', 'OK'], ['0', 'OK'], ['0', 'OK']]) // prettier-ignore
    const slow = rowOf(rows, 'slow', orders)
    expect(slow).toMatchObject({ committed: '2', logStart: '0', logEnd: '4', method: 'exact' })
    expectAge(slow, began - hour)
    expect(rowOf(rows, 'slow', orders, 1)).toMatchObject({ lagMs: 0 })

    const { out: tsv } = await georep.run('lag', '--link', georep.link, '--topic', orders, '-o', 'tsv')
    const [head = '', ...lines] = tsv.trimEnd().split('\n')
    const [kind, at] = ['kind', 'group'].map((name) => head.split('\t').indexOf(name))
    const cells = lines.map((line) => line.split('\t'))
    expect(cells.filter((row) => row[kind!] === 'mirror').map((row) => row[at!])).toEqual(['', ''])
    expect(cells.filter((row) => row[kind!] === 'group').map((row) => row[at!])).toEqual(rows.map((row) => row.group))

    const kafkajsSays = await withAdmin(east.bootstrap, async (admin) => {
      const ends = new Map((await admin.fetchTopicOffsets(orders)).map((one) => [one.partition, one]))
      const [found] = await admin.fetchOffsets({ groupId: group('slow'), topics: [orders] })
      return (found?.partitions ?? []).map(({ partition, offset }) => {
        const { low, high } = ends.get(partition)!
        return { partition, committed: offset, logStart: low, logEnd: high, lag: String(BigInt(high) - BigInt(offset)) }
      })
    })
    expect(kafkajsSays).toHaveLength(2)
    for (const one of kafkajsSays) expect(rowOf(rows, 'slow', orders, one.partition)).toMatchObject(one)

    const asked = [group('slow'), group('ahead'), group('at3')]
    const tool = [
      '--bootstrap-server',
      east.bootstrap.join(),
      '--describe',
      '--offsets',
      ...asked.flatMap((one) => ['--group', one]),
    ]
    const text = await kafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', tool)
    const toolLines = text.split('\n').map((line) => line.trim().split(/\s+/)).filter(([name = '']) => asked.includes(name)) // prettier-ignore
    const { rows: all } = await groupsSeen(georep.run, '--group', ...asked)
    const allTold = all.map(({ group: name, topic, partition, committed, logEnd, lag }) => [name, topic, String(partition), committed, logEnd, lag]) // prettier-ignore
    // Newer tools have a column for the leader epoch of the commit.
    const toolSays = toolLines.map((line) => [line[0], line[1], line[2], line[3], ...line.slice(-6, -3).filter((cell) => /^-?\d+$/.test(cell)).slice(-2)]) // prettier-ignore
    expect(new Set(allTold.map(String))).toEqual(new Set(toolSays.map(String)))
    expect(allTold).toHaveLength(9)
  })

  it('seconds are those of the next record, in bursts and across the gap between them; one of the future is flagged', async () => {
    const { code, rows } = await groupsSeen(georep.run, '--topic', bursts)
    expect(code).toBe(0)
    const times = burstTimes().flat()
    for (const [offset, at] of times.entries()) {
      const row = rowOf(rows, `at${offset}`, bursts)
      const isFuture = at > began
      expect(row, String(offset)).toMatchObject({ lag: String(times.length - offset), method: 'exact', isFuture })
      if (isFuture) expect(row?.lagMs).toBe(0)
      else expectAge(row, at)
    }
    expect(times).toHaveLength(7)
    const gate = await groupsSeen(georep.run, '--topic', bursts, '--group', group('at6'), '--fail-over', '4h')
    expect(gate).toMatchObject({ code: 4, err: expect.stringContaining('the time of its next record is of the future') as string }) // prettier-ignore
  })

  it('by the objectives of georep.yaml each has its own limit, in JUnit too; as metrics they are what kafkajs tells', async () => {
    const flags = ['lag', '--link', georep.link, '--topic', bursts]
    const { code, out, err } = await georep.run(...flags, '--objectives', '-o', 'junit')
    expect(code).toBe(3)
    // at5 is within what holds for at*, but not within its own.
    const cases = elementsIn(parsedXml(out)).filter(({ name }) => name === 'testcase')
    const outcomeOf = (at: number): unknown => cases.find(({ attributes }) => attributes['name']?.startsWith(`group ${group(`at${at}`)} in`) === true)?.children[0] // prettier-ignore
    expect(outcomeOf(3)).toMatchObject({ name: 'failure', attributes: { message: expect.stringContaining(`(groups.${group('at')}*: 2h00m)`) as string } }) // prettier-ignore
    expect(outcomeOf(4)).toMatchObject({ name: 'system-out' })
    expect(outcomeOf(5)).toMatchObject({ name: 'failure', attributes: { message: expect.stringContaining(`(groups.${group('at5')}: 30m00s)`) as string } }) // prettier-ignore
    expect(outcomeOf(6)).toMatchObject({ name: 'error' })
    expect(err).toMatch(/gate: over the limit: 5 of 8 partitions over their objectives, worst group /)

    const metrics = readPrometheusText((await georep.run(...flags, '-o', 'prometheus')).out)
    const end = BigInt(
      (await withAdmin(east.bootstrap, async (admin) => await admin.fetchTopicOffsets(bursts)))[0]!.high,
    )
    for (const at of burstTimes().flat().keys()) {
      const sample = sampleOf(metrics, 'kafka_consumergroup_group_lag', { group: group(`at${at}`), topic: bursts })
      expect(sample?.value).toBe(Number(end) - at)
    }
    expect(sampleOf(metrics, 'kafka_consumergroup_group_lag_seconds', { group: group('at6') })?.value).toBeNaN()
    expect(sampleOf(metrics, 'georep_mirror_lag_records', { topic: bursts })?.value).toEqual(expect.any(Number))
    expect(sampleOf(metrics, 'georep_lag_source_up')?.value).toBe(1)
  })

  it('seconds of a place in the middle of a compressed batch are those of its record, whatever the codec', async () => {
    const { rows } = await groupsSeen(georep.run, '--group', group('slow'))
    for (const [codec, topic] of compressed) {
      const row = rowOf(rows, 'slow', topic)
      expect(row, codec).toMatchObject({ lag: '2', method: 'exact' })
      expectAge(row, began - 2 * hour)
    }
  })

  it('an aborted record is not the next one to be read, one of an open transaction is; a marker alone is nothing to be read', async () => {
    const client = kafkajsClient(east.bootstrap)
    const producer = client.producer({ createPartitioner, transactionalId: unique('txn'), maxInFlightRequests: 1, idempotent: true }) // prettier-ignore
    await producer.connect()
    const at = (time: number): { value: string; partition: number; timestamp: string } => ({ value: 'v', partition: 0, timestamp: String(time) }) // prettier-ignore
    await produce(open, 0, [began - 3 * hour])
    const aborted = await producer.transaction()
    await aborted.send({ topic: mixed, messages: [at(began - 3 * hour), at(began - 3 * hour)] })
    await aborted.send({ topic: open, messages: [at(began - 3 * hour)] })
    await aborted.abort()
    const kept = await producer.transaction()
    await kept.send({ topic: mixed, messages: [at(began - hour)] })
    await kept.commit()
    // 0 and 1 aborted, 2 its marker, 3 the record, 4 its marker
    await commit(source, group('aborted'), mixed, [0])
    await commit(source, group('read'), mixed, [4])
    const undecided = await producer.transaction()
    // 0 a record, 1 aborted, 2 its marker, 3 what is undecided
    await undecided.send({ topic: open, messages: [at(began - 2 * hour)] })
    await commit(source, group('open'), open, [3])
    await commit(source, group('open-behind'), open, [0])
    await commit(source, group('open-past'), open, [4])
    await commit(source, group('open-aborted'), open, [1])
    try {
      const { rows } = await groupsSeen(georep.run)
      const behindAborted = rowOf(rows, 'aborted', mixed)
      expect(behindAborted).toMatchObject({ lag: '5', method: 'approx' })
      expectAge(behindAborted, began - hour)
      expect(rowOf(rows, 'read', mixed)).toMatchObject({ lag: '1', lagMs: 0, method: 'exact' })
      const behindOpen = rowOf(rows, 'open', open)
      expect(behindOpen).toMatchObject({ lag: '1', method: 'exact' })
      expectAge(behindOpen, began - 2 * hour)

      // What a reader of what is committed is given ends where the transaction begins, though others may have read on.
      const committed = await groupsSeen(georep.run, '--committed')
      expect(committed.groupEndIs).toBe('lastStableOffset')
      expect(rowOf(committed.rows, 'open', open)).toMatchObject({ lag: '0', logEnd: '3', status: 'OK', lagMs: 0 })
      expect(rowOf(committed.rows, 'open-past', open)).toMatchObject({ lag: '0', logEnd: '3', status: 'OK', lagMs: 0 })
      // What is left is an aborted record and a marker: nothing that it will read.
      expect(rowOf(committed.rows, 'open-aborted', open)).toMatchObject({ lag: '2', status: 'LAGGING', lagMs: 0 })
      const behindBoth = rowOf(rows, 'open-aborted', open)
      expect(behindBoth).toMatchObject({ lag: '3', method: 'approx' })
      expectAge(behindBoth, began - 2 * hour)
      const behind = rowOf(committed.rows, 'open-behind', open)
      expect(behind).toMatchObject({ lag: '3', logEnd: '3', status: 'LAGGING', method: 'exact' })
      expectAge(behind, began - 3 * hour)
      expect(await consumedUpTo(open)).toEqual(['0'])
      expect(rowOf(rows, 'open-behind', open)).toMatchObject({ lag: '4', logEnd: '4' })
    } finally {
      await undecided.abort()
      await producer.disconnect()
    }
  })

  it('are part of the gate, are LOST when retention has passed them, and can be left out', async () => {
    const gate = ['--topic', orders, '--group', group('slow'), '--fail-over', '30m']
    const over = await groupsSeen(georep.run, ...gate)
    expect(over.code).toBe(3)
    expect(over.err).toContain(`worst group ${group('slow')} in ${orders}/0 of link ${georep.link}`)
    // A watch ends with the first round that is over.
    const watched = await georep.run('lag', '--link', georep.link, '--watch', '1s', '-o', 'json', ...gate)
    expect({ code: watched.code, lines: watched.out.split('\n').length }).toEqual({ code: 3, lines: 2 })
    expect((await groupsSeen(georep.run, '--topic', orders, '--group', group('half'), '--fail-over', '30m')).code).toBe(4) // prettier-ignore
    const without = await georep.run('lag', '--link', georep.link, '--topic', orders, '--mirrors-only', '--fail-over', '30m', '-o', 'json') // prettier-ignore
    expect(without.code, without.err).toBe(0)
    expect(JSON.parse(without.out)).toMatchObject({ data: { groups: null } })

    await withAdmin(east.bootstrap, async (admin) => {
      // Without it kafkajs does not know who leads.
      await admin.fetchTopicOffsets(orders)
      await admin.deleteTopicRecords({ topic: orders, partitions: [{ partition: 0, offset: '3' }] })
    })
    const { rows } = await groupsSeen(georep.run, '--topic', orders, '--group', group('slow'))
    const lost = rowOf(rows, 'slow', orders)
    expect(lost).toMatchObject({ committed: '2', logStart: '3', lag: '1', status: 'LOST' })
    expectAge(lost, began)
  })

  it('while they are watched a source that dies turns them STALE, and they come back with it; Ctrl-C ends with 130', async () => {
    await using network = await stallingNetwork(east.bootstrap)
    const file = join(dirname(georep.config), 'lag.prom')
    const upOf = (name: string): number | undefined => sampleOf(readPrometheusText(readFileSync(file, 'utf8')), name)?.value // prettier-ignore
    const argv = ['--config', georep.config, 'lag', '--link', georep.link, '--topic', orders, '--group', group('slow'), '--watch', '2s', '-o', 'json', '--textfile', file] // prettier-ignore
    const watching = new GeorepProcess(argv, { env: network.env })
    const rounds = (): readonly string[] => watching.out.split('\n').slice(0, -1)
    const areAll = (isCurrent: boolean, from = 0): boolean => {
      const last = rounds().slice(from).at(-1)
      if (last === undefined) return false
      const { partitions, groups } = (JSON.parse(last) as { data: Record<'partitions' | 'groups', readonly Row[]> })
        .data
      const rows = [...partitions, ...groups]
      return rows.length === 4 && rows.every(({ status, sourceSeen }) => sourceSeen.isCurrent === isCurrent && (status === 'STALE') === !isCurrent) // prettier-ignore
    }
    try {
      await eventually(`it is seen twice ${watching.err}`, async () => await Promise.resolve(areAll(true, 1)))
      await eventually('the file says so', async () => await Promise.resolve(upOf('georep_lag_source_up') === 1))
      // Between two rounds: one that has begun waits longer for its answers.
      const before = rounds().length
      await eventually(`another round ${watching.err}`, async () => await Promise.resolve(rounds().length > before))
      network.stall()
      await eventually(`it is STALE ${watching.err}`, async () => await Promise.resolve(areAll(false)))
      await eventually('the file says so', async () => await Promise.resolve(upOf('georep_lag_source_up') === 0))
      expect(upOf('kafka_consumergroup_group_lag')).toBeNaN()
      network.heal()
      const seen = rounds().length
      await eventually(`it is seen again ${watching.err}`, async () => await Promise.resolve(areAll(true, seen)))
      watching.signal('SIGINT')
      expect((await watching.ended).code).toBe(130)
      expect(upOf('georep_lag_up')).toBe(0)
      expect(watching.err).not.toContain('error')
    } finally {
      watching.signal('SIGKILL')
    }
  })

  it('with the source dead they stand where their offsets were copied last, are STALE with the age of that, and the gate does not pass', async () => {
    const copied = group('slow')
    await eventually('its offsets are copied', async () =>
      await withAdmin(west.bootstrap, async (admin) => {
        const [found] = await admin.fetchOffsets({ groupId: copied, topics: [orders] })
        return found?.partitions.every(({ offset }) => offset === '2') ?? false
      })) // prettier-ignore
    const sourceDead = georep.withSourceAt('127.0.0.1:1')
    const { code, rows, err } = await groupsSeen(sourceDead, '--topic', orders, '--group', copied)
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('the source does not answer') as string })
    expect(rowOf(rows, 'slow', orders)).toMatchObject({ committed: '2', lag: '2', status: 'STALE', lagMs: null })
    expect(rowOf(rows, 'slow', orders)?.sourceSeen).toMatchObject({ isCurrent: false, ageMs: expect.any(Number) as number }) // prettier-ignore
    const gate = await groupsSeen(sourceDead, '--topic', orders, '--fail-over', '30m')
    expect(gate.code).toBe(4)
  })
})
