import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sideBySide } from '../../src/core/side-by-side.ts'
import { readPlan, textOfPlan } from '../../src/cli/offset/plan-file.ts'
import { txnOffsetCommit } from '../../src/kafka/wire/messages/txn-offset-commit.ts'
import { commit, committedBy } from './support/commits.ts'
import { type Georep, georepAtWork } from './support/georep.ts'
import { joinByNewProtocol } from './support/consumer-protocol.ts'
import { allCommits } from './support/killed-move.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { kafkaTool } from './support/log-content.ts'
import { MachineRoom } from './support/machine-room.ts'
import { createdTopic, eventually, layer, onceKnown, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { signalledAt } from './support/signalled.ts'

// Committed offsets that are moved by plans: what the brokers have afterwards, as kafkajs and Kafka's own kafka-consumer-groups read it.

const { east, west } = sharedClusters()
const source = layer(east)
const hour = 3_600_000
const began = Date.now()
const partitions = 3

let georep: Georep
let orders: string
const room = new MachineRoom()

beforeAll(async () => {
  orders = await createdTopic(east.bootstrap, { partitions })
  const producer = kafkajsClient(east.bootstrap).producer({
    createPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  const times = Array.from({ length: 10 }, (_, index) => began + (index - 9) * hour)
  // The last partition ends two hours before the others.
  const messages = Array.from({ length: partitions }, (_, partition) =>
    times
      .slice(0, partition === partitions - 1 ? 8 : 10)
      .map((at) => ({ value: 'v', partition, timestamp: String(at) })),
  ).flat()
  await producer.send({ topic: orders, acks: -1, messages })
  await producer.disconnect()
  ;({ georep } = await georepAtWork([east.bootstrap, west.bootstrap], '--groups', 'carried-*'))
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await georep.remove()
  await room.remove()
})

/** A group with these commits. */
async function groupAt(offsets: readonly (number | undefined)[], metadata?: string): Promise<string> {
  const group = unique('g')
  await commit(source, group, orders, offsets, metadata)
  return group
}

const now = async (group: string): Promise<readonly string[]> => await committedBy(east.bootstrap, group, orders)
const fileOf = (name: string): string => join(dirname(georep.config), `${unique(name)}.json`)

async function reset(groups: readonly string[], to: string, ...flags: readonly string[]): ReturnType<Georep['run']> {
  return await georep.run('offset', 'reset', '--cluster', georep.source, '--group', ...groups, '--to', to, ...flags)
}

/** A plan in a file, with what is said of it. */
async function planned(groups: readonly string[], to: string, ...flags: readonly string[]): Promise<string> {
  const file = fileOf('plan')
  const { code, err } = await reset(groups, to, ...flags, '--plan', file)
  expect(code, err).toBe(0)
  return file
}

const apply = async (file: string, ...flags: readonly string[]): ReturnType<Georep['run']> =>
  await georep.run('offset', 'apply', file, '--confirm', georep.source, ...flags)
const rollback = async (file: string): ReturnType<Georep['run']> =>
  await georep.run('offset', 'rollback', file, '--confirm', georep.source)
const undoOf = (file: string): string => file.replace(/\.json$/, '.undo.json')

async function consumerGroupsTool(...args: readonly string[]): Promise<string> {
  const main = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'
  return await kafkaTool(main, ['--bootstrap-server', east.bootstrap.join(), ...args])
}

describe('offset reset', () => {
  it('puts groups where kafkajs says that the place is; a preview and a plan change nothing', async () => {
    const [group, other] = [await groupAt([9, 9, 8]), await groupAt([3, 1, undefined])]
    const at = new Date(began - 5 * hour)
    const ofTime = await withAdmin(east.bootstrap, async (admin) => await onceKnown(async () => await admin.fetchTopicOffsetsByTimestamp(orders, at.getTime()))) // prettier-ignore
    const timed = ofTime.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset)
    expect(timed).toEqual(['4', '4', '4'])
    const apply = ['--apply', '--confirm', georep.source]

    const preview = await reset([group], 'earliest')
    expect(preview).toMatchObject({ code: 0, err: expect.stringContaining('nothing was changed') as string })
    await planned([group], 'earliest')
    expect(await now(group)).toEqual(['9', '9', '8'])

    for (const [to, expected, ...flags] of [
      [at.toISOString(), timed],
      ['latest', ['10', '10', '8'], '--allow-skip'],
      // To a broker -1, the millisecond before 1970, is the end of a log.
      ['1969-12-31T23:59:59.999Z', ['0', '0', '0']],
      ['latest', ['10', '10', '8'], '--allow-skip'],
      [new Date(began - 1.5 * hour).toISOString(), ['8', '8', '8']],
      ['6', ['6', '6', '6']],
      [`group:${other}`, ['3', '1', '6'], '--topic', orders],
    ] as const) {
      const { code, err } = await reset([group], to, ...flags, ...apply)
      expect(code, `${to}: ${err}`).toBe(0)
      expect(await now(group), to).toEqual(expected)
    }

    const described = await consumerGroupsTool('--describe', '--offsets', '--group', group)
    const rows = described.split('\n').map((line) => line.trim().split(/\s+/)).filter(([name]) => name === group) // prettier-ignore
    expect(rows.map(([, topic, partition, offset]) => [topic, partition, offset].join(' ')).toSorted()).toEqual(['3', '1', '6'].map((offset, index) => `${orders} ${index} ${offset}`)) // prettier-ignore
  })

  it('forward it is refused unless it is said, and then none of the groups is moved', async () => {
    const [behind, ahead] = [await groupAt([2, 9, 8]), await groupAt([9, 9, 8])]
    const file = fileOf('plan')
    for (const flags of [['--apply', '--confirm', georep.source], ['--plan', file], []]) {
      const refused = await reset([behind, ahead], '6', ...flags)
      expect(refused.code).toBe(5)
      expect(refused.out).toMatch(new RegExp(`${behind} +refused .*it would skip 4 records of ${orders}/0`))
      expect(refused.err).toContain('nothing was changed')
    }
    expect(existsSync(file)).toBe(false)
    expect([await now(behind), await now(ahead)]).toEqual([['2', '9', '8'], ['9', '9', '8']]) // prettier-ignore
    expect((await reset([behind], '11', '--allow-skip', '--apply', '--confirm', georep.source)).out).toContain('lies outside of') // prettier-ignore
    expect(await now(behind)).toEqual(['2', '9', '8'])
  })

  it('a group with a consumer is refused by name, with its host, and so is the other one of the plan', async () => {
    const [active, idle] = [await groupAt([9, 9, 8]), await groupAt([9, 9, 8])]
    const before = await planned([active, idle], 'earliest')
    const consumer = kafkajsClient(east.bootstrap).consumer({ groupId: active, maxWaitTimeInMs: 100 })
    await consumer.connect()
    try {
      await consumer.subscribe({ topic: orders })
      await consumer.run({ autoCommit: false, eachMessage: async () => { await Promise.resolve() } }) // prettier-ignore
      await eventually('the consumer is in its group', async () =>
        await withAdmin(east.bootstrap, async (admin) => {
          const { groups } = await admin.describeGroups([active])
          return groups[0]?.state === 'Stable'
        })) // prettier-ignore
      const who = `is Stable, with 1 member: observer at 127.0.0.1`
      const refused = await reset([active, idle], 'earliest', '--apply', '--confirm', georep.source)
      expect(refused.code).toBe(5)
      expect(refused.out).toMatch(new RegExp(`${active} +refused .*${who}`))
      const late = await apply(before)
      expect(late).toMatchObject({ code: 5, err: expect.stringContaining(`group "${active}" ${who}`) as string })
      expect(late.err).toContain('GR-GROUP-ACTIVE')
      expect(existsSync(undoOf(before))).toBe(false)
      expect(await now(idle)).toEqual(['9', '9', '8'])
      // Left out, it holds back nobody.
      expect((await apply(before, '--group', idle)).code).toBe(0)
      expect(await now(idle)).toEqual(['0', '0', '0'])
    } finally {
      await consumer.disconnect()
    }
    expect(await now(active)).toEqual(['9', '9', '8'])
  })

  it('a group with a consumer of the new protocol, KIP-848, is refused by its host, too', async () => {
    const group = await groupAt([9, 9, 8])
    await joinByNewProtocol(east.bootstrap[0]!, group, orders)
    const refused = await reset([group], 'earliest', '--apply', '--confirm', georep.source)
    expect(refused.code).toBe(5)
    expect(refused.out).toMatch(new RegExp(`${group} +refused .*is \\w+, with 1 member: .* at 127.0.0.1`))
    expect(await now(group)).toEqual(['9', '9', '8'])
  })

  it('what a runner carries from the source of a link is refused on its destination', async () => {
    const made = await georep.run('mirror', 'create', orders, '--link', georep.link)
    expect(made.code, made.err).toBe(0)
    const group = unique('carried')
    await commit(source, group, orders, [5, 5, 5])
    const there = async (): Promise<readonly string[]> => await committedBy(west.bootstrap, group, orders)
    await eventually('its offsets are carried', async () => (await there()).every((one) => one === '5'))
    const { code, out } = await georep.run('offset', 'reset', '--cluster', georep.destination, '--group', group, '--to', 'earliest', '--apply', '--confirm', georep.destination) // prettier-ignore
    expect(code).toBe(5)
    expect(out).toContain(`its offsets are copied from the source of link "${georep.link}"`)
    expect(new Set(await there())).toEqual(new Set(['5']))
  })
})

describe('offset apply', () => {
  it('refuses a plan that is stale, and says what is not as it was', async () => {
    const [changed, still] = [await groupAt([9, 9, 8]), await groupAt([9, 9, 8])]
    const file = await planned([changed, still], 'earliest')
    await commit(source, changed, orders, [undefined, 7, undefined])
    const stale = await apply(file)
    expect(stale.code).toBe(7)
    expect(stale.err).toContain(`group "${changed}": its commits have changed since: ${orders}/1 was 9 and is 7`)
    expect(stale.err).not.toContain(still)
    expect(await now(still)).toEqual(['9', '9', '8'])

    const elsewhere = await georep.withSourceAt(west.bootstrap.join(', '))('offset', 'apply', file, '--confirm', georep.source) // prettier-ignore
    expect(elsewhere.code).toBe(7)
    expect(elsewhere.err).toContain(`has the id ${west.clusterId}, the plan was made with ${east.clusterId}`)

    const edited = fileOf('edited')
    writeFileSync(edited, readFileSync(file, 'utf8').replace('"offset":"0"', '"offset":"1"'))
    const byHand = await apply(edited)
    expect(byHand.code).toBe(2)
    expect(byHand.err).toContain('GR-PLAN-FILE')

    const late = fileOf('late')
    const good = await readPlan(await planned([still], 'earliest'))
    writeFileSync(late, textOfPlan({ ...good, expiresAt: new Date(began) }))
    const expired = await apply(late)
    expect(expired.code).toBe(7)
    expect(expired.err).toContain(`it was made to be applied before ${new Date(began).toISOString()}`)
    expect(await now(still)).toEqual(['9', '9', '8'])

    const topic = await createdTopic(east.bootstrap)
    const group = unique('g')
    await commit(source, group, topic, [0])
    const ofTopic = fileOf('plan')
    const columns = fileOf('offsets')
    writeFileSync(columns, `${group},${topic},0,0\n`)
    await withAdmin(east.bootstrap, async (admin) => {
      // A plan with something to do, of a topic that has nothing in it.
      await commit(source, group, topic, [3])
      const made = await georep.run('offset', 'import', columns, '--cluster', georep.source, '--plan', ofTopic)
      expect(made.code, made.err).toBe(0)
      await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
      await eventually('the other partition is seen', async () => (await admin.fetchTopicOffsets(topic)).length === 2)
      const grown = await apply(ofTopic)
      expect(grown.code).toBe(7)
      expect(grown.err).toContain(`topic "${topic}" has 2 partitions, and had 1`)
      await admin.deleteTopics({ topics: [topic] })
      await eventually('the topic is gone', async () => !(await admin.listTopics()).includes(topic))
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false })
      await eventually('it is made anew', async () => await admin.fetchTopicOffsets(topic).then(() => true, () => false)) // prettier-ignore
    })
    const anew = await apply(ofTopic)
    expect(anew.code).toBe(7)
    expect(anew.err).toContain(`topic "${topic}" was deleted and made anew`)
  })

  it('writes the way back before it moves anything, and rollback restores all: metadata, and what was not there', async () => {
    const group = await groupAt([9, undefined, undefined], 'of "mine", ü')
    const file = await planned([group], 'earliest', '--topic', orders)
    const undo = undoOf(file)
    writeFileSync(undo, 'of somebody else')
    const refused = await apply(file)
    expect({ code: refused.code, err: refused.err }).toEqual({ code: 5, err: expect.stringContaining('GR-FILE-EXISTS') as string }) // prettier-ignore
    expect(await now(group)).toEqual(['9', '-1', '-1'])
    expect(readFileSync(undo, 'utf8')).toBe('of somebody else')

    const elsewhere = fileOf('undo')
    const applied = await apply(file, '--undo', elsewhere)
    expect(applied.code, applied.err).toBe(0)
    expect(await now(group)).toEqual(['0', '0', '0'])
    const back = await rollback(elsewhere)
    expect(back.code, back.err).toBe(0)
    const read = await withAdmin(east.bootstrap, async (admin) => await onceKnown(async () => await admin.fetchOffsets({ groupId: group, topics: [orders] }))) // prettier-ignore
    const found = read[0]?.partitions.toSorted((a, b) => a.partition - b.partition)
    expect(found?.map(({ offset }) => offset)).toEqual(['9', '-1', '-1'])
    expect(found?.[0]?.metadata).toBe('of "mine", ü')
    // Again it is there already.
    expect((await rollback(elsewhere)).code).toBe(0)
  })
})

