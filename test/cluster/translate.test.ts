import type { Message } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commit } from './support/commits.ts'
import { georepAtWork, type Georep } from './support/georep.ts'
import type { Runner } from './support/runner.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import {
  committedNow,
  consumed,
  createdTopic,
  eventually,
  layer,
  onceKnown,
  type SeenRecord,
  withAdmin,
} from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { write } from './support/write.ts'

// Where places of the source are on the destination, against what kafkajs reads from there on either side.

const { east, west } = sharedClusters()
const source = layer(east)
const group = unique('reader')
const began = Date.now() - 20_000

let georep: Georep
let runner: Runner
let mirrored: string

interface Row {
  readonly group: string | null
  readonly topic: string | null
  readonly partition: number
  readonly from: string
  readonly to: string | null
  readonly exactness: 'exact' | 'bounded' | 'unknown'
  readonly exactBy: string | null
  readonly reread: string | null
  readonly why: string | null
  readonly differing: { readonly source: object; readonly destination: object } | null
}

beforeAll(async () => {
  ;[mirrored] = await Promise.all([createdTopic(east.bootstrap, { partitions: 2 }), makeCopies()])
  await write(east.bootstrap, mirrored, 55)
  await commit(source, group, mirrored, [33, 0])
  await commit(source, group, original, [77])
  ;({ georep, runner } = await georepAtWork([east.bootstrap, west.bootstrap], '--groups', group))
  const made = await georep.run('mirror', 'create', mirrored, '--link', georep.link)
  expect(made.code, `${made.out}${made.err}`).toBe(0)
  await eventually('the mirror is caught up', async () => (await endOf(west.bootstrap, mirrored)) === 55)
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await georep.remove()
})

async function endOf(bootstrap: readonly string[], topic: string): Promise<number> {
  return await withAdmin(bootstrap, async (admin) => {
    const offsets = await onceKnown(async () => await admin.fetchTopicOffsets(topic))
    return Number(offsets.find(({ partition }) => partition === 0)?.high)
  })
}

async function translate(...flags: readonly string[]): Promise<{ code: number; rows: readonly Row[]; err: string }> {
  const { code, data, err } = await georep.json('offset', 'translate', ...flags)
  return { code, rows: (data as { translations: readonly Row[] }).translations, err }
}

// The original: `records` in order, of which `copied` are in the copies; a copy keeps the order and nothing else.
const records: readonly Message[] = Array.from({ length: 320 }, (_, n) => {
  // Three that nothing tells apart, among hundreds of one time.
  const value = n >= 150 && n < 153 ? 'the same' : `record ${n}`
  const time = n < 100 ? began + 10 * n : n < 300 ? began + 1_000 : began + 1_000 + n
  return { partition: 0, key: 'k', value, timestamp: String(time), headers: { trace: 'x' } }
})
/** As if compaction had taken them from the copy. */
const isCopied = (n: number): boolean => n < 30 || n >= 35
const copied = records.flatMap((record, n) => (isCopied(n) ? [{ n, record }] : []))
let original: string
let copy: string
let stamped: string
let originalRead: readonly SeenRecord[]

async function makeCopies(): Promise<void> {
  ;[original, copy, stamped] = await Promise.all([
    createdTopic(east.bootstrap),
    createdTopic(west.bootstrap),
    createdTopic(west.bootstrap, { configs: { 'message.timestamp.type': 'LogAppendTime' } }),
  ])
  const foreign = { partition: 0, value: 'of somebody else', timestamp: String(began - 60_000) }
  await Promise.all([
    produce(east.bootstrap, original, [records.slice(0, 50), records.slice(50, 60), records.slice(60)], 'some'),
    // Markers of transactions between them, and other records before.
    produce(west.bootstrap, copy, [Array<Message>(7).fill(foreign), ...forties()], 'all'),
    produce(west.bootstrap, stamped, [[foreign], ...forties()], 'some'),
  ])
  originalRead = await consumed(east.bootstrap, original, records.length)
}

function forties(): readonly (readonly Message[])[] {
  const all = copied.map(({ record }) => record)
  return Array.from({ length: Math.ceil(all.length / 40) }, (_, n) => all.slice(40 * n, 40 * n + 40))
}

/** One batch after another; in transactions, with one that is aborted before each. */
async function produce(
  bootstrap: readonly string[],
  topic: string,
  batches: readonly (readonly Message[])[],
  inTransactions: 'all' | 'some',
): Promise<void> {
  const producer = kafkajsClient(bootstrap).producer({ createPartitioner, transactionalId: topic, idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
  await producer.connect()
  for (const [n, messages] of batches.entries()) {
    if (inTransactions === 'some' && n === 1) {
      const aborted = await producer.transaction()
      await aborted.send({ topic, messages: [{ partition: 0, value: 'never seen', timestamp: String(began) }] })
      await aborted.abort()
    }
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [...messages] })
    await transaction.commit()
  }
  await producer.disconnect()
}

