import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  digestOf,
  isSameDigest,
  linesOf,
  type SalvageAbout,
  type SalvageSession,
  type TopicSalvage,
} from '../../engines/salvage.ts'
import type { KafkaRecord } from '../../kafka/records/record.ts'
import { expectDocument } from '../../../test/support/published.ts'
import { systemTime } from '../system-time.ts'
import { salvageFolder } from './salvage-folder.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'georep-salvage-')) }) // prettier-ignore
afterEach(() => { rmSync(folder, { recursive: true }) }) // prettier-ignore

const { signal } = new AbortController()
let ids = 0
const session: SalvageSession = { guarded: async () => await Promise.reject(new Error('no cluster is written to')) }
const deps = { newId: () => `id${++ids}`, time: systemTime }

const about: SalvageAbout = {
  link: 'east-west',
  cluster: { name: 'east', clusterId: 'EAST' },
  topic: 'orders',
  topicId: 'a'.repeat(32),
  mirrorTopic: 'orders',
  partitions: [{ partition: 0, from: 4n, to: 9n }, { partition: 1, from: 0n, to: 0n }],
  recordsOf: () => { throw new Error('files are written anew') },
} // prettier-ignore

const record = (offset: bigint, more: Partial<KafkaRecord> = {}): KafkaRecord => ({
  offset,
  timestampMs: 1_764_000_000_000n,
  key: null,
  value: Buffer.from(`value ${offset.toString()}`),
  headers: [],
  ...more,
})

async function* recordsOf(...records: readonly KafkaRecord[]): AsyncGenerator<KafkaRecord> {
  await Promise.resolve()
  yield* records
}

const some = [record(4n), record(5n), record(7n, { headers: [{ key: Buffer.from([0xff]), value: null }] })]

async function opened(own: Partial<SalvageAbout> = {}): Promise<TopicSalvage> {
  return await salvageFolder(join(folder, 'new', 'salvage'), deps).open({ ...about, ...own }, { signal, session })
}

const at = (name: string): string => join(folder, 'new', 'salvage', 'orders', name)

describe('the lines of a salvage', () => {
  it('keep null, empty, and bytes that are no text apart', async () => {
    const lines: string[] = []
    const odd = record(4n, { key: Buffer.alloc(0), value: null, headers: [{ key: Buffer.from('trace'), value: Buffer.from([0xff, 0]) }, { key: Buffer.alloc(0), value: null }, { key: Buffer.from([0x61, 0xff]), value: null }, { key: Buffer.from('\ufffd'), value: null }] }) // prettier-ignore
    for await (const line of linesOf(recordsOf(odd))) lines.push(line)
    expect(lines).toEqual([
      '{"offset":"4","timestampMs":"1764000000000","key":"","value":null,"headers":[{"key":"trace","value":"/wA="},{"key":"","value":null},{"key":null,"keyBase64":"Yf8=","value":null},{"key":"�","value":null}]}\n',
    ])
  })

  it.each([
    ['another value', [record(4n), record(5n), record(7n, { value: Buffer.from('x') })]],
    ['a null for an empty one', [record(4n), record(5n), record(7n, { value: null })]],
    ['another offset', [record(4n), record(5n), record(8n)]],
    [
      'another key of a header',
      [record(4n), record(5n), record(7n, { headers: [{ key: Buffer.from([0xfe]), value: null }] })],
    ],
    ['one less', [record(4n), record(5n)]],
    ['another order', [record(5n), record(4n), record(7n)]],
  ])('differ by %s', async (_what, others) => {
    const [one, other] = [await digestOf(linesOf(recordsOf(...some))), await digestOf(linesOf(recordsOf(...others)))]
    expect(isSameDigest(one, one)).toBe(true)
    expect(isSameDigest(one, other)).toBe(false)
  })
})