describe('offset apply of 1,100 groups, killed', () => {
  const count = 1_100
  const prefix = unique('k')
  const groups = Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(4, '0')}`)
  const [first = '', last = ''] = [groups[0], groups.at(-1)]
  const placeOf = (index: number): number => 1 + (index % 8)
  let file: string

  beforeAll(async () => {
    await sideBySide(groups, 16, async (group) => {
      const index = groups.indexOf(group)
      await commit(source, group, orders, [placeOf(index), placeOf(index), placeOf(index)])
    })
    file = await planned([`${prefix}-*`], 'earliest')
  })

  const isAtStart = (): readonly string[] => groups.map((_, index) => Array(partitions).fill(placeOf(index)).join()) // prettier-ignore
  const isMoved = (): readonly string[] => groups.map(() => '0,0,0')

  const allNow = async (): Promise<readonly string[]> => await allCommits(east.bootstrap, groups, orders)

  /** When the commits of so many groups were sent, of which five hundred are one transaction. */
  async function killed(args: readonly string[], after: number): Promise<void> {
    const env = signalledAt({ sends: txnOffsetCommit, nth: after + 1 }, 'SIGKILL')
    const child = room.start(['--config', georep.config, ...args, '--confirm', georep.source], env)
    expect((await child.ended).code, child.lines.join('\n')).toBeNull()
  }

  it('while its first transaction is open, and again in the middle: applied again the end is the plan, and rollback restores', async () => {
    await killed(['offset', 'apply', file], 300)
    expect(existsSync(undoOf(file))).toBe(true)
    const look = await apply(file, '--dry-run')
    expect(look.code, look.err).toBe(0)
    await killed(['offset', 'apply', file], 800)
    await eventually('its first transaction has ended', async () => String(await now(first)) === '0,0,0')
    expect(await now(last)).not.toContain('0')
    const again = await apply(file)
    expect(again.code, again.err).toBe(0)
    expect(await allNow()).toEqual(isMoved())
    const back = await rollback(undoOf(file))
    expect(back.code, back.err).toBe(0)
    expect(await allNow()).toEqual(isAtStart())
  })

  it('in the middle: rollback restores all without another apply, though it is killed itself', async () => {
    await killed(['offset', 'apply', file], 800)
    await killed(['offset', 'rollback', undoOf(file)], 300)
    const back = await rollback(undoOf(file))
    expect(back.code, back.err).toBe(0)
    expect(await allNow()).toEqual(isAtStart())
  })
})

describe('offset export and import', () => {
  it("CSV is that of Kafka's tool, and either is read", async () => {
    const [a, b] = [await groupAt([9, 4, 8]), await groupAt([5, 5, undefined])]
    const both = ['--group', a, '--group', b]
    const lines = (text: string): readonly string[] => text.split('\n').map((line) => line.trim()).filter((line) => line !== '').toSorted() // prettier-ignore
    const exported = async (...groups: readonly string[]): Promise<string> => {
      const { code, out, err } = await georep.run('offset', 'export', '--cluster', georep.source, '--format', 'csv', '--group', ...groups) // prettier-ignore
      expect(code, err).toBe(0)
      return out
    }
    const toolExports = async (...args: readonly string[]): Promise<string> => await consumerGroupsTool('--reset-offsets', '--export', '--dry-run', '--all-topics', ...args) // prettier-ignore
    const [ours, current, one, earliest] = await Promise.all([
      exported(a, b),
      toolExports('--to-current', ...both),
      toolExports('--to-current', '--group', a),
      toolExports('--to-earliest', ...both),
    ])
    expect(lines(ours)).toEqual(lines(current))
    expect(lines(ours)).toHaveLength(5)
    expect(lines(await exported(a))).toEqual(lines(one))

    const imported = async (text: string, ...flags: readonly string[]): Promise<void> => {
      const file = fileOf('offsets')
      writeFileSync(file, text)
      const { code, err } = await georep.run('offset', 'import', file, '--cluster', georep.source, '--apply', '--confirm', georep.source, ...flags) // prettier-ignore
      expect(code, err).toBe(0)
    }
    await imported(earliest)
    expect([await now(a), await now(b)]).toEqual([['0', '0', '0'], ['0', '0', '-1']]) // prettier-ignore
    await imported(ours, '--allow-skip')
    expect([await now(a), await now(b)]).toEqual([['9', '4', '8'], ['5', '5', '-1']]) // prettier-ignore
    await imported(earliest)
    await imported(one, '--allow-skip', '--group', a)
    expect([await now(a), await now(b)]).toEqual([['9', '4', '8'], ['0', '0', '-1']]) // prettier-ignore

    // And Kafka's tool reads ours.
    const csv = fileOf('ours')
    writeFileSync(csv, ours)
    await consumerGroupsTool('--reset-offsets', '--execute', '--from-file', csv, ...both)
    expect([await now(a), await now(b)]).toEqual([['9', '4', '8'], ['5', '5', '-1']]) // prettier-ignore
  })

  it('JSON brings back offsets and metadata', async () => {
    const group = await groupAt([9, 4, undefined], 'kept, "so"')
    const file = fileOf('export')
    const { code, err } = await georep.run('offset', 'export', '--cluster', georep.source, '--group', group, '--file', file) // prettier-ignore
    expect(code, err).toBe(0)
    expect((await reset([group], 'earliest', '--apply', '--confirm', georep.source)).code).toBe(0)
    expect(await now(group)).toEqual(['0', '0', '-1'])
    const back = await georep.run('offset', 'import', file, '--cluster', georep.source, '--allow-skip', '--apply', '--confirm', georep.source) // prettier-ignore
    expect(back.code, back.err).toBe(0)
    const read = await withAdmin(east.bootstrap, async (admin) => await onceKnown(async () => await admin.fetchOffsets({ groupId: group, topics: [orders] }))) // prettier-ignore
    const found = read[0]?.partitions.toSorted((one, other) => one.partition - other.partition)
    expect(found?.map(({ offset, metadata }) => [offset, metadata ?? ''])).toEqual([['9', 'kept, "so"'], ['4', 'kept, "so"'], ['-1', '']]) // prettier-ignore
  })

  it('of a topic of which nothing is committed nothing is exported, which is told; and an export of nothing fails', async () => {
    const group = await groupAt([9, 4, undefined])
    const file = fileOf('export')
    const all = (...topics: readonly string[]): readonly string[] => ['offset', 'export', '--cluster', georep.source, '--group', group, '--file', file, '--topic', ...topics] // prettier-ignore
    const none = await georep.run(...all('ordres'))
    expect({ code: none.code, isThere: existsSync(file) }).toEqual({ code: 1, isThere: false })
    expect(none.err).toContain('GR-TOPIC-UNKNOWN: no group that is meant has committed anything of topic "ordres"')
    const some = await georep.run(...all('ordres', orders))
    expect(some.code, some.err).toBe(0)
    expect(some.err).toContain('warning: no group that is meant has committed anything of topic "ordres"\n')
    expect((JSON.parse(readFileSync(file, 'utf8')) as { data: { offsets: unknown[] } }).data.offsets).toHaveLength(2)
  })
})