/**
 * What a reader of the copy that goes on at `to` is given, told by the number that its first record has among those that were copied: how many are
 * skipped, and how many are read again.
 */
function outcomeOf(from: number, to: number, there: readonly SeenRecord[]): { skipped: number; again: number } {
  const foreign = there.length - copied.length
  const unread = originalRead.findIndex(({ offset }) => Number(offset) >= from)
  const next = unread === -1 ? copied.length : copied.findIndex(({ n }) => n >= unread)
  const given = Math.max(there.findIndex(({ offset }) => Number(offset) >= to), -1) // prettier-ignore
  const first = given === -1 ? copied.length : given - foreign
  return { skipped: Math.max(0, first - next), again: Math.max(0, next - first) }
}

describe('offset translate', () => {
  it('of a link gives each group its own offset, exact, and every record is found the same on both sides', async () => {
    const { code, rows, err } = await translate('--link', georep.link, '--verify')
    expect(code, err).toBe(0)
    expect(rows.map(({ group: name, topic, partition, from, to, exactBy, why }) => [name, topic, partition, from, to, exactBy, why])).toEqual([
      [group, mirrored, 0, '33', '33', 'record', null],
      [group, mirrored, 1, '0', '0', 'mapping', 'not compared: nothing committed is left to be read on the source'],
    ]) // prettier-ignore
    const [here, there] = await Promise.all([consumed(east.bootstrap, mirrored, 55), consumed(west.bootstrap, mirrored, 55)]) // prettier-ignore
    expect(there.find(({ offset }) => offset >= '33')).toEqual(here.find(({ offset }) => offset >= '33'))
    // A record, the end, and what is past it.
    const places = [35, 55, 56].map((at) => `${mirrored}:0:${at}`)
    const given = await translate('--link', georep.link, '--verify', '--at', ...places, 'nowhere:0:1')
    expect(given.code).toBe(4)
    expect(given.rows.map(({ to, exactness, exactBy }) => [to, exactness, exactBy])).toEqual([
      ['35', 'exact', 'record'],
      ['55', 'exact', 'mapping'],
      [null, 'unknown', null],
      [null, 'unknown', null],
    ])
    expect(given.err).toContain('the place is 1 offset past the end of the source, 55')
    expect(given.err).toContain('the link has no mirror of this topic')
  })

  it('without a link finds every place in a copy with other offsets, or says that it does not, and never skips a record', async () => {
    const ends = ['--by', 'timestamp', '--source', georep.source, '--destination', georep.destination]
    const there = await consumed(west.bootstrap, copy, copied.length + 7)
    const last = Number(originalRead.at(-1)!.offset)
    const numbers = [
      0, 1, 29, 30, 31, 33, 34, 35, 36, 49, 50, 59, 60, 61, 99, 100, 101, 149, 150, 151, 152, 153, 154, 222, 299, 300,
      318, 319,
    ]
    // The place of a record, and the one behind it, which may be a marker's.
    const places = [...numbers.flatMap((n) => [0, 1].map((more) => Number(originalRead[n]!.offset) + more)), last + 2]
    const each = [...new Set(places)]
    const { rows } = await translate(...ends, '--map', `${original}=${copy}`, '--at', ...each.map((at) => `${original}:0:${at}`)) // prettier-ignore
    expect(rows).toHaveLength(each.length)
    for (const row of rows) {
      if (row.to === null) continue
      const { skipped, again } = outcomeOf(Number(row.from), Number(row.to), there)
      expect(skipped, JSON.stringify(row)).toBe(0)
      expect(again, JSON.stringify(row)).toBeLessThanOrEqual(Number(row.reread))
    }
    const told = (exactness: Row['exactness']): readonly number[] =>
      rows.filter((row) => row.exactness === exactness).map(({ from }) => originalRead.findIndex(({ offset }) => Number(offset) >= Number(from))) // prettier-ignore
    // The record and the one before it are not in the copy.
    expect(new Set(told('unknown'))).toEqual(new Set([31, 32, 33, 34]))
    // Neither the record nor the one before it can be told from others.
    expect(new Set(told('bounded'))).toEqual(new Set([151, 152]))
    expect(rows.find(({ from }) => Number(from) === last + 2)).toMatchObject({ exactBy: 'end' })

    const ofGroup = await translate(...ends, '--map', `${original}=${copy}`, '--topic', original, '--group', group)
    expect(ofGroup.code, ofGroup.err).toBe(0)
    expect(ofGroup.rows).toMatchObject([{ group, topic: copy, from: '77', exactness: 'exact', exactBy: 'record' }])
    expect(outcomeOf(77, Number(ofGroup.rows[0]!.to), there)).toEqual({ skipped: 0, again: 0 })

    // What was found moves the group, on a cluster that no link leads to.
    const planned = await georep.run('offset', 'translate', ...ends, '--map', `${original}=${copy}`, '--topic', original, '--group', group, '--plan', 'there.json') // prettier-ignore
    expect(planned.code, planned.err).toBe(0)
    expect(await committedNow(west.bootstrap, group, copy)).toBe('-1')
    const applied = await georep.run('offset', 'apply', 'there.json', '--confirm', georep.destination)
    expect(applied.code, `${applied.out}${applied.err}`).toBe(0)
    expect(await committedNow(west.bootstrap, group, copy)).toBe(ofGroup.rows[0]!.to)
    // Places are no groups.
    const refused = await georep.run('offset', 'translate', '--link', georep.link, '--at', `${mirrored}:0:1`, '--plan', 'no.json') // prettier-ignore
    expect(refused.code).toBe(2)
  })

  it('where the broker gave the times goes by the hash and the record before it, and says so', async () => {
    const there = await consumed(west.bootstrap, stamped, copied.length + 1)
    const places = [20, 45, 121, 151, 250].map((n) => `${original}:0:${originalRead[n]!.offset}`)
    const ends = ['--by', 'timestamp', '--source', georep.source, '--destination', georep.destination]
    const { code, rows } = await translate(...ends, '--map', `${original}=${stamped}`, '--at', ...places)
    expect(code).toBe(4)
    expect(rows.map(({ exactness }) => exactness)).toEqual(['exact', 'exact', 'exact', 'unknown', 'exact'])
    for (const { from, to, why } of rows) {
      expect(why).toContain('the times differ')
      if (to !== null) expect(outcomeOf(Number(from), Number(to), there)).toEqual({ skipped: 0, again: 0 })
    }
    // Outside of the window nothing is claimed.
    const narrow = await translate(...ends, '--map', `${original}=${stamped}`, '--window', '1ms', '--at', places[0]!)
    expect(narrow.rows).toMatchObject([{ exactness: 'unknown', to: null }])
  })

  it('with the source dead goes by the mapping and claims no more; with other records in its place shows both, and ends with 4', async () => {
    const dead = georep.withSourceAt('127.0.0.1:1')
    const flags = ['--link', georep.link, '--verify', '--at', `${mirrored}:0:33`, '-o', 'json']
    const unasked = await dead('offset', 'translate', ...flags)
    const { translations } = (JSON.parse(unasked.out) as { data: { translations: readonly Row[] } }).data
    expect(translations).toMatchObject([{ to: '33', exactBy: 'mapping', why: 'not compared: the source does not answer' }]) // prettier-ignore
    const untold = await dead('offset', 'translate', '--link', georep.link, '-o', 'json')
    expect(untold.code, untold.err).toBe(4)
    expect(JSON.parse(untold.out)).toMatchObject({ data: { translations: [], unknownGroups: [{ group: null, why: 'the source does not answer' }] } }) // prettier-ignore

    const elsewhere = georep.withSourceAt(west.bootstrap.join(', '))
    const refused = await elsewhere('offset', 'translate', ...flags)
    expect(refused.code, refused.err).toBe(4)
    expect(refused.err).toMatch(/the source cannot be asked, and what is known without it is shown: .* it has the id/)
    expect(JSON.parse(refused.out)).toMatchObject({ data: { translations: [{ to: '33', exactBy: 'mapping', why: 'not compared: the source cannot be asked' }] } }) // prettier-ignore
    // What groups have committed on another cluster is nothing that this link carries.
    await using there = layer(west)
    await commit(there, unique('stranger'), mirrored, [1])
    const groups = await elsewhere('offset', 'translate', '--link', georep.link, '-o', 'json')
    expect(groups.code, groups.err).toBe(4)
    expect(groups.err).toMatch(/GR-TRANSLATE-UNKNOWN: groups not known: cluster .* is not the one that link .* was made with: it has the id/) // prettier-ignore
    expect(JSON.parse(groups.out)).toMatchObject({ data: { translations: [], unknownGroups: [{ group: null }] } })

    await runner.stop()
    await withAdmin(east.bootstrap, async (admin) => {
      await admin.deleteTopics({ topics: [mirrored] })
      await eventually('the topic is gone', async () => !(await admin.listTopics()).includes(mirrored))
      await onceKnown(async () => await admin.createTopics({ topics: [{ topic: mirrored, numPartitions: 2 }], waitForLeaders: false })) // prettier-ignore
    })
    await onceKnown(async () => { await write(east.bootstrap, mirrored, 40, { prefix: 'another' }) }) // prettier-ignore
    const { code, rows, err } = await translate('--link', georep.link, '--verify', '--at', `${mirrored}:0:33`)
    expect(code).toBe(4)
    expect(rows).toMatchObject([{ to: null, exactness: 'unknown', differing: { source: { offset: '33' }, destination: { offset: '33' } } }]) // prettier-ignore
    expect(err).toContain('the records are not the same: offset 33 of ')
  })
})
