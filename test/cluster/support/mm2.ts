import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaMessage } from 'kafkajs'
import { expect } from 'vitest'
import type { Offset } from '../../../src/core/offset.ts'
import type { Cluster } from '../../../src/kafka/cluster.ts'
import type { Flow } from '../../../src/engines/mm2/translate.ts'
import type { SandboxWorker } from '../../../src/sandbox/connect/handle.ts'
import { eventually, onceKnown, withAdmin } from './observe.ts'
import { kafkajsClient } from './kafkajs-client.ts'
import { unique } from './sandbox.ts'

// MirrorMaker 2 on a sandbox's Connect worker, driven with fetch, and what it has done, read with kafkajs: none of georep's code.

type Ends = Readonly<Record<'east' | 'west', { readonly bootstrap: readonly string[] }>>

const aliases = { 'source.cluster.alias': 'east', 'target.cluster.alias': 'west' } as const

/** What all connectors of the flow from east to west have to be told. */
export function mirrorMaker({ east, west }: Ends): Readonly<Record<string, string>> {
  return {
    ...aliases,
    'source.cluster.bootstrap.servers': east.bootstrap.join(),
    'target.cluster.bootstrap.servers': west.bootstrap.join(),
    'replication.factor': '1',
    'offset-syncs.topic.replication.factor': '1',
    'checkpoints.topic.replication.factor': '1',
    'refresh.topics.interval.seconds': '1',
    'refresh.groups.interval.seconds': '1',
    'emit.checkpoints.interval.seconds': '1',
    'consumer.poll.timeout.ms': '200',
  }
}