describe('a salvage on disk', () => {
  it('is for its owner alone, and tells what it has', async () => {
    const salvage = await opened()
    await salvage.keep({ settings: new Map([['cleanup.policy', 'delete']]), acls: null, offsets: [{ group: 'g', topic: 'orders', partition: 0, offset: 3n, metadata: '' }] }) // prettier-ignore
    const written = await salvage.write(0, recordsOf(...some))
    await salvage.write(1, recordsOf())
    expect(written.records).toBe(3n)
    expect(written).toEqual(await digestOf(linesOf(recordsOf(...some))))
    expect(await salvage.read(0)).toEqual(written)
    expect(await salvage.read(1)).toEqual(await digestOf(linesOf(recordsOf())))
    const partitions = [
      { ...about.partitions[0]!, ...written },
      { ...about.partitions[1]!, ...(await salvage.read(1)) },
    ]
    await salvage.verified(partitions)
    const names = readdirSync(at(''))
    expect(names.toSorted()).toEqual(['manifest.json', 'offsets.json', 'partition-0.jsonl', 'partition-1.jsonl', 'topic.json']) // prettier-ignore
    for (const name of names) expect(statSync(at(name)).mode & 0o777).toBe(0o600)
    expect(statSync(at('')).mode & 0o777).toBe(0o700)
    expect(readFileSync(at('partition-0.jsonl'), 'utf8').split('\n')).toHaveLength(4)
    for (const name of ['manifest.json', 'offsets.json', 'topic.json'])
      expectDocument(readFileSync(at(name), 'utf8'), name)
    expect(JSON.parse(readFileSync(at('manifest.json'), 'utf8'))).toMatchObject({
      data: { topic: 'orders', topicId: about.topicId, verifiedAt: expect.any(String) as string, partitions: [{ file: 'partition-0.jsonl', from: '4', to: '9', records: '3', sha256: written.sha256 }, { partition: 1, records: '0' }] },
    }) // prettier-ignore
  })

  it('has no records where a topic has them, and nothing is made by looking', async () => {
    const store = salvageFolder(join(folder, 'new', 'salvage'), deps, 'orders.salvaged')
    await store.look(about, { signal })
    expect(readdirSync(folder)).toEqual([])
    await store.open(about, { signal, session })
    expectDocument(readFileSync(at('manifest.json'), 'utf8'), 'manifest.json')
    expect(JSON.parse(readFileSync(at('manifest.json'), 'utf8'))).toMatchObject({ data: { recordsIn: 'orders.salvaged', partitions: [{ file: null }, { file: null }] } }) // prettier-ignore
    await store.look(about, { signal })
  })

  it('is larger than what is held of it at a time', async () => {
    const salvage = await opened()
    const large = Array.from({ length: 50 }, (_, index) =>
      record(BigInt(index), { value: Buffer.alloc(40_000, index) }),
    )
    const written = await salvage.write(0, recordsOf(...large))
    expect(await salvage.read(0)).toEqual(written)
    expect(written).toEqual(await digestOf(linesOf(recordsOf(...large))))
  })

  it.each([
    ['cut off', () => { truncateSync(at('partition-0.jsonl'), 100) }],
    ['added to', () => { appendFileSync(at('partition-0.jsonl'), '{}\n') }],
    ['changed', () => { writeFileSync(at('partition-0.jsonl'), readFileSync(at('partition-0.jsonl'), 'utf8').replace('"offset":"5"', '"offset":"6"')) }],
  ])('a file that was %s is not equal any more', async (_how, damage) => {
    const salvage = await opened()
    const written = await salvage.write(0, recordsOf(...some))
    damage()
    expect(isSameDigest(await salvage.read(0), written)).toBe(false)
  }) // prettier-ignore

  it('a file that is gone is a failure', async () => {
    const salvage = await opened()
    await salvage.write(0, recordsOf(...some))
    rmSync(at('partition-0.jsonl'))
    await expect(salvage.read(0)).rejects.toMatchObject({ kind: 'failed', code: 'GR-SALVAGE-FILE' })
  })

  it('what could not be read to its end takes no earlier file’s place', async () => {
    const salvage = await opened()
    const written = await salvage.write(0, recordsOf(...some))
    async function* broken(): AsyncGenerator<KafkaRecord> {
      await Promise.resolve()
      yield record(4n)
      throw new Error('the cluster went away')
    }
    await expect(salvage.write(0, broken())).rejects.toThrow('the cluster went away')
    expect(await salvage.read(0)).toEqual(written)
  })

  it('is gone on with for the same topic, which may have grown', async () => {
    await (await opened()).write(0, recordsOf(...some))
    const again = await opened({ partitions: [{ partition: 0, from: 4n, to: 12n }, { partition: 1, from: 0n, to: 1n }] }) // prettier-ignore
    expect((await again.write(0, recordsOf(...some, record(11n)))).records).toBe(4n)
  })

  it.each([
    ['another topic of that name', { topicId: 'b'.repeat(32) }, /holds the salvage of another topic "orders"/],
    ['that of another cluster', { cluster: { name: 'east', clusterId: 'OTHER' } }, /another topic/],
    ['what retention has taken on the cluster since', { partitions: [{ partition: 0, from: 5n, to: 9n }] }, /what the cluster has not any more: partition 0 from offset 4 on/],
  ])('is left alone by %s', async (_whose, other, why) => {
    const written = await (await opened()).write(0, recordsOf(...some))
    const looked = salvageFolder(join(folder, 'new', 'salvage'), deps).look({ ...about, ...other }, { signal })
    await expect(looked).rejects.toMatchObject({ code: 'GR-SALVAGE-TAKEN' })
    await expect(opened(other)).rejects.toMatchObject({ kind: 'refused', code: 'GR-SALVAGE-TAKEN', message: expect.stringMatching(why) as string }) // prettier-ignore
    expect(await (await opened()).read(0)).toEqual(written)
  }) // prettier-ignore

  it.each([
    ['manifest.json', '{'],
    ['holiday.jpg', 'x'],
  ])('a folder with %s of somebody else is left alone', async (name, text) => {
    mkdirSync(at(''), { recursive: true })
    writeFileSync(at(name), text)
    await expect(opened()).rejects.toMatchObject({ code: 'GR-SALVAGE-TAKEN' })
    expect(readdirSync(at(''))).toEqual([name])
  })
})