/** Starts a connector, or gives it another configuration. */
export async function connector(url: string, kind: 'Source' | 'Checkpoint', name: string, config: Readonly<Record<string, string>>): Promise<void> {
  const body = JSON.stringify({ 'connector.class': `org.apache.kafka.connect.mirror.Mirror${kind}Connector`, ...config })
  const headers = { 'content-type': 'application/json' }
  let last = ''
  const put = async (): Promise<boolean> => {
    const answer = await fetch(`${url}/connectors/${name}/config`, { method: 'PUT', body, headers }).catch(() => undefined)
    last = (await answer?.text()) ?? ''
    return answer?.ok === true
  }
  await eventually(`connector "${name}" is taken`, put, 30_000).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${last}`)
  })
} // prettier-ignore

/** Stops a connector, and forgets how far it has come: it begins again with the first record that the source has. */
export async function forgetOffsets(url: string, name: string): Promise<void> {
  const ask = async (method: 'PUT' | 'DELETE', what: string): Promise<boolean> =>
    await fetch(`${url}/connectors/${name}/${what}`, { method }).then(({ ok }) => ok, () => false) // prettier-ignore
  await eventually(`connector "${name}" is stopped`, async () => await ask('PUT', 'stop'))
  await eventually(`the offsets of connector "${name}" are gone`, async () => await ask('DELETE', 'offsets'))
}

export async function resumeConnector(url: string, name: string): Promise<void> {
  await eventually(`connector "${name}" goes on`, async () => await fetch(`${url}/connectors/${name}/resume`, { method: 'PUT' }).then(({ ok }) => ok, () => false)) // prettier-ignore
}

/** Ends the worker, gives it another setting, and starts it again. */
export async function withSetting(worker: SandboxWorker, setting: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000)
  const file = join(dirname(worker.logFile), 'worker.properties')
  const [key] = setting.split('=')
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => !line.startsWith(`${key ?? ''}=`))
  await writeFile(file, [...lines, setting, ''].join('\n'))
  await worker.restart({ signal })
}

/** The flow as `translate` gets it, with names as MirrorMaker gives them. */
export function flowOf(
  source: Cluster,
  destination: Cluster,
  more: Partial<Flow> = {},
): Flow {
  return {
    source,
    destination,
    sourceSilent: undefined,
    sourceAlias: 'east',
    targetAlias: 'west',
    separator: '.',
    syncsOn: 'source',
    mirrorOf: (topic) => ({ topic: `east.${topic}`, partitions: 1, stoppedAt: () => undefined }),
    ...more,
  }
} // prettier-ignore

/** One record, by the key that no other record of its topic has. */
export interface Keyed {
  readonly offset: number
  readonly key: string
}

/** All that a read-committed consumer is given of partition 0, from its first record to where it ends now. */
export async function keyedRecords(bootstrap: readonly string[], topic: string): Promise<readonly Keyed[]> {
  const records = await recordsOf(bootstrap, topic)
  return records.map(({ offset, key }) => ({ offset: Number(offset), key: key?.toString() ?? '' }))
}

/** The furthest that two offset syncs of a topic are apart on the destination, as they stand in the internal topic; the destination ends at `end`. */
export async function widestStretch(
  bootstrap: readonly string[],
  internal: string,
  topic: string,
  end: number,
): Promise<number> {
  const downs = (await recordsOf(bootstrap, internal)).flatMap(({ key, value }) => {
    // Key: a text with its length in front, and the partition. Value: the offsets of the source and of the destination.
    const name = key?.subarray(2, 2 + key.readInt16BE(0)).toString()
    return name === topic && value !== null ? [Number(value.readBigInt64BE(8))] : []
  })
  return Math.max(...downs.map((down, index) => (downs[index + 1] ?? end) - down))
}

async function recordsOf(bootstrap: readonly string[], topic: string): Promise<readonly KafkaMessage[]> {
  const consumer = kafkajsClient(bootstrap).consumer({ groupId: unique('truth'), maxWaitTimeInMs: 100, maxBytesPerPartition: 8_388_608 }) // prettier-ignore
  const [at] = await withAdmin(bootstrap, async (admin) => await onceKnown(async () => await admin.fetchTopicOffsets(topic))) // prettier-ignore
  const [from, end] = [Number(at?.low), Number(at?.high)]
  const seen: KafkaMessage[] = []
  let next = from
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachBatch: async (payload) => {
        const { batch } = payload
        for (const message of batch.messages) {
          seen.push(message)
          payload.resolveOffset(message.offset)
        }
        next = Math.max(next, Number(batch.lastOffset()) + 1)
        await Promise.resolve()
      },
    })
    // What was aborted and markers are not given, and the last ones not even told of: it is over when nothing comes any more.
    for (let [still, before] = [0, -1]; next < end && still < 10; before = seen.length) {
      await sleep(100)
      still = seen.length === before && seen.length > 0 ? still + 1 : 0
    }
  } finally {
    await consumer.disconnect()
  }
  return seen
}

/** For whoever has read the source up to a place, and goes on at another one on the destination. */
export interface Outcome {
  readonly skipped: number
  readonly again: number
}

/** Looks outcomes up, by the keys alone. */
export function truthOf(source: readonly Keyed[], destination: readonly Keyed[]): (place: number, to: number) => Outcome {
  const offsets = new Map(source.map(({ key, offset }) => [key, offset]))
  // Of each record of the source that is on the destination the last copy; backwards, the lowest of all from there on.
  const last = new Map<number, number>()
  for (const { key, offset } of destination) {
    const of = offsets.get(key)
    if (of !== undefined) last.set(of, offset)
  }
  return (place, to) => ({
    skipped: [...last].filter(([of, copy]) => of >= place && copy < to).length,
    again: destination.filter(({ offset, key }) => offset >= to && (offsets.get(key) ?? Infinity) < place).length,
  })
} // prettier-ignore

/** Never behind a record that was not read, and no more read again than said. */
export function expectTrue(
  { place, translated }: { readonly place: { readonly topic: string; readonly offset: Offset }; readonly translated: { readonly kind: string; readonly to?: Offset; readonly reread?: bigint } },
  truth: (place: number, to: number) => Outcome,
): Outcome {
  if (translated.to === undefined) return { skipped: 0, again: 0 }
  const outcome = truth(Number(place.offset), Number(translated.to))
  const said = JSON.stringify({ place, translated, outcome }, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) // prettier-ignore
  expect(outcome.skipped, said).toBe(0)
  expect(outcome.again, said).toBeLessThanOrEqual(Number(translated.kind === 'exact' ? 0n : (translated.reread ?? 0n)))
  return outcome
} // prettier-ignore
